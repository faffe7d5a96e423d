import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventId, finishedType, startedType } from '../../src/announcing/keptn-events.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'
import { evaluationsPath, startService, type TestService } from '../support/service.ts'

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n'
const body = { slo, indicators: [{ metric: 'a', value: 1 }] }

let all: Receiver
let finished: Receiver
let service: TestService
beforeEach(async () => {
  all = await startReceiver()
  finished = await startReceiver()
  service = await startService({
    settings: {
      limits: { deliveryTimeout: '1s', poll: '100ms' },
      sinks: [
        { name: 'all', url: all.url },
        { name: 'finished', url: finished.url, types: ['evaluation.finished'] },
      ],
    },
  })
})
afterEach(async () => {
  await service.stop()
  await all.stop()
  await finished.stop()
})

test('started and finished arrive once, in order, at the sinks that want them', async () => {
  const { body: evaluation } = await service.evaluate({ ...body, labels: { build: '1' } })
  await all.until(({ length }) => length === 2)
  await finished.until(({ length }) => length === 1)
  const { id } = evaluation
  expect(all.received.map(({ event }) => [event.type, event.id])).toEqual([
    [startedType, eventId(id, startedType)],
    [finishedType, eventId(id, finishedType)],
  ])
  expect(finished.received.map(({ event }) => event.type)).toEqual([finishedType])
  expect(all.received[1]).toMatchObject({
    contentType: 'application/cloudevents+json; charset=utf-8',
    event: {
      triggeredid: id,
      shkeptncontext: evaluation.context,
      time: evaluation.finishedAt,
      data: {
        project: 'shop',
        stage: 'staging',
        service: 'carts',
        labels: { build: '1' },
        status: 'succeeded',
        result: 'pass',
      },
    },
  })
})

test('what is not taken is sent again, the same bytes, and later events of the service wait for it', async () => {
  finished.answers.push(500, 301)
  const { body: first } = await service.evaluate(body)
  const { body: second } = await service.evaluate(body)
  await finished.until(({ length }) => length === 4)
  const ids = finished.received.map(({ event }) => event.id)
  const [idOfFirst, idOfSecond] = [first, second].map(({ id }) => eventId(id, finishedType))
  expect(ids).toEqual([idOfFirst, idOfFirst, idOfFirst, idOfSecond])
  expect(new Set(finished.received.slice(0, 3).map(({ body: bytes }) => bytes)).size).toBe(1)
})

test('a sink that refuses does not delay another', async () => {
  finished.answers.push(...Array.from({ length: 50 }, () => 503))
  for (let build = 1; build <= 3; build++) await service.evaluate(body)
  await all.until(({ length }) => length === 6)
  expect(finished.received.length).toBeLessThan(6)
})

test('an event that is refused for good holds up no other', async () => {
  finished.answers.push(422)
  await service.evaluate(body)
  const { body: second } = await service.evaluate(body)
  await finished.until(({ length }) => length === 2)
  expect(finished.received[1]?.event.id).toBe(eventId(second.id, finishedType))
})

test('a sink that says it is gone gets nothing any more, and others do', async () => {
  finished.answers.push(410)
  for (let build = 1; build <= 3; build++) await service.evaluate(body)
  await all.until(({ length }) => length === 6)
  expect(finished.received.length).toBe(1)
})

test('what may be otherwise the next time is tried again', async () => {
  finished.answers.push(408, 425, 429)
  await service.evaluate(body)
  await finished.until(({ length }) => length === 4)
  expect(new Set(finished.received.map(({ body: bytes }) => bytes)).size).toBe(1)
})

test('a sink that asks to be left alone is sent nothing meanwhile, of no service', async () => {
  finished.answers.push({ status: 503, retryAfter: '2' })
  await service.evaluate(body)
  await finished.until(({ length }) => length === 1)
  const toldAt = performance.now()
  await service.request('POST', evaluationsPath.replace('carts', 'orders'), { body })
  await finished.until(({ length }) => length === 3)
  expect(performance.now() - toldAt).toBeGreaterThan(1_900)
})

test('a sink that is silent gets the same event again, and those of other services meanwhile', async () => {
  finished.answers.push('silence')
  const { body: first } = await service.evaluate(body)
  await finished.until(({ length }) => length === 1)
  const { body: other } = await service.request('POST', evaluationsPath.replace('carts', 'orders'), {
    headers: { prefer: 'wait=20' },
    body,
  })
  await finished.until(({ length }) => length === 3)
  expect(finished.received.map(({ event }) => event['triggeredid'])).toEqual([first.id, other.id, first.id])
})
