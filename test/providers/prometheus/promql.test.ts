import { expect, test } from 'vitest'
import { promqlProblems } from '../../../providers/prometheus/promql.ts'

const hour = { lengthMs: 3_600_000, isKnown: true }

for (const query of [
  'up',
  'sum(rate(x{a="b"}[1h])) / 2',
  '100 * sum by (le) (rate(x{status=~"5..", b!=""}[3600s]))',
  'max_over_time(rate(x[5m])[1h:1m])',
  '{__name__="x", "utf-8.label"="y"}',
  'x # a comment',
  'rate(x[3600])',
]) {
  test(`${query} has no problem in a window of an hour`, () => {
    expect(promqlProblems({ query }, hour)).toEqual([])
  })
}

for (const { query, says } of [
  { query: 'sum((', says: 'PromQL expects more at the end of the query' },
  { query: '1 +', says: 'PromQL expects more at the end of the query' },
  { query: 'sum(x) keep_metric_names', says: 'PromQL does not expect "keep_metric_names" at character 8' },
  { query: '{job="a"} |= "x"', says: 'PromQL does not expect "|=" at character 11' },
  { query: `sum(x) ${'y'.repeat(500)}`, says: `"${'y'.repeat(60)}…" at character 8` },
]) {
  test(`${query.slice(0, 30)} may be of another dialect, which is said`, () => {
    expect(promqlProblems({ query }, hour)).toEqual([
      {
        code: 'query_syntax',
        message: expect.stringContaining(says),
        fix: 'fix the query, unless the server uses a different dialect, such as MetricsQL',
      },
    ])
  })
}

for (const { query, says } of [
  { query: 'sum(rate(x[5m]))', says: '[5m] covers 5m of a window of 1h' },
  { query: 'sum(rate(x{a="[1h]"}[ 5m ]))', says: '[5m] covers 5m of a window of 1h' },
  { query: 'rate(x[1m30s])', says: '[1m30s] covers 1m30s of a window of 1h' },
  { query: 'rate(x[5m] offset 1h)', says: '[5m] covers 5m' },
  { query: 'max_over_time(rate(x[1h])[30m:1m])', says: '[30m] covers 30m of a window of 1h' },
  { query: 'rate(x[60])', says: '[60] covers 60s of a window of 1h' },
  { query: 'increase(x[1d])', says: '[1d] reads 1d, much more than a window of 1h' },
]) {
  test(`${query} ignores the window of an hour`, () => {
    const [problem, ...others] = promqlProblems({ query }, hour)
    expect(problem).toEqual({
      code: 'fixed_range',
      message: expect.stringContaining(says),
      fix: 'use [$DURATION_SECONDS], which is as long as the window, or read values throughout the window with mode: range in options.yaml',
    })
    expect(others).toEqual([])
  })
}

test('one problem names every range once', () => {
  const [problem, ...others] = promqlProblems({ query: 'rate(x[5m]) / rate(y[5m]) + rate(z[1m])' }, hour)
  expect(problem?.message).toBe('[5m] covers 5m of a window of 1h; [1m] covers 1m of a window of 1h')
  expect(others).toEqual([])
})

for (const { query, lengthMs } of [
  { query: 'rate(x[5m])', lengthMs: 5 * 60_000 },
  { query: 'rate(x[5m])', lengthMs: 5 * 60_000 + 20_000 },
  { query: 'rate(x[5m])', lengthMs: 5 * 60_000 - 20_000 },
]) {
  test(`${query} fits a window of ${lengthMs / 1000} s well enough`, () => {
    expect(promqlProblems({ query }, { lengthMs, isKnown: true })).toEqual([])
  })
}

test('a range of a value that is read all over the window may be of any length', () => {
  expect(promqlProblems({ query: 'rate(x[5m])', options: { mode: 'range', reduce: 'max' } }, hour)).toEqual([])
})

test('a query with @ says itself when it looks, and may have any range', () => {
  expect(promqlProblems({ query: 'rate(x[5m] @ 1700000000)' }, hour)).toEqual([])
})

test('without a window, a range that was written is always the same', () => {
  const assumed = { lengthMs: 86_399_000, isKnown: false }
  expect(promqlProblems({ query: 'rate(x[86399s])' }, assumed)).toEqual([])
  expect(promqlProblems({ query: 'rate(x[5m])' }, assumed)).toMatchObject([
    { code: 'fixed_range', message: '[5m] covers 5m, regardless of the length of the window' },
  ])
})

test('a query too long to be written by hand is not read', () => {
  expect(promqlProblems({ query: '('.repeat(20_000) }, hour)).toEqual([])
})
