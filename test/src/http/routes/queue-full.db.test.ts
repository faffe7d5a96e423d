import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { evaluationsPath, startService, type Reply, type TestService } from '../../../support/service.ts'

const slo = 'x-gate: none\nobjectives: [{sli: a}]\ntotal_score: {pass: 90}\n'
/** A window whose end is waited for. */
const toCome = { start: new Date().toISOString(), timeframe: '1h' }

let service: TestService
beforeAll(async () => {
  const files = { 'shop/slo.yaml': slo, 'pay/slo.yaml': slo }
  service = await startService({ files, settings: { limits: { queued: 2 } } })
})
afterAll(() => service.stop())

const post = (headers: Record<string, string> = {}, path = evaluationsPath): Promise<Reply> =>
  service.request('POST', path, { headers, body: { window: toCome } })

const event = () => ({
  specversion: '1.0',
  id: randomUUID(),
  source: 'shipyard',
  type: 'sh.keptn.event.evaluation.triggered',
  data: { project: 'shop', stage: 'staging', service: 'carts', evaluation: toCome },
})

function send(body: unknown, type = 'application/cloudevents+json'): Promise<Reply> {
  return service.request('POST', '/v1/events', { headers: { 'content-type': type }, body })
}

test('requests and events beyond the ceiling are 429, to be sent again when there is room', async () => {
  const key = { 'idempotency-key': 'the first' }
  const [known, first] = [event(), await post(key)]
  expect([first.status, (await send(known)).status]).toEqual([202, 202])

  const refused = await post()
  expect(refused).toMatchObject({ status: 429, body: { code: 'queue_full', status: 429 } })
  expect(refused.headers.get('retry-after')).toBe('10')
  const late = event()
  const dropped = await send(late)
  expect([dropped.status, dropped.headers.get('retry-after')]).toEqual([429, '10'])
  const batch = await send([late, known], 'application/cloudevents-batch+json')
  expect(batch).toMatchObject({ status: 200, body: { items: [{ status: 429 }, { status: 200 }] } })

  expect([(await post(key)).status, (await send(known)).status]).toEqual([200, 200])
  expect((await post({}, evaluationsPath.replace('shop', 'pay'))).status).toBe(202)
  expect((await service.evaluate({})).status).toBe(201)

  await service.request('DELETE', `/v1/evaluations/${first.body.id}`)
  expect((await send(late)).status).toBe(202)
})

test('with several tokens each has a ceiling over all projects, for requests and events together', async () => {
  const tokens = { ONE: 'one-token-of-several', OTHER: 'another-of-several' }
  const several = await startService({
    files: { 'shop/slo.yaml': slo, 'pay/slo.yaml': slo, 'ship/slo.yaml': slo },
    settings: { limits: { queued: 2 }, apiTokens: ['env:ONE', 'env:OTHER'] },
    env: tokens,
  })
  const ask = (token: string, project: string): Promise<Reply> =>
    several.request('POST', evaluationsPath.replace('shop', project), {
      headers: { 'x-token': token },
      body: { window: toCome },
    })
  const tell = (token: string, project: string): Promise<Reply> => {
    const { data, ...attributes } = event()
    const headers = { 'x-token': token, 'content-type': 'application/cloudevents+json' }
    return several.request('POST', '/v1/events', { headers, body: { ...attributes, data: { ...data, project } } })
  }
  try {
    expect([await ask(tokens.ONE, 'shop'), await tell(tokens.ONE, 'pay')]).toMatchObject([
      { status: 202 },
      { status: 202 },
    ])
    const detail = 'the token of this request has reached limits.queued, 2 evaluations queued: try again later'
    for (const refused of [await ask(tokens.ONE, 'ship'), await tell(tokens.ONE, 'ship')]) {
      expect(refused).toMatchObject({ status: 429, body: { code: 'queue_full', detail } })
    }
    expect((await ask(tokens.OTHER, 'ship')).status).toBe(202)
  } finally {
    await several.stop()
  }
})

test('is in the description of the operations that answer it', async () => {
  const { body } = await service.request('GET', '/openapi.json')
  const operations = Object.entries<Record<string, { responses: Record<string, object> }>>(body.paths).flatMap(
    ([path, methods]) => Object.entries(methods).map(([method, { responses }]) => ({ path, method, responses })),
  )
  const limited = operations
    .filter(({ responses }) => JSON.stringify(responses['429'] ?? {}).includes('"queue_full"'))
    .map(({ path, method }) => `${method} ${path}`)
  expect(limited.toSorted()).toEqual([
    'post /v1/events',
    'post /v1/projects/{project}/stages/{stage}/services/{service}/evaluations',
  ])
})
