import { describe, expect, test } from 'vitest'
import type { FakeReply } from '../../support/fake-dynatrace.ts'
import { ask, open, serve, series, times } from './asking.ts'

const path = '/api/v2/metrics/query'
const selector = 'builtin:pgi.availability:splitBy()'

function asked(parameters: Readonly<Record<string, string>>, body: unknown, status = 200): FakeReply {
  return { path, parameters: { metricSelector: selector, ...parameters, ...times }, body, status }
}

function definition(resolutionInfSupported: boolean, type: string): FakeReply {
  const body = { metricId: selector, resolutionInfSupported, defaultAggregation: { type } }
  return { path: `/api/v2/metrics/${selector}`, parameters: {}, body }
}

function refusal(violated: string): object {
  const constraintViolations = [{ path: violated, message: 'is not supported', parameterLocation: 'QUERY' }]
  return { error: { code: 400, message: 'Constraints violated.', constraintViolations } }
}

const folded = asked({ metricSelector: `(${selector}):fold` }, series('10m', [97.46884534911891]))

describe('a metric that cannot be aggregated over the whole window', () => {
  for (const { name, first } of [
    { name: 'refuses that resolution', first: asked({ resolution: 'Inf' }, refusal('resolution'), 400) },
    { name: 'answers with another one', first: asked({ resolution: 'Inf' }, series('10m', [1, 2, null])) },
  ]) {
    test(`${name}: its points are folded`, async () => {
      const server = await serve([first, definition(false, 'avg'), folded])
      const [reply] = await ask(open({ url: server.url }), [`metricSelector=${selector}`])
      expect(reply).toMatchObject({ outcome: 'measured', value: 97.46884534911891, attempts: 3 })
      expect(reply?.query).toBe(server.requests[2])
      expect(server.requests).toHaveLength(3)
    })
  }

  test('and not be folded: the author is told what to do', async () => {
    const first = asked({ resolution: 'Inf' }, refusal('resolution'), 400)
    const server = await serve([first, definition(false, 'value')])
    const [reply] = await ask(open({ url: server.url }), [`metricSelector=${selector}`])
    expect(reply).toMatchObject({
      outcome: 'bad_query',
      message:
        "unable to apply ':fold' to the metric selector as the default aggregation type is 'value': remove the aggregation at its end, or add a fold, such as :fold(avg)",
      query: server.requests[0],
    })
  })

  test('is folded with the resolution of its author', async () => {
    const server = await serve([
      asked({ resolution: '30m' }, series('30m', [1, 2])),
      definition(true, 'avg'),
      asked({ resolution: '30m', metricSelector: `(${selector}):fold` }, series('30m', [1.5])),
    ])
    const [reply] = await ask(open({ url: server.url }), [`metricSelector=${selector}&resolution=30m`])
    expect(reply).toMatchObject({ outcome: 'measured', value: 1.5, attempts: 3 })
  })

  test('is folded by its author: asked as it is', async () => {
    const selectorOfAuthor = `${selector}:fold(avg)`
    const server = await serve([asked({ metricSelector: selectorOfAuthor }, series('10m', [3]))])
    const [reply] = await ask(open({ url: server.url }), [`metricSelector=${selectorOfAuthor}`])
    expect(reply).toMatchObject({ outcome: 'measured', value: 3, attempts: 1 })
  })

  test('has a definition that cannot be read', async () => {
    const unreadable = { ...definition(false, 'avg'), body: { resolutionInfSupported: 'yes' } }
    const server = await serve([asked({ resolution: '1h' }, series('1h', [1, 2])), unreadable])
    const [reply] = await ask(open({ url: server.url }), [`metricSelector=${selector}&resolution=1h`])
    expect(reply).toMatchObject({ outcome: 'upstream', message: expect.stringContaining('malformed reply') })
  })
})

describe('a refusal', () => {
  test('of a resolution that the metric does support stands', async () => {
    const server = await serve([asked({ resolution: 'Inf' }, refusal('resolution'), 400), definition(true, 'avg')])
    const [reply] = await ask(open({ url: server.url }), [`metricSelector=${selector}`])
    const message =
      'error querying Metrics API v2: Dynatrace API error (400): Constraints violated. [path: resolution - msg: is not supported]'
    expect(reply).toMatchObject({ outcome: 'bad_query', message, attempts: 2 })
  })

  test('of anything else is the answer', async () => {
    const server = await serve([asked({ resolution: 'Inf' }, refusal('metricSelector'), 400)])
    const [reply] = await ask(open({ url: server.url }), [`metricSelector=${selector}`])
    expect(reply).toMatchObject({ outcome: 'bad_query', attempts: 1 })
  })

  test("of the author's resolution is the answer", async () => {
    const server = await serve([asked({ resolution: '1m' }, refusal('resolution'), 400)])
    const [reply] = await ask(open({ url: server.url }), [`metricSelector=${selector}&resolution=1m`])
    expect(reply).toMatchObject({ outcome: 'bad_query', attempts: 1 })
  })
})

describe('what limits of the API leave out', () => {
  test('makes the value one of a part of the data', async () => {
    const body = {
      resolution: 'Inf',
      result: [{ dataPointCountRatio: 1, dimensionCountRatio: 0.2, data: [{ values: [7] }] }],
    }
    const server = await serve([asked({ resolution: 'Inf' }, body)])
    const [reply] = await ask(open({ url: server.url }), [`metricSelector=${selector}`])
    expect(reply).toMatchObject({
      outcome: 'measured',
      value: 7,
      partial: 'unless_key',
      warnings: [expect.stringContaining('limit')],
    })
  })

  test('is on another page', async () => {
    const body = { nextPageKey: 'more', resolution: 'Inf', result: [{ data: [{ values: [7] }] }] }
    const server = await serve([asked({ resolution: 'Inf' }, body)])
    const [reply] = await ask(open({ url: server.url }), [`metricSelector=${selector}`])
    expect(reply).toMatchObject({ outcome: 'ambiguous' })
  })
})
