import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { evaluationsPath, startService, type TestService } from '../../../support/service.ts'

const slo = `
comparison: {compare_with: single_result, include_result_with_score: pass}
objectives:
  - sli: error_rate
    key_sli: true
    pass: [{criteria: ["<=1"]}]
  - sli: latency
    displayName: Latency
    weight: 2
    pass: [{criteria: ["<=+10%", "<600"]}]
    warning: [{criteria: ["<=800"]}]
total_score: {pass: "90%", warning: "60%"}
`

const values = (errorRate: number, latency: number): object => ({
  indicators: [
    { metric: 'error_rate', value: errorRate },
    { metric: 'latency', value: latency },
  ],
})

let service: TestService
beforeAll(async () => {
  service = await startService({ files: { 'shop/slo.yaml': slo } })
})
afterAll(() => service.stop())

/** A service of its own for a test that looks at history. */
function pathOf(name: string): string {
  return `/v1/projects/shop/stages/staging/services/${name}`
}

async function evaluate(name: string, body: object, headers: Record<string, string> = { prefer: 'wait=20' }) {
  return service.request('POST', `${pathOf(name)}/evaluations`, { body, headers })
}

describe('an evaluation', () => {
  test('is 202 at once without a wait, and found where Location says', async () => {
    const accepted = await service.evaluate(values(0, 1), {})
    expect(accepted.status).toBe(202)
    expect(accepted.headers.get('retry-after')).toBe('1')
    const location = accepted.headers.get('location') ?? ''
    expect(location).toBe(`/v1/evaluations/${accepted.body.id}`)
    const found = await service.request('GET', location, { headers: { prefer: 'wait=20' } })
    expect(found.status).toBe(200)
    expect(found.headers.get('preference-applied')).toBe('wait=20')
    expect(found.body).toMatchObject({ id: accepted.body.id, state: 'succeeded', result: 'pass' })
  })

  for (const [window, start, end] of [
    [{ start: '2026-01-02T03:00:00+0100', timeframe: '7d' }, '2026-01-02T02:00:00.000Z', '2026-01-09T02:00:00.000Z'],
    [{ start: '2026-01-02T03:00:00-03', timeframe: '1w' }, '2026-01-02T06:00:00.000Z', '2026-01-09T06:00:00.000Z'],
    [
      { start: '2026-01-02t03:00:00z', end: '2026-01-02T05:00:00+01' },
      '2026-01-02T03:00:00.000Z',
      '2026-01-02T04:00:00.000Z',
    ],
  ] as const) {
    test(`has the window ${JSON.stringify(window)}`, async () => {
      const { status, body } = await evaluate('written', { ...values(0, 1), window }, {})
      expect(status).toBe(202)
      expect(body.window).toMatchObject({ start, end })
    })
  }

  test('carries everything that led to its result', async () => {
    const { status, headers, body } = await evaluate('complete', {
      ...values(0.5, 700),
      labels: { buildId: '17' },
      window: { start: '2026-01-02T05:00:00+02:00', end: '2026-01-02T03:05:00Z' },
      context: '5f1c0a1e-55a1-4f3a-9d33-0d6f0c6f2b11',
    })
    expect(status).toBe(201)
    expect(headers.get('preference-applied')).toBe('wait=20')
    expect(body).toMatchObject({
      project: 'shop',
      stage: 'staging',
      service: 'complete',
      state: 'succeeded',
      result: 'warning',
      score: 100 * (2 / 3),
      reasons: [{ code: 'between_thresholds' }, { code: 'no_baseline', indicator: 'latency' }],
      window: { start: '2026-01-02T03:00:00.000Z', end: '2026-01-02T03:05:00.000Z', source: 'request' },
      labels: { buildId: '17' },
      context: '5f1c0a1e-55a1-4f3a-9d33-0d6f0c6f2b11',
      trigger: { kind: 'api' },
      attempt: 1,
      slo: { source: 'shop/slo.yaml', inline: false, totalScore: { pass: 90, warning: 60 } },
      comparedEvaluations: [],
      engineVersion: '2',
      invalidation: null,
    })
    expect(body.indicatorResults).toMatchObject([
      { metric: 'error_rate', status: 'pass', score: 1, weight: 1, keySli: true, value: 0.5, comparedValue: null },
      {
        metric: 'latency',
        displayName: 'Latency',
        provider: 'pushed',
        query: null,
        status: 'warning',
        score: 1,
        weight: 2,
        success: true,
        outcome: 'measured',
        passTargets: [
          { criteria: '<=+10%', targetValue: null, violated: false },
          { criteria: '<600', targetValue: 600, violated: true },
        ],
        warningTargets: [{ criteria: '<=800', targetValue: 800, violated: false }],
      },
    ])
    expect(Date.parse(body.acceptedAt)).toBeLessThanOrEqual(Date.parse(body.startedAt))
    expect(Date.parse(body.startedAt)).toBeLessThanOrEqual(Date.parse(body.finishedAt))
  })

  test('that fails is compared with, unless only passes count; what does not count is said', async () => {
    const first = await evaluate('compared', values(0, 100))
    const second = await evaluate('compared', values(5, 500))
    const third = await evaluate('compared', values(0, 109))
    expect([first, second, third].map(({ body }) => body.result)).toEqual(['pass', 'fail', 'pass'])
    expect(third.body.comparedEvaluations).toEqual([first.body.id])
    expect(third.body.indicatorResults[1]).toMatchObject({ comparedValue: 100, comparedWith: [first.body.id] })
    expect(third.body.warnings).toMatchObject([
      { code: 'retried', retryOf: second.body.id },
      { code: 'evaluation_skipped', evaluation: second.body.id, result: 'fail' },
    ])
  })

  for (const { said, window } of [
    { said: 'both ends', window: (start: Date, end: Date) => ({ start: start.toISOString(), end: end.toISOString() }) },
    { said: 'a start and a timeframe', window: (start: Date) => ({ start: start.toISOString(), timeframe: '1m' }) },
  ]) {
    test(`of a window that ends in the future, by ${said}, waits for its end`, async () => {
      const end = new Date(Date.now() + 3_000)
      const asked = window(new Date(end.getTime() - 60_000), end)
      const queued = await evaluate('future', { ...values(0, 1), window: asked }, { prefer: 'wait=1' })
      expect(queued.status).toBe(202)
      expect(queued.body).toMatchObject({
        state: 'queued',
        result: null,
        score: null,
        startedAt: null,
        finishedAt: null,
      })
      const ended = await service.request('GET', `/v1/evaluations/${queued.body.id}`, {
        headers: { prefer: 'wait=20' },
      })
      expect(ended.body).toMatchObject({ state: 'succeeded', result: 'pass' })
      expect(Date.parse(ended.body.startedAt)).toBeGreaterThanOrEqual(end.getTime())
    })
  }

  test('of the same window again is the next attempt, and attempts do not serve each other', async () => {
    const window = { start: '2026-01-02T03:00:00Z', end: '2026-01-02T03:05:00Z' }
    const first = await evaluate('attempts', { ...values(0, 100), window })
    const second = await evaluate('attempts', { ...values(0, 200), window })
    expect([first.body.attempt, second.body.attempt]).toEqual([1, 2])
    expect(second.body.comparedEvaluations).toEqual([])
    const later = await evaluate('attempts', values(0, 210))
    expect(later.body.attempt).toBe(1)
    expect(later.body.comparedEvaluations).toEqual([second.body.id])
  })

  test('of one window many times at once gets every attempt once', async () => {
    const window = { start: '2026-01-02T03:00:00Z', end: '2026-01-02T03:05:00Z' }
    const bodies = Array.from({ length: 12 }, () => ({ ...values(0, 1), window }))
    const replies = await Promise.all(bodies.map((body) => evaluate('crowd', body)))
    const attempts = replies.map(({ body }) => body.attempt).toSorted((a, b) => a - b)
    expect(attempts).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
  })

  test('with an inline SLO is of another line than those judged by files', async () => {
    const file = await evaluate('lines', values(0, 100))
    const inline = await evaluate('lines', { ...values(0, 500), slo })
    expect(inline.body.slo).toMatchObject({ inline: true, source: 'inline' })
    expect(inline.body.comparedEvaluations).toEqual([])
    const fileAgain = await evaluate('lines', values(0, 100))
    expect(fileAgain.body.comparedEvaluations).toEqual([file.body.id])
    const inlineAgain = await evaluate('lines', { ...values(0, 500), slo })
    expect(inlineAgain.body.comparedEvaluations).toEqual([inline.body.id])
  })

  test('keeps numbers to the last bit', async () => {
    for (const value of [0.1 + 0.2, 5e-324, 1.7976931348623157e308, 349.9999999999995, -1e-7]) {
      const { body } = await evaluate('digits', values(value, 1))
      const again = await service.request('GET', `/v1/evaluations/${body.id}`)
      expect(again.body.indicatorResults[0].value).toBe(value)
    }
  })
})

describe('an idempotency key', () => {
  const key = (name: string): Record<string, string> => ({ 'idempotency-key': name, prefer: 'wait=20' })

  test('twenty times at once is one evaluation', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => evaluate('keys', values(0, 1), key('run-1'))))
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1)
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    const replays = replies.filter(({ status }) => status === 200)
    expect(replays).toHaveLength(19)
    for (const { headers, body } of replays) {
      expect(headers.get('idempotency-replayed')).toBe('true')
      expect(body.state).toBe('succeeded')
    }
    const { body: history } = await service.request('GET', `${pathOf('keys')}/score-history`)
    expect(history.items).toHaveLength(1)
  })

  test('finds the same body in another order, long after', async () => {
    const first = await evaluate('keys', { labels: { a: '1', b: '2' }, ...values(0, 1) }, key('run-2'))
    const again = await evaluate('keys', { ...values(0, 1), labels: { b: '2', a: '1' } }, key('run-2'))
    expect(again.status).toBe(200)
    expect(again.body.id).toBe(first.body.id)
  })

  test('with another body is 422', async () => {
    const first = await evaluate('keys', values(0, 1), key('run-3'))
    const other = await evaluate('keys', values(0, 2), key('run-3'))
    expect(other.status).toBe(422)
    expect(other.body).toMatchObject({ code: 'idempotency_key_reused', detail: expect.stringContaining(first.body.id) })
  })

  test('is one of its service', async () => {
    const first = await evaluate('keys', values(0, 1), key('run-4'))
    const other = await evaluate('other-keys', values(0, 1), key('run-4'))
    expect(other.status).toBe(201)
    expect(other.body.id).not.toBe(first.body.id)
  })

  for (const name of ['', 'x'.repeat(256), 'tab\there']) {
    test(`${JSON.stringify(name.slice(0, 10))} is no key`, async () => {
      const { status, body } = await evaluate('keys', values(0, 1), key(name))
      expect(status).toBe(422)
      expect(body.code).toBe('invalid_request')
    })
  }
})

describe('the score history', () => {
  test('is newest first, and can be walked to the end and back', async () => {
    const ids: string[] = []
    for (let build = 1; build <= 7; build++) {
      const { body } = await evaluate('walked', {
        ...values(build === 3 ? 9 : 0, 100),
        labels: { build: String(build) },
      })
      ids.unshift(body.id)
    }
    const page = async (
      cursor: string | null,
    ): Promise<{ ids: string[]; next: string | null; prev: string | null }> => {
      const query = cursor === null ? 'limit=3' : `limit=3&cursor=${cursor}`
      const { body } = await service.request('GET', `${pathOf('walked')}/score-history?${query}`)
      return { ids: body.items.map(({ id }: { id: string }) => id), ...body.page }
    }
    const first = await page(null)
    expect(first).toMatchObject({ ids: ids.slice(0, 3), prev: null })
    const second = await page(first.next)
    expect(second.ids).toEqual(ids.slice(3, 6))
    const last = await page(second.next)
    expect(last).toMatchObject({ ids: ids.slice(6), next: null })
    const back = await page(last.prev)
    expect(back.ids).toEqual(ids.slice(3, 6))
    expect(await page(back.prev)).toMatchObject({ ids: ids.slice(0, 3), prev: null })
  })

  test('has the score, the result and the reasons of each build', async () => {
    await evaluate('told', { ...values(9, 100), labels: { build: '1' } })
    const { body } = await service.request('GET', `${pathOf('told')}/score-history`)
    expect(body.items).toMatchObject([
      { state: 'succeeded', result: 'fail', score: 100 * (2 / 3), labels: { build: '1' }, attempt: 1 },
    ])
    expect(body.items[0].reasons[1]).toMatchObject({ code: 'key_failed', indicator: 'error_rate' })
    expect(body.items[0]).not.toHaveProperty('indicatorResults')
  })
})

describe('the document', () => {
  test('describes every route, its bodies and its errors', async () => {
    const { status, body } = await service.request('GET', '/openapi.json')
    expect(status).toBe(200)
    expect(Object.keys(body.paths).toSorted()).toEqual([
      '/livez',
      '/readyz',
      '/v1/evaluations/{id}',
      '/v1/events',
      '/v1/events/stream',
      '/v1/projects/{project}/stages/{stage}/services/{service}/evaluations',
      '/v1/projects/{project}/stages/{stage}/services/{service}/score-history',
      '/v1/providers',
      '/v1/providers/{name}/check',
      '/v1/providers/{name}/query',
      '/v1/subscriptions',
      '/v1/subscriptions/{id}',
      '/v1/subscriptions/{id}/deliveries',
      '/v1/subscriptions/{id}/deliveries/{eventId}/redeliver',
      '/v1/subscriptions/{id}/redeliver',
      '/v1/subscriptions/{id}/rotate-key',
      '/v1/subscriptions/{id}/test',
    ])
    const post = body.paths['/v1/projects/{project}/stages/{stage}/services/{service}/evaluations'].post
    expect(post.requestBody.content['application/json'].schema).toBeDefined()
    expect(Object.keys(post.responses)).toEqual(expect.arrayContaining(['200', '201', '202', '412', '424', 'default']))
    for (const operations of Object.values<Record<string, { responses: Record<string, unknown> }>>(body.paths)) {
      for (const { responses } of Object.values(operations)) {
        expect(responses['default']).toHaveProperty(['content', 'application/problem+json'])
      }
    }
    const [request] = body.components.schemas.EvaluationRequestInput.anyOf
    expect(request.properties.indicatorsFrom.properties.format.enum).toEqual(['k6'])
    const events = body.paths['/v1/events'].post
    expect(Object.keys(events.requestBody.content)).toContain('application/cloudevents+json')
    expect(Object.keys(events.responses)).toEqual(expect.arrayContaining(['200', '202', '204', 'default']))
    expect(Object.keys(body.components.schemas).toSorted()).toEqual([
      'Coverage',
      'CreatedSubscription',
      'Deliveries',
      'Delivery',
      'Evaluation',
      'EvaluationRequestInput',
      'EvaluationWithExplanation',
      'Event',
      'EventBatch',
      'IssuedSubscriptionKey',
      'Problem',
      'Provider',
      'ProviderHealth',
      'ProviderQueried',
      'ProviderQueryRequestInput',
      'Providers',
      'RedeliverRequestInput',
      'Redelivered',
      'RotateKeyRequestInput',
      'ScoreHistory',
      'Subscription',
      'SubscriptionKey',
      'SubscriptionPatchInput',
      'SubscriptionRequestInput',
      'SubscriptionTried',
      'Subscriptions',
    ])
    const references = JSON.stringify(body).match(/#\/components\/schemas\/\w+/g) ?? []
    for (const reference of references) {
      expect(body.components.schemas).toHaveProperty([reference.split('/').at(-1) ?? ''])
    }
  })
})

describe('tokens', () => {
  test('without one, every route but health is 401; with one, as a bearer token or as x-token, it answers', async () => {
    const guarded = await startService({
      settings: { apiTokens: ['env:TOKEN_A', 'env:TOKEN_B'] },
      env: { TOKEN_A: 'a'.repeat(20), TOKEN_B: 'b'.repeat(20) },
      files: { 'shop/slo.yaml': slo },
    })
    try {
      for (const path of ['/livez', '/readyz']) expect((await guarded.request('GET', path)).status).toBe(200)
      for (const headers of [
        {},
        { authorization: 'Bearer wrong' },
        { authorization: `Basic ${'a'.repeat(20)}` },
        { authorization: `Bearer ${'a'.repeat(19)}` },
        { 'x-token': 'wrong' },
        { authorization: 'Bearer ' },
      ]) {
        for (const [method, path] of [
          ['GET', '/openapi.json'],
          ['GET', `/v1/evaluations/${crypto.randomUUID()}`],
          ['POST', evaluationsPath],
        ] as const) {
          const reply = await guarded.request(method, path, { headers })
          expect(reply.status, `${method} ${path} with ${JSON.stringify(headers)}`).toBe(401)
          expect(reply.body.code).toBe('unauthorized')
          expect(reply.headers.get('www-authenticate')).toBe('Bearer')
        }
      }
      for (const headers of [
        { authorization: `Bearer ${'a'.repeat(20)}` },
        { authorization: `bearer ${'b'.repeat(20)}` },
        { 'x-token': 'a'.repeat(20) },
      ]) {
        expect((await guarded.request('GET', '/openapi.json', { headers })).status).toBe(200)
      }
    } finally {
      await guarded.stop()
    }
  })
})
