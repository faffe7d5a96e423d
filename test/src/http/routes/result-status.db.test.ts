import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { evaluationsPath, startService, type Reply, type TestService } from '../../../support/service.ts'

/** `?status=result`: for callers that look at nothing but the status code. */

const slo = `
objectives: [{sli: a, pass: [{criteria: ["<=1"]}], warning: [{criteria: ["<=5"]}]}]
total_score: {pass: "90%", warning: "50%"}
`

let service: TestService
beforeAll(async () => {
  service = await startService({ files: { 'shop/slo.yaml': slo } })
})
afterAll(() => service.stop())

const pushed = (value: number) => ({ indicators: [{ metric: 'a', value }] })
const wait = { prefer: 'wait=20' }

function post(body: object, query = '?status=result', headers: Record<string, string> = wait): Promise<Reply> {
  return service.request('POST', `${evaluationsPath}${query}`, { body, headers })
}
const get = (id: string, query = '?status=result', headers: Record<string, string> = {}): Promise<Reply> =>
  service.request('GET', `/v1/evaluations/${id}${query}`, { headers })

/** Ends in an hour. */
const toCome = () => {
  const end = Date.now() + 3_600_000
  return { ...pushed(0), window: { start: new Date(end - 600_000).toISOString(), end: new Date(end).toISOString() } }
}

/** Headers that say something of the answer. */
function told({ headers }: Reply): object {
  return Object.fromEntries(
    ['content-type', 'preference-applied', 'retry-after'].map((name) => [name, headers.get(name)]),
  )
}

for (const { title, body, state, result, status } of [
  { title: 'pass', body: pushed(0), state: 'succeeded', result: 'pass', status: 200 },
  { title: 'warning', body: pushed(3), state: 'succeeded', result: 'warning', status: 200 },
  { title: 'fail', body: pushed(9), state: 'succeeded', result: 'fail', status: 412 },
  // No provider answers the indicator.
  { title: 'errored', body: {}, state: 'errored', result: 'fail', status: 424 },
]) {
  test(`${title} is ${status}, with unchanged body and headers`, async () => {
    const plain = await post(body, '')
    expect(plain).toMatchObject({ status: 201, body: { state, result } })
    const posted = await post(body)
    expect(posted).toMatchObject({ status, body: { state, result } })
    expect(posted.headers.get('location')).toBe(`/v1/evaluations/${posted.body.id}`)
    expect(told(posted)).toEqual(told(plain))
    expect(Object.keys(posted.body)).toEqual(Object.keys(plain.body))

    const found = await get(posted.body.id)
    expect(found).toMatchObject({ status, body: posted.body })
    expect(await get(posted.body.id, '')).toMatchObject({ status: 200, body: posted.body })
    const explained = await get(posted.body.id, '?status=result&include=explanation')
    expect(explained.status).toBe(status)
    expect(explained.body).toHaveProperty('explanation')
  })
}

test('an unfinished evaluation is 202, a cancelled one 424', async () => {
  const posted = await post(toCome(), '?status=result', { prefer: 'wait=0' })
  expect(posted).toMatchObject({ status: 202, body: { state: 'queued' } })
  expect(posted.headers.get('retry-after')).toBe('1')
  expect((await get(posted.body.id)).status).toBe(202)
  await service.request('DELETE', `/v1/evaluations/${posted.body.id}`)
  expect(await get(posted.body.id)).toMatchObject({ status: 424, body: { state: 'aborted' } })
})

test('a pass that was invalidated is 424, whoever asks for it again', async () => {
  const keyed = { ...wait, 'idempotency-key': 'taken-back' }
  const { body } = await post(pushed(0), '?status=result', keyed)
  const { project, stage, service: name } = body
  await service.request('POST', '/v1/events', {
    headers: { 'content-type': 'application/cloudevents+json' },
    body: {
      specversion: '1.0',
      id: 'taken-back',
      source: 'test',
      type: 'sh.keptn.event.evaluation.invalidated',
      triggeredid: body.id,
      data: { project, stage, service: name },
    },
  })
  expect(await get(body.id)).toMatchObject({ status: 424, body: { result: 'pass', invalidation: { by: 'test' } } })
  expect((await post(pushed(0), '?status=result', keyed)).status).toBe(424)
})

test('without a wait, the answer to a new request is 202', async () => {
  const posted = await post(pushed(0), '?status=result', {})
  expect(posted.status).toBe(202)
  expect((await get(posted.body.id, '?status=result', wait)).status).toBe(200)
})

test('a repeated request has the status of its outcome', async () => {
  const keyed = { ...wait, 'idempotency-key': 'known' }
  expect((await post(pushed(9), '?status=result', keyed)).status).toBe(412)
  const again = await post(pushed(9), '?status=result', keyed)
  expect(again.status).toBe(412)
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect((await post(pushed(9), '', keyed)).status).toBe(200)
})

describe('refused is', () => {
  for (const query of ['?status=results', '?status=', '?status=200']) {
    test(`${query}, with 400 and before anything is accepted`, async () => {
      const posted = await post(pushed(0), query)
      expect(posted).toMatchObject({ status: 400, body: { code: 'invalid_query', detail: /status must be result/ } })
      expect(posted.headers.get('content-type')).toContain('application/problem+json')
      const { body } = await post(pushed(0), '')
      expect(await get(body.id, query)).toMatchObject({ status: 400, body: { code: 'invalid_query' } })
    })
  }

  test('a parameter of another name, which would leave the status as it is', async () => {
    expect(await post(pushed(9), '?stauts=result')).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
  })
})

test('the API document has it', async () => {
  const { body } = await service.request('GET', '/openapi.json')
  for (const [path, method] of [
    ['/v1/projects/{project}/stages/{stage}/services/{service}/evaluations', 'post'],
    ['/v1/evaluations/{id}', 'get'],
  ] as const) {
    const { parameters, responses } = body.paths[path][method]
    expect(parameters).toContainEqual(
      expect.objectContaining({
        name: 'status',
        in: 'query',
        required: false,
        schema: expect.objectContaining({ enum: ['result'] }),
      }),
    )
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '202', '412', '424', 'default']))
  }
})
