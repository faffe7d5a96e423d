import { afterEach, beforeEach, expect, test } from 'vitest'
import { finishedType, startedType } from '../../../../src/announcing/keptn-events.ts'
import { waitFor } from '../../../../demo/wait.ts'
import { openEventSource, type EventSource } from '../../../support/event-source.ts'
import { startService, type TestService } from '../../../support/service.ts'

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n'
const build = (value: number) => ({ slo, indicators: [{ metric: 'a', value }] })

let service: TestService
const open: EventSource[] = []
beforeEach(async () => {
  service = await startService({ settings: { limits: { poll: '100ms' } } })
})
afterEach(async () => {
  for (const source of open.splice(0)) source.close()
  await service.stop()
})

async function follow(query = '', headers: Record<string, string> = {}): Promise<EventSource> {
  const source = await openEventSource(`${service.url}/v1/events/stream${query}`, headers)
  open.push(source)
  return source
}

test('what is announced arrives as it is delivered, in order; whoever comes back misses nothing and gets nothing twice', async () => {
  const source = await follow('', { 'last-event-id': '0' })
  expect([source.status, source.contentType]).toEqual([200, 'text/event-stream'])
  const { body: first } = await service.evaluate(build(1))
  await source.until(2)
  source.close()
  await service.evaluate(build(2))
  const again = await follow('', { 'last-event-id': source.received[1]?.id ?? '' })
  await again.until(2)
  const [one, two] = source.received
  expect(source.received.map(({ event }) => event)).toEqual([startedType, finishedType])
  expect(JSON.parse(two?.data ?? '')).toMatchObject({ type: finishedType, triggeredid: first.id })
  expect(again.received.map(({ event }) => event)).toEqual([startedType, finishedType])
  expect(Number(again.received[0]?.id)).toBeGreaterThan(Number(two?.id))
  expect(Number(two?.id)).toBeGreaterThan(Number(one?.id))
})

test('filters leave out what nobody wants', async () => {
  const start = { 'last-event-id': '0' }
  const finished = await follow('?type=evaluation.finished', start)
  const failed = await follow('?result=fail&project=shop', start)
  const others = await follow('?service=orders', start)
  await service.evaluate(build(1))
  const { body: bad } = await service.evaluate(build(99))
  await Promise.all([finished.until(2), failed.until(1)])
  expect(finished.received.map(({ event }) => event)).toEqual([finishedType, finishedType])
  expect(failed.received.map(({ data }) => JSON.parse(data).triggeredid)).toEqual([bad.id])
  expect(others.received).toEqual([])
})

test('without a place a reader begins with what comes next; a place that was never there is told', async () => {
  await service.evaluate(build(1))
  // Until then an event could come before it: others use the same server.
  await (await follow('', { 'last-event-id': '0' })).until(2)
  const fresh = await follow()
  const lost = await follow('', { 'last-event-id': '999999' })
  const { body } = await service.evaluate(build(2))
  await Promise.all([fresh.until(2), lost.until(5)])
  expect(fresh.received.map(({ data }) => JSON.parse(data).triggeredid)).toEqual([body.id, body.id])
  expect(lost.received.map(({ event }) => event)).toEqual([
    'reset',
    startedType,
    finishedType,
    startedType,
    finishedType,
  ])
})

test('streams end with the service', async () => {
  const source = await follow()
  await service.stop()
  await source.ended
  service = await startService()
  expect(source.received).toEqual([])
})

test('one client has a part of the places, which are free again when its streams are closed', async () => {
  const sources = await Promise.all(Array.from({ length: 20 }, () => follow()))
  expect(new Set(sources.map(({ status }) => status))).toEqual(new Set([200]))
  const more = await service.request('GET', '/v1/events/stream')
  expect(more).toMatchObject({ status: 429, body: { code: 'too_many_streams_of_client' } })
  expect(more.headers.get('retry-after')).toBe('10')
  for (const source of sources) source.close()
  await waitFor('a place is free', 20_000, async () => {
    const next = await follow()
    return next.status === 200 ? true : undefined
  })
})

test('clients are distinguished by their tokens if there are tokens', async () => {
  await service.stop()
  const env = { ONE: 'one-token-of-many', OTHER: 'another-token-of-many' }
  service = await startService({ settings: { apiTokens: ['env:ONE', 'env:OTHER'] }, env })
  const spelt = [
    { authorization: `Bearer ${env.ONE}` },
    { authorization: `bearer   ${env.ONE}` },
    { 'x-token': env.ONE },
  ]
  const statuses = []
  for (let number = 0; number < 21; number++) {
    statuses.push((await follow('', spelt[number % 3])).status)
  }
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 200), 429])
  expect((await follow('', { 'x-token': env.OTHER })).status).toBe(200)
})

test('what is no place, and what is no filter, is refused', async () => {
  const bad = await service.request('GET', '/v1/events/stream', { headers: { 'last-event-id': 'abc' } })
  expect([bad.status, bad.body.code]).toEqual([422, 'invalid_request'])
  for (const filter of ['result=good', 'type=evaluation.finishd', 'type=%00', 'project=..']) {
    const unknown = await service.request('GET', `/v1/events/stream?${filter}`)
    expect([unknown.status, unknown.body.code]).toEqual([422, 'invalid_request'])
  }
  const { status, contentType } = await follow('?type=sh.keptn.event.evaluation.invalidated')
  expect([status, contentType]).toEqual([200, 'text/event-stream'])
})
