import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type Reply, type TestService } from '../../../support/service.ts'

const slo = 'objectives: [{sli: errors, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: "90%"}\n'

let service: TestService
beforeAll(async () => {
  service = await startService({ files: { 'shop/slo.yaml': slo } })
})
afterAll(() => service.stop())

const type = 'sh.keptn.event.evaluation.triggered'

function event(parts: object = {}): object {
  const data = { project: 'shop', stage: 'staging', service: 'carts' }
  return { specversion: '1.0', id: randomUUID(), source: 'shipyard-controller', type, data, ...parts }
}

function post(body: unknown): Promise<Reply> {
  const headers = { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' }
  return service.request('POST', '/v1/events', { headers, body })
}

test('every event of a batch is answered by itself, as if it had come alone', async () => {
  const { status, body } = await post([
    event({ id: 'a' }),
    event({ id: 'a' }),
    event({ id: 'b', type: 'com.example.other' }),
    event({ id: 'c', specversion: '2.0' }),
    event({ id: 'd', data: { project: 'shop' } }),
    event({ id: 'e', type: 'sh.keptn.event.evaluation.invalidated', triggeredid: 'unknown' }),
    event({ id: undefined }),
    'no event',
    event({ id: 'f' }),
  ])
  expect(status).toBe(200)
  const told = (body.items as Reply['body'][]).map(({ id, status: own, problem }) => [id, own, problem?.code])
  expect(told).toEqual([
    ['a', 202, undefined],
    ['a', 200, undefined],
    ['b', 204, undefined],
    ['c', 422, 'invalid_event'],
    ['d', 422, 'invalid_event'],
    ['e', 404, 'evaluation_not_found'],
    [null, 422, 'invalid_event'],
    [null, 422, 'invalid_event'],
    ['f', 202, undefined],
  ])
  const [first, again, other, bad] = body.items
  expect(again.evaluation.id).toBe(first.evaluation.id)
  expect(first.evaluation).toMatchObject({ service: 'carts', trigger: { id: 'a' } })
  expect(Object.keys(other).toSorted()).toEqual(['id', 'status'])
  expect(bad.problem).toMatchObject({ status: 422, instance: '/v1/events', errors: [{ pointer: '/specversion' }] })
})

test('100 events are taken', async () => {
  const { status, body } = await post(Array.from({ length: 100 }, () => event({ type: 'com.example.other' })))
  expect([status, body.items.length]).toEqual([200, 100])
})

test('none is taken of 101', async () => {
  const events = Array.from({ length: 101 }, () => event({ id: 'first-of-many' }))
  const { status, body } = await post(events)
  expect([status, body.code]).toEqual([422, 'invalid_event'])
  expect(body.detail).toBe('the batch holds 101 events: at most 100 were expected')
  const alone = await post([events[0]])
  expect(alone.body.items[0].status).toBe(202)
})

test('none is a batch too', async () => {
  expect(await post([])).toMatchObject({ status: 200, body: { items: [] } })
})

for (const { title, body, status, code } of [
  { title: 'an event alone', body: event(), status: 422, code: 'invalid_event' },
  { title: 'half a list', body: '[{', status: 400, code: 'unreadable_body' },
  { title: 'more than 1 MiB', body: [event({ data: 'x'.repeat(1024 * 1024) })], status: 413, code: 'body_too_large' },
]) {
  test(`${title} is no batch`, async () => {
    expect(await post(body)).toMatchObject({ status, body: { code } })
  })
}
