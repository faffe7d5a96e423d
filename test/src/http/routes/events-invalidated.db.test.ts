import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGate, type Gate } from '../../../support/gate.ts'
import type { Script } from '../../../support/scripted-prometheus.ts'
import type { Reply } from '../../../support/service.ts'

const files = {
  'shop/slo.yaml': `
comparison: {compare_with: single_result, include_result_with_score: all}
objectives: [{sli: latency, pass: [{criteria: ["<=+10%"]}]}]
total_score: {pass: "90%"}
`,
  'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {latency: latency}\n',
}

const script: Script = {}
let gate: Gate
beforeAll(async () => {
  gate = await startGate(script, files)
})
afterAll(() => gate.stop())

function send(kind: string, attributes: object, data: object): Promise<Reply> {
  const type = `sh.keptn.event.evaluation.${kind}`
  const body = { specversion: '1.0', id: randomUUID(), source: 'bridge', type, ...attributes, data }
  return gate.service.request('POST', '/v1/events', {
    headers: { 'content-type': 'application/cloudevents+json' },
    body,
  })
}

const of = (name: string, rest: object = {}): object => ({ project: 'shop', stage: 'staging', service: name, ...rest })

const ended = async (reply: Reply): Promise<Reply['body']> =>
  (await gate.service.request('GET', `/v1/evaluations/${reply.body.id}`, { headers: { prefer: 'wait=20' } })).body

/** Judges a service whose latency is this, and answers when it has ended. */
async function judged(name: string, latency: number, id: string = randomUUID()): Promise<Reply['body']> {
  script['latency'] = { kind: 'value', value: latency }
  return ended(await send('triggered', { id }, of(name)))
}

test('an invalidated evaluation is no baseline any more, and that is announced once', async () => {
  const first = await judged('carts', 100)
  const wrong = await judged('carts', 10, 'wrong')
  expect(await judged('carts', 100)).toMatchObject({ result: 'fail', comparedEvaluations: [wrong.id] })
  const third = await judged('carts', 9, 'also-wrong')

  const why = { evaluation: { reason: 'the load generator was off' } }
  const invalidated = await send('invalidated', { triggeredid: 'also-wrong' }, of('carts', why))
  expect(invalidated).toMatchObject({ status: 200, body: { id: third.id } })
  expect(invalidated.headers.get('location')).toBe(`/v1/evaluations/${third.id}`)
  await send('invalidated', { triggeredid: 'wrong' }, of('carts', why))
  const later = await judged('carts', 105)
  expect(later).toMatchObject({ result: 'pass' })
  expect(later.comparedEvaluations).not.toContain(third.id)
  expect(later.comparedEvaluations).not.toContain(wrong.id)
  expect(first.id).not.toBe(wrong.id)

  const { body: again } = await send('invalidated', { triggeredid: 'also-wrong' }, of('carts'))
  expect(again.invalidation).toEqual(invalidated.body.invalidation)
  expect(again.invalidation).toMatchObject({ reason: why.evaluation.reason, by: 'bridge' })
  expect((await gate.service.request('GET', `/v1/evaluations/${third.id}`)).body.invalidation).toEqual(
    again.invalidation,
  )
  const announced = () =>
    gate.receiver.received.filter(
      ({ event }) => event.type.endsWith('.invalidated') && event['triggeredid'] === 'also-wrong',
    )
  await gate.receiver.until(() => announced().length > 0)
  expect(announced().map(({ event }) => event.data['evaluation'])).toEqual([
    { id: third.id, reason: why.evaluation.reason, by: 'bridge' },
  ])
})

test('an evaluation that a caller asked for is named by its own id', async () => {
  script['latency'] = { kind: 'value', value: 1 }
  const { body } = await gate.service.evaluate({})
  const reply = await send('invalidated', { triggeredid: body.id }, of('carts'))
  expect(reply).toMatchObject({ status: 200, body: { id: body.id, invalidation: { reason: '', by: 'bridge' } } })
})

test('one that has not ended is a conflict', async () => {
  script['latency'] = { kind: 'hang' }
  const { body } = await send('triggered', { id: 'hanging' }, of('orders'))
  const reply = await send('invalidated', { triggeredid: 'hanging' }, of('orders'))
  expect(reply).toMatchObject({ status: 409, body: { code: 'evaluation_not_ended' } })
  await gate.service.request('DELETE', `/v1/evaluations/${body.id}`)
  expect((await send('invalidated', { triggeredid: 'hanging' }, of('orders'))).status).toBe(200)
})

test('one that nobody knows, or of another service, is not found', async () => {
  await judged('mine', 1, 'mine')
  for (const [triggeredid, name] of [
    ['unknown', 'mine'],
    [randomUUID(), 'mine'],
    ['mine', 'theirs'],
  ]) {
    const reply = await send('invalidated', { triggeredid }, of(name ?? ''))
    expect(reply).toMatchObject({ status: 404, body: { code: 'evaluation_not_found' } })
  }
})

for (const { title, attributes, data, pointer } of [
  { title: 'triggeredid', attributes: {}, data: of('carts'), pointer: '/triggeredid' },
  {
    title: 'a project',
    attributes: { triggeredid: 'x' },
    data: { stage: 'a', service: 'b' },
    pointer: '/data/project',
  },
  {
    title: 'a reason that is a text',
    attributes: { triggeredid: 'x' },
    data: of('carts', { evaluation: { reason: 7 } }),
    pointer: '/data/evaluation/reason',
  },
]) {
  test(`without ${title} it is refused`, async () => {
    const reply = await send('invalidated', attributes, data)
    expect(reply).toMatchObject({ status: 422, body: { code: 'invalid_event', errors: [{ pointer }] } })
  })
}
