import { describe, expect, test } from 'vitest'
import { outerRules } from '../../../slo/index.ts'
import { outerFindings } from '../../../src/cli/outer-findings.ts'

function findings(texts: Readonly<Record<string, string>>) {
  const files = Object.entries(texts).map(([file, text]) => ({ file, text }))
  const slis = files.filter(({ file }) => file.endsWith('sli.yaml'))
  return outerFindings({ slis, options: files.filter((file) => !slis.includes(file)) })
}

describe('the examples of a rule', () => {
  for (const { id, severity, bad, good } of outerRules) {
    test(`${id}: the bad one has it and nothing else, with its place`, () => {
      expect(findings(bad)).toMatchObject([{ rule: id, severity, line: 1, fix: expect.stringMatching(/./) }])
    })

    test(`${id}: the good one has nothing`, () => {
      expect(findings(good)).toEqual([])
    })
  }
})

test('a query has the place of its indicator', () => {
  expect(findings({ 'shop/prometheus/sli.yaml': 'indicators:\n  sound: up\n  errors: rate(x[5m])\n' })).toMatchObject([
    { rule: 'fixed_range', file: 'shop/prometheus/sli.yaml', line: 3, column: 3, indicator: 'errors' },
  ])
})

test('what another kind of provider is asked is not read as PromQL', () => {
  expect(findings({ 'dynatrace/sli.yaml': 'indicators: {rt: "metricSelector=builtin:x"}\n' })).toEqual([])
  expect(findings({ 'computed/sli.yaml': 'indicators: {rt: "a / b ? 1 : 2"}\n' })).toEqual([])
})

test('a range is not reported if the indicator has options, which may read all of the window', () => {
  const sli = { 'a/b/prometheus/sli.yaml': 'indicators: {errors: "rate(x[5m])"}\n' }
  expect(
    findings({ ...sli, 'a/prometheus/options.yaml': 'indicators: {errors: {mode: range, reduce: max}}\n' }),
  ).toEqual([])
})

describe('options are for the indicators of one provider, on every level that overlaps theirs', () => {
  const options = { 'shop/prod/prometheus/options.yaml': 'indicators:\n  late: {onEmpty: 0}\n' }

  for (const { where, file, isKnown } of [
    { where: 'a wider level', file: 'shop/prometheus/sli.yaml', isKnown: true },
    { where: 'a narrower level', file: 'shop/prod/carts/prometheus/sli.yaml', isKnown: true },
    { where: 'the same level', file: 'shop/prod/prometheus/sli.yaml', isKnown: true },
    { where: 'another provider', file: 'shop/prod/dynatrace/sli.yaml', isKnown: false },
    { where: 'another stage', file: 'shop/dev/prometheus/sli.yaml', isKnown: false },
  ]) {
    test(`${isKnown ? 'also' : 'not'} of ${where}`, () => {
      const beside = { 'shop/prometheus/sli.yaml': 'indicators: {other: up}\n' }
      const found = findings({ ...options, ...beside, [file]: 'indicators: {late: up, other: up}\n' })
      expect(found.map(({ rule, file: of, line, column }) => [rule, of, line, column])).toEqual(
        isKnown ? [] : [['options_unused', 'shop/prod/prometheus/options.yaml', 2, 3]],
      )
    })
  }

  test('not of a pack, whose indicators are in no file', () => {
    const packed = { 'prometheus/options.yaml': 'indicators: {error_rate: {onEmpty: 0}}\n' }
    expect(findings({ ...packed, 'prometheus/sli.yaml': 'indicators: {other: up}\n' })).toEqual([])
  })

  test('nothing is said without an sli.yaml', () => {
    expect(findings(options)).toEqual([])
  })
})
