import { describe, expect, test } from 'vitest'
import { readK6 } from '../../../src/evaluation/k6-summary.ts'

/** As handleSummary is given it, shortened. */
const newer = {
  root_group: { name: '', path: '', groups: [], checks: [] },
  options: { summaryTrendStats: ['avg', 'p(95)'], summaryTimeUnit: '' },
  state: { isStdOutTTY: false, testRunDurationMs: 30_010.5 },
  metrics: {
    http_req_duration: {
      type: 'trend',
      contains: 'time',
      values: { avg: 130.5, 'p(95)': 215.9 },
      thresholds: { 'p(95)<500': { ok: true } },
    },
    'http_req_duration{expected_response:true}': {
      type: 'trend',
      contains: 'time',
      values: { avg: 129, 'p(95)': 214 },
    },
    http_req_failed: { type: 'rate', contains: 'default', values: { rate: 0.01, passes: 2, fails: 198 } },
    http_reqs: { type: 'counter', contains: 'default', values: { count: 200, rate: 6.66 } },
    vus: { type: 'gauge', contains: 'default', values: { value: 1, min: 1, max: 19 } },
    nothing: { type: 'trend', contains: 'time', values: { avg: null } },
  },
}

/** As --summary-export writes it, shortened. */
const older = {
  metrics: {
    http_req_duration: { avg: 130.5, 'p(95)': 215.9, thresholds: { 'p(95)<500': false } },
    http_req_failed: { passes: 2, fails: 198, value: 0.01 },
    http_reqs: { count: 200, rate: 6.66 },
    vus: { value: 1, min: 1, max: 19 },
  },
  root_group: { name: '' },
}

function valuesOf(summary: unknown): Readonly<Record<string, number>> {
  const read = readK6(summary)
  if (read.kind === 'refused') throw new Error(JSON.stringify(read.mistakes))
  return Object.fromEntries(read.values.map(({ metric, value }) => [metric, value]))
}

for (const { title, summary, runMs } of [
  { title: 'is in the form of handleSummary, in whole milliseconds', summary: newer, runMs: 30_011 },
  { title: 'is not in that of --summary-export', summary: older, runMs: undefined },
  ...[0, -1, 1e300, Number.NaN, '30s', null].map((testRunDurationMs) => ({
    title: `is not ${JSON.stringify(testRunDurationMs)}`,
    summary: { ...newer, state: { testRunDurationMs } },
    runMs: undefined,
  })),
]) {
  test(`how long the test ran ${title}`, () => {
    expect(readK6(summary)).toMatchObject({ kind: 'read', runMs })
  })
}

test('of a summary in the form of handleSummary', () => {
  expect(valuesOf(newer)).toEqual({
    'http_req_duration.avg': 130.5,
    'http_req_duration.p(95)': 215.9,
    'http_req_duration{expected_response:true}.avg': 129,
    'http_req_duration{expected_response:true}.p(95)': 214,
    'http_req_failed.rate': 0.01,
    'http_req_failed.passes': 2,
    'http_req_failed.fails': 198,
    'http_reqs.count': 200,
    'http_reqs.rate': 6.66,
    'vus.value': 1,
    'vus.min': 1,
    'vus.max': 19,
  })
})

test('of a summary in the form of --summary-export, where a rate is called value', () => {
  expect(valuesOf(older)).toEqual({
    'http_req_duration.avg': 130.5,
    'http_req_duration.p(95)': 215.9,
    'http_req_failed.passes': 2,
    'http_req_failed.fails': 198,
    'http_req_failed.value': 0.01,
    'http_req_failed.rate': 0.01,
    'http_reqs.count': 200,
    'http_reqs.rate': 6.66,
    'vus.value': 1,
    'vus.min': 1,
    'vus.max': 19,
  })
})

describe('no summary is', () => {
  for (const { summary, path, message } of [
    { summary: null, path: [], message: /^must be a k6 summary/ },
    { summary: [], path: [], message: /^must be a k6 summary/ },
    { summary: { metrics: [] }, path: [], message: /^must be a k6 summary/ },
    { summary: { metrics: { a: 5 } }, path: ['metrics', 'a'], message: /^must be an object/ },
    { summary: { metrics: { a: { avg: '5' } } }, path: ['metrics', 'a', 'avg'], message: /^must be a finite number/ },
    {
      summary: { metrics: { a: { values: { avg: {} } } } },
      path: ['metrics', 'a', 'values', 'avg'],
      message: /^must be/,
    },
    {
      summary: { metrics: { a: { avg: Infinity } } },
      path: ['metrics', 'a', 'avg'],
      message: /^must be a finite number/,
    },
  ]) {
    test(`${JSON.stringify(summary)}, because it ${message.source}`, () => {
      expect(readK6(summary)).toEqual({
        kind: 'refused',
        mistakes: [{ path, message: expect.stringMatching(message) }],
      })
    })
  }
})
