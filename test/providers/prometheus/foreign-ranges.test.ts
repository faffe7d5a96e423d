import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openProvider, type Provider } from '../../../providers/index.ts'
import { startScriptedPrometheus } from '../../support/scripted-prometheus.ts'

/** So many of each value, the first and the last moved to the ends. */
function valuesOf(counts: readonly (readonly [value: number, count: number])[], first: number, last: number) {
  const values = counts.flatMap(([value, count]) => Array.from({ length: count }, () => value))
  for (const end of [first, last]) values.splice(values.indexOf(end), 1)
  return [first, ...values, last]
}

function matrix(values: readonly number[], metric: object): object {
  const samples = values.map((value, at) => [1546300800 + 60 * at, String(value)])
  return { status: 'success', data: { resultType: 'matrix', result: [{ metric, values: samples }] } }
}

/** Ranges with the figures of those that another judge of canaries was recorded with, 58 and 57 points. */
const untagged = valuesOf(
  [
    [40, 2],
    [41, 12],
    [42, 26],
    [43, 10],
    [44, 8],
  ],
  43,
  43,
)
const tagged = valuesOf(
  [
    [1, 2],
    [2, 3],
    [3, 5],
    [4, 31],
    [5, 6],
    [6, 2],
    [7, 1],
    [8, 3],
    [9, 4],
  ],
  4,
  2,
)

describe('values over time, from a scripted server', () => {
  const scope = new AsyncDisposableStack()
  let provider: Provider
  beforeAll(async () => {
    const empty = { status: 'success', data: { resultType: 'matrix', result: [] } }
    const server = await startScriptedPrometheus({
      untagged: { kind: 'json', body: matrix(untagged, {}) },
      tagged: { kind: 'json', body: matrix(tagged, { zone: 'us-central1-a' }) },
      empty: { kind: 'json', body: empty },
    })
    scope.defer(() => server.stop())
    const opened = openProvider('prom', { kind: 'prometheus', url: server.url }, () => Promise.reject(new Error('no')))
    if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
    provider = opened.instance.provider
    scope.defer(() => provider.close())
  })
  afterAll(() => scope.disposeAsync())

  async function ask(query: string, reduce: string) {
    const [reply] = await provider.measure({
      window: { start: new Date('2024-05-01T00:30:00Z'), end: new Date('2024-05-01T00:35:00Z') },
      indicators: [{ name: 'q', query, options: { mode: 'range', reduce } }],
      signal: new AbortController().signal,
      deadline: new Date(Date.now() + 10_000),
    })
    return reply
  }

  for (const { query, figures } of [
    {
      query: 'untagged',
      figures: {
        count: 58,
        first: 43,
        last: 43,
        sum: 2446,
        avg: 42.172413793103445,
        min: 40,
        max: 44,
        median: 42,
        p90: 44,
        p95: 44,
      },
    },
    {
      query: 'tagged',
      figures: {
        count: 57,
        first: 4,
        last: 2,
        sum: 256,
        avg: 4.491228070175438,
        min: 1,
        max: 9,
        median: 4,
        p90: 8,
        p95: 9,
      },
    },
  ]) {
    for (const [reduce, value] of Object.entries(figures)) {
      test(`the ${reduce} of ${query} is ${value}`, async () => {
        expect(await ask(query, reduce)).toMatchObject({ outcome: 'measured', value })
      })
    }
  }

  test('an empty one is no_data', async () => {
    expect(await ask('empty', 'avg')).toMatchObject({ outcome: 'no_data' })
  })
})
