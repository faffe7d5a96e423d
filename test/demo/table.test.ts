import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { Evaluation } from '../../demo/client.ts'
import { shownNumber } from '../../demo/numbers.ts'
import { indicatorTable } from '../../demo/table.ts'

type IndicatorResult = Evaluation['indicatorResults'][number]

const slow: IndicatorResult = {
  metric: 'response_time_p95',
  displayName: 'Response time p95',
  provider: 'prometheus',
  query: 'histogram_quantile(0.95, …)',
  status: 'warning',
  score: 1,
  weight: 2,
  keySli: false,
  value: 0.45678,
  comparedValue: 0.4,
  comparedWith: ['018f0000-0000-7000-8000-000000000001'],
  success: true,
  outcome: 'measured',
  message: '',
  passTargets: [{ criteria: '<=+10%', targetValue: 0.44000000000000006, violated: true }],
  warningTargets: [{ criteria: '<=0.8', targetValue: 0.8, violated: false }],
}

function lines(...indicators: readonly IndicatorResult[]): readonly string[] {
  return indicatorTable(indicators).map((line) => stripVTControlCharacters(line))
}

test('one line per criterion, the indicator only in its first', () => {
  expect(lines(slow)).toEqual([
    'indicator           value  compared  criteria     target           points  status',
    'response_time_p95  0.4568       0.4  pass <=+10%    0.44  not met  1 of 2  warning',
    '                                     warn <=0.8      0.8  met',
  ])
})

test('a key objective says so, a missing value its outcome, a missing baseline and target a dash', () => {
  const unmeasured: IndicatorResult = {
    ...slow,
    metric: 'error_rate',
    keySli: true,
    status: 'fail',
    score: 0,
    value: null,
    comparedValue: null,
    outcome: 'upstream',
    passTargets: [{ criteria: '<=+10%', targetValue: null, violated: true }],
    warningTargets: [],
  }
  expect(lines(unmeasured)[1]).toBe('error_rate (key)  upstream         –  pass <=+10%       –  not met  0 of 2  fail')
})

test('an informational objective has neither criteria nor points', () => {
  const informational: IndicatorResult = { ...slow, status: 'info', score: 0, passTargets: [], warningTargets: [] }
  expect(lines(informational)[1]?.split(/\s+/).slice(-3)).toEqual(['none', '–', 'info'])
})

test('without indicators there is only the heading', () => {
  expect(lines()).toHaveLength(1)
})

for (const { value, text } of [
  { value: null, text: '–' },
  { value: 0, text: '0' },
  { value: 100, text: '100' },
  { value: 5.526770293609672, text: '5.527' },
  { value: 123_456, text: '123500' },
  { value: 0.00001234567, text: '0.00001235' },
]) {
  test(`${value} is shown as ${text}`, () => expect(shownNumber(value)).toBe(text))
}
