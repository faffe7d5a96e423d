import { describe, expect, test } from 'vitest'
import { answerOfReply } from '../../../providers/prometheus/failure.ts'
import { PrometheusOptions, stepOf, stepWarnings } from '../../../providers/prometheus/options.ts'
import { reduced, type TimeReducer } from '../../../providers/reduce.ts'
import { answerOf } from '../../../providers/prometheus/reply.ts'
import recorded from './recorded-range.json' with { type: 'json' }

/** Written so that every key of a recorded expectation that is a reducer is one. */
const reducers = ['first', 'last', 'sum', 'avg', 'min', 'max', 'median', 'p90', 'p95', 'p99'] as const

function optionsOf(options: object): PrometheusOptions {
  return PrometheusOptions.parse(options)
}

function matrix(...series: readonly (readonly string[])[]): string {
  const result = series.map((values, index) => ({
    metric: { series: String(index) },
    values: values.map((text, at) => [1714523400 + 60 * at, text]),
  }))
  return JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } })
}

describe('what a real Prometheus 2.42 answered', () => {
  const asked = { endpoint: 'http://127.0.0.1:9090/api/v1/query_range', credentials: undefined, notFoundCure: '' }
  const replies = recorded.map(({ range, ...reply }) => ({ ...reply, retryAfter: '', isJson: true, expected: range }))

  for (const { expected, ...reply } of replies.filter((one) => one.expected.cls !== undefined)) {
    test(`${reply.name} is ${expected.cls}`, () => {
      const answer = answerOfReply(reply, asked, optionsOf({ mode: 'range', reduce: 'avg' }))
      expect(answer).toMatchObject({ outcome: expected.cls?.replace('-', '_') })
    })
  }

  for (const { expected, ...reply } of replies.filter((one) => one.expected.cls === undefined)) {
    test.each(reducers)(`${reply.name}: its %s`, (reducer) => {
      const answer = answerOfReply(reply, asked, optionsOf({ mode: 'range', reduce: reducer }))
      expect(answer.outcome === 'measured' && answer.value).toBeCloseTo(expected[reducer] ?? Number.NaN, 10)
    })
  }
})

describe('many numbers become one', () => {
  const cases: readonly (readonly [TimeReducer, readonly number[], number])[] = [
    ['count', [1, 2, 5], 3],
    ['stddev', [2, 4, 4, 4, 5, 5, 7, 9], 2],
    ['stddev', [3], 0],
    ['median', [9, 1, 4], 4],
    ['median', [9, 1, 4, 5], 4.5],
    ['p90', [10, 1], 9.1],
    ['p99', [7], 7],
    ['sum', [0.1, 0.2], 0.30000000000000004],
    ['min', [3, -1, 2], -1],
    ['max', [Infinity, 1], Infinity],
    ['median', [Infinity, Infinity], Infinity],
  ]
  for (const [reducer, values, value] of cases) {
    test(`the ${reducer} of ${values.join(', ')} is ${value}`, () => {
      expect(reduced(values, reducer)).toBe(value)
    })
  }
})

describe('over the window', () => {
  const average = optionsOf({ mode: 'range', reduce: 'avg' })

  test('NaN is left out, where there was nothing to divide', () => {
    expect(answerOf(matrix(['1', 'NaN', '3']), average)).toMatchObject({ outcome: 'measured', value: 2 })
  })

  test('nothing but NaN is NaN', () => {
    expect(answerOf(matrix(['NaN', 'NaN']), average)).toMatchObject({ outcome: 'invalid_value' })
    expect(answerOf(matrix(['NaN']), optionsOf({ mode: 'range', reduce: 'avg', onNaN: 0 }))).toMatchObject({ value: 0 })
  })

  test('an infinite value is said, as it is in an instant', () => {
    expect(answerOf(matrix(['1', '+Inf']), average)).toEqual({
      outcome: 'invalid_value',
      message: 'query did not return valid values: +Inf (division by zero?)',
      warnings: [],
    })
  })

  test('several series are first reduced over time, each', () => {
    const options = optionsOf({ mode: 'range', reduce: 'max', series: 'sum' })
    expect(answerOf(matrix(['1', '5'], ['7', '2']), options)).toMatchObject({ outcome: 'measured', value: 12 })
  })

  test('native histograms need a function', () => {
    const series = { metric: {}, histograms: [[1, { count: '3', sum: '9' }]] }
    const body = JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [series] } })
    expect(answerOf(body, average)).toMatchObject({ outcome: 'bad_query' })
  })

  for (const result of [[[]], [{ metric: {}, values: [] }], [{ metric: {}, values: [[1, 2]] }], [null]]) {
    test(`the series ${JSON.stringify(result)} is malformed`, () => {
      const body = JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } })
      expect(answerOf(body, average)).toMatchObject({
        outcome: 'upstream',
        message: expect.stringMatching(/^malformed reply/),
      })
    })
  }

  test('a vector is not what was asked for', () => {
    const body = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } })
    expect(answerOf(body, average)).toMatchObject({ outcome: 'bad_query' })
  })
})

describe('how much of the window a value is based on', () => {
  const average = optionsOf({ mode: 'range', reduce: 'avg' })
  const nan = (count: number) => Array.from({ length: count }, () => 'NaN')

  for (const { name, series, options = {}, found, nan: ofNan = 0, isEnough } of [
    { name: 'all samples', series: [['1', '2', '3', '4']], found: 4, isEnough: true },
    { name: 'half of them', series: [['1', '2']], found: 2, isEnough: true },
    { name: 'one of four', series: [['1']], found: 1, isEnough: false },
    {
      name: 'one of four where that is enough',
      series: [['1']],
      options: { minCoverage: '25%' },
      found: 1,
      isEnough: true,
    },
    {
      name: 'half where more is asked for',
      series: [['1', '2']],
      options: { minCoverage: 75 },
      found: 2,
      isEnough: false,
    },
    { name: 'NaN but for one', series: [[...nan(3), '1']], found: 4, nan: 3, isEnough: false },
    {
      name: 'NaN that has a meaning',
      series: [[...nan(3), '1']],
      options: { onNaN: 0 },
      found: 4,
      nan: 3,
      isEnough: true,
    },
    { name: 'gaps that have a meaning', series: [['1']], options: { onEmpty: 0 }, found: 1, isEnough: true },
    {
      name: 'NaN beside gaps that have a meaning',
      series: [[...nan(3), '1']],
      options: { onEmpty: 0 },
      found: 4,
      nan: 3,
      isEnough: false,
    },
    { name: 'no series where that has a meaning', series: [], options: { onEmpty: 0 }, found: 0, isEnough: true },
    {
      name: 'two series together',
      series: [
        ['1', 'NaN', 'NaN'],
        ['NaN', '1', 'NaN'],
      ],
      options: { series: 'sum' },
      found: 3,
      nan: 1,
      isEnough: true,
    },
  ] as const) {
    test(`${name}: ${found} of 4, ${ofNan} of them NaN`, () => {
      const answer = answerOf(
        matrix(...series),
        { ...average, ...optionsOf({ mode: 'range', reduce: 'avg', ...options }) },
        4,
      )
      expect(answer).toMatchObject({ outcome: 'measured', coverage: { found, nan: ofNan, expected: 4, isEnough } })
    })
  }

  test('a replacement that makes it enough is a warning', () => {
    const answer = answerOf(matrix(['1']), optionsOf({ mode: 'range', reduce: 'avg', onEmpty: 0 }), 4)
    expect(answer.warnings).toEqual([
      '1 of 4 samples, 0 of them NaN: accepted because onEmpty or onNaN gives the rest a value',
    ])
  })

  test('the one number of a range is never counted as NaN, wherever it is', () => {
    for (const place of [0, 2, 4]) {
      const samples = [...nan(place), '1', ...nan(4 - place)]
      const answer = answerOf(matrix(samples), average, 4)
      expect(answer).toMatchObject({ coverage: { found: 4, nan: 3, expected: 4, isEnough: false } })
    }
  })

  test('a sample at the start of the window is not one too many', () => {
    const answer = answerOf(matrix(['1', '2', '3', 'NaN', '5']), average, 4)
    expect(answer).toMatchObject({ coverage: { found: 4, nan: 1, expected: 4, isEnough: true } })
  })

  test('one value has no deviation', () => {
    const options = optionsOf({ mode: 'range', reduce: 'stddev' })
    expect(answerOf(matrix(['3', 'NaN']), options, 4)).toMatchObject({
      outcome: 'no_data',
      message: 'stddev needs at least 2 values in the window, but there is only one',
    })
    expect(answerOf(matrix(['3', '3']), options, 4)).toMatchObject({ outcome: 'measured', value: 0 })
    const sum = optionsOf({ mode: 'range', reduce: 'stddev', series: 'sum' })
    expect(answerOf(matrix(['2', '4'], ['7']), sum, 4)).toMatchObject({
      outcome: 'measured',
      value: 1,
      warnings: ['1 of 2 series left out: stddev needs more than one value'],
    })
  })
})

describe('at the end of the window', () => {
  const vector = (...values: readonly string[]) =>
    JSON.stringify({
      status: 'success',
      data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) },
    })

  for (const { options, body, answer } of [
    {
      options: { onEmpty: 0 },
      body: vector(),
      answer: {
        outcome: 'measured',
        value: 0,
        warnings: ['no series at the end of the window: counted as 0 (onEmpty)'],
      },
    },
    { options: { onEmpty: 7 }, body: vector('1'), answer: { outcome: 'measured', value: 1, warnings: [] } },
    {
      options: { onNaN: -1 },
      body: vector('NaN'),
      answer: { outcome: 'measured', value: -1, warnings: ['NaN: counted as -1 (onNaN)'] },
    },
    { options: { onNaN: 1 }, body: vector('+Inf'), answer: { outcome: 'invalid_value' } },
    { options: { series: 'avg' }, body: vector('1', '2'), answer: { outcome: 'measured', value: 1.5 } },
    { options: { series: 'max' }, body: vector('1', 'NaN'), answer: { outcome: 'invalid_value' } },
    { options: { series: 'sum' }, body: vector('1', 'x'), answer: { outcome: 'invalid_value' } },
    { options: { series: 'sum' }, body: vector(), answer: { outcome: 'no_data' } },
  ]) {
    test(`${JSON.stringify(options)} makes ${answer.value ?? answer.outcome} of ${JSON.parse(body).data.result.length} series`, () => {
      expect(answerOf(body, optionsOf(options))).toMatchObject(answer)
    })
  }

  for (const { partial, answer } of [
    { partial: undefined, answer: { outcome: 'measured', partial: 'unless_key' } },
    { partial: 'warn', answer: { outcome: 'measured', partial: 'allowed' } },
    { partial: 'error', answer: { outcome: 'upstream', message: expect.stringMatching(/^the reply is partial/) } },
  ] as const) {
    test(`a part of the data with partial ${partial} is ${answer.outcome}`, () => {
      const body = JSON.stringify({ ...JSON.parse(vector('1')), isPartial: true })
      expect(answerOf(body, optionsOf(partial === undefined ? {} : { partial }))).toMatchObject(answer)
    })
  }
})

describe('the step', () => {
  const start = new Date('2024-05-01T00:00:00Z')
  for (const { hours, options, stepMs } of [
    { hours: 0.1, options: {}, stepMs: 15_000 },
    { hours: 24, options: {}, stepMs: 360_000 },
    { hours: 24, options: { step: '1m' }, stepMs: 60_000 },
    { hours: 1 / 60, options: {}, stepMs: 6000 },
  ]) {
    test(`of ${hours} h with ${JSON.stringify(options)} is ${stepMs} ms`, () => {
      const window = { start, end: new Date(start.getTime() + hours * 3_600_000) }
      expect(stepOf(optionsOf({ mode: 'range', reduce: 'avg', ...options }), window)).toBe(stepMs)
    })
  }

  test('that is longer than a tenth of the window is a warning', () => {
    const window = { start, end: new Date(start.getTime() + 300_000) }
    expect(stepWarnings({ step: 30_000 }, window)).toEqual([])
    expect(stepWarnings({}, { start, end: new Date(start.getTime() + 20_000) })).toEqual([])
    expect(stepWarnings({ step: 60_000 }, window)).toEqual([
      'the step (60 s) is longer than a tenth of the window (300 s): only 6 samples are read',
    ])
    expect(stepWarnings({ step: 600_000 }, window)).toEqual([
      'the step (600 s) is longer than a tenth of the window (300 s): only one sample is read, at its start',
    ])
  })
})
