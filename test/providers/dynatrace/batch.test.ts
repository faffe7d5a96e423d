import { describe, expect, test } from 'vitest'
import type { FakeReply } from '../../support/fake-dynatrace.ts'
import { ask, open, serve, times } from './asking.ts'

/** Metrics that differ in their selectors alone are asked together. */

const path = '/api/v2/metrics/query'

function selectors(count: number): readonly string[] {
  return Array.from({ length: count }, (_, place) => `m${place}:splitBy()`)
}

interface Part {
  readonly values?: readonly (number | null)[]
  readonly series?: number
  readonly ratio?: number
  readonly warnings?: readonly string[]
}

function reply(parameters: Readonly<Record<string, string>>, parts: readonly Part[], resolution = 'Inf'): FakeReply {
  const result = parts.map(({ values = [1], series = 1, ratio = 0.1, warnings }) => ({
    metricId: 'as.the.server:writes.it',
    dataPointCountRatio: ratio,
    dimensionCountRatio: 0.1,
    ...(warnings && { warnings }),
    data: Array.from({ length: series }, () => ({
      dimensions: [],
      dimensionMap: {},
      timestamps: values.map(() => 0),
      values,
    })),
  }))
  return {
    path,
    parameters: { resolution: 'Inf', ...parameters, ...times },
    body: { totalCount: parts.length, nextPageKey: null, resolution, result },
  }
}

/** To several selectors at once, or to one: the value of `m7` is 7. */
function told(...of: readonly string[]): FakeReply {
  const values = of.map((selector) => ({ values: [Number(/^m(\d+)/.exec(selector)?.[1])] }))
  return reply({ metricSelector: of.join(',') }, values)
}

function refused(status: number, ...of: readonly string[]): FakeReply {
  const body = { error: { code: status, message: 'Constraints violated.' } }
  return { ...told(...of), status, body }
}

const asked = (of: readonly string[]): readonly string[] => of.map((selector) => `metricSelector=${selector}`)
const valuesOf = (replies: readonly object[]) => replies.map((one) => ('value' in one ? one.value : undefined))

test('23 metrics are three requests, and each has its own value', async () => {
  const all = selectors(23)
  const server = await serve([told(...all.slice(0, 10)), told(...all.slice(10, 20)), told(...all.slice(20))])
  const replies = await ask(open({ url: server.url }), asked(all))
  expect(valuesOf(replies)).toEqual(all.map((_, place) => place))
  expect(server.requests).toHaveLength(3)
  expect(replies.every(({ attempts }) => attempts === 1)).toBe(true)
  // Shown is the question that each would have been alone.
  expect(decodeURIComponent(replies[4]?.query ?? '')).toContain('metricSelector=m4:splitBy()&')
})

test('one that is refused costs no other its value', async () => {
  const all = selectors(4)
  const alone = all.map((selector) => (selector.startsWith('m2') ? refused(400, selector) : told(selector)))
  const server = await serve([refused(400, ...all), ...alone])
  const replies = await ask(open({ url: server.url }), asked(all))
  expect(replies.map(({ outcome }) => outcome)).toEqual(['measured', 'measured', 'bad_query', 'measured'])
  expect(valuesOf(replies)).toEqual([0, 1, undefined, 3])
  expect(server.requests).toHaveLength(5)
})

describe('asked again, each alone, is what comes with', () => {
  const all = selectors(3)
  for (const { title, together } of [
    { title: 'fewer parts than were asked for', together: told(...all.slice(0, 2)).body },
    { title: 'more parts than were asked for', together: told(...selectors(4)).body },
    { title: 'another page', together: { ...(told(...all).body as object), nextPageKey: 'more' } },
    { title: 'a body of something else', together: { result: 'none' } },
  ]) {
    test(`${title}: 4 requests`, async () => {
      const server = await serve([{ ...told(...all), body: together }, ...all.map((selector) => told(selector))])
      expect(valuesOf(await ask(open({ url: server.url }), asked(all)))).toEqual([0, 1, 2])
      expect(server.requests).toHaveLength(4)
    })
  }

  test('a part that the others brought to a limit', async () => {
    const parts = [{ values: [0] }, { values: [5], ratio: 1 }, { values: [2] }]
    const server = await serve([reply({ metricSelector: all.join(',') }, parts), told('m1:splitBy()')])
    const replies = await ask(open({ url: server.url }), asked(all))
    expect(valuesOf(replies)).toEqual([0, 1, 2])
    expect(replies[1]).not.toHaveProperty('partial')
  })
})

test('what is wrong with the token or the server is so for all, and asked once', async () => {
  const all = selectors(3)
  const server = await serve([told(...all)], { tokens: {} })
  const replies = await ask(open({ url: server.url }), asked(all))
  expect(replies.map(({ outcome }) => outcome)).toEqual(['unauthorized', 'unauthorized', 'unauthorized'])
  expect(server.requests).toHaveLength(1)
})

test('each part is read as it would be alone: none, several, null, one that must be folded, warnings of its own', async () => {
  const all = selectors(5)
  const parts = [
    { series: 0 },
    { series: 2 },
    { values: [null] },
    { values: [1, 2] },
    { values: [4], warnings: ['late'] },
  ]
  const server = await serve([
    reply({ metricSelector: all.join(',') }, parts, '10m'),
    {
      path: '/api/v2/metrics/m3:splitBy()',
      parameters: {},
      body: { resolutionInfSupported: false, defaultAggregation: { type: 'avg' } },
    },
    { ...reply({}, [{ values: [1.5] }], '10m'), parameters: { metricSelector: '(m3:splitBy()):fold', ...times } },
  ])
  const replies = await ask(open({ url: server.url }), asked(all))
  expect(replies).toMatchObject([
    { outcome: 'no_data' },
    { outcome: 'ambiguous', message: expect.stringContaining('2 metric series') },
    { outcome: 'no_data', message: expect.stringContaining("'null' as value") },
    { outcome: 'measured', value: 1.5, attempts: 3 },
    { outcome: 'measured', value: 4, warnings: ['late'] },
  ])
})

describe('not asked together is', () => {
  for (const { title, queries, requests } of [
    {
      title: 'what has another entity selector',
      queries: ['metricSelector=m0', 'metricSelector=m1&entitySelector=type(SERVICE)'],
      requests: [
        told('m0'),
        { ...told('m1'), parameters: { ...told('m1').parameters, entitySelector: 'type(SERVICE)' } },
      ],
    },
    {
      title: 'what has another resolution',
      queries: ['metricSelector=m0', 'metricSelector=m1&resolution=1h'],
      requests: [told('m0'), { ...told('m1'), parameters: { ...told('m1').parameters, resolution: '1h' } }],
    },
    {
      title: 'a selector of two expressions',
      queries: ['metricSelector=m0', 'metricSelector=m1,m2'],
      requests: [told('m0'), told('m1,m2')],
    },
    {
      title: 'a selector whose parentheses are not closed',
      queries: ['metricSelector=m0', 'metricSelector=m1:splitBy('],
      requests: [told('m0'), told('m1:splitBy(')],
    },
    {
      title: 'what would make the address too long',
      queries: asked(selectors(2).map((selector) => `${selector}:filter(eq(a,"${'x'.repeat(4_000)}"))`)),
      requests: selectors(2).map((selector) => told(`${selector}:filter(eq(a,"${'x'.repeat(4_000)}"))`)),
    },
  ]) {
    test(`${title}: 2 requests`, async () => {
      const server = await serve(requests)
      const replies = await ask(open({ url: server.url }), queries)
      expect(server.requests).toHaveLength(2)
      expect(replies[0]).toMatchObject({ outcome: 'measured', value: 0 })
    })
  }
})

test('commas within parentheses and quotes separate nothing', async () => {
  const all = ['m0:splitBy("a","b")', 'm1:filter(or(eq(x,"a,~"b"),eq(y,")")))']
  const server = await serve([told(...all)])
  expect(valuesOf(await ask(open({ url: server.url }), asked(all)))).toEqual([0, 1])
})
