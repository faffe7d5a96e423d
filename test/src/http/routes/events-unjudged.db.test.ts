import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startReceiver, type Receiver } from '../../../support/receiver.ts'
import { startService, type Reply, type TestService } from '../../../support/service.ts'

/** No sequence waits for ever: an event that names a service and cannot be judged is answered too. */

const good = 'objectives: [{sli: errors, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: "90%"}\n'

let service: TestService
let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
  service = await startService({
    files: {
      'shop/staging/good/slo.yaml': good,
      'shop/staging/bad/slo.yaml':
        'objectives: [{sli: errors, pass: [{criteria: ["<ten"]}]}]\ntotal_score: {pass: "x"}\n',
      'shop/staging/bad-sli/slo.yaml': good,
      'shop/staging/bad-sli/prometheus/sli.yaml': 'indicators: [errors]\n',
      'closed/project.yaml': 'services: [orders]\n',
      'closed/slo.yaml': good,
      'staged/project.yaml': 'stages: {dev: {}, prod: {window: {from: [request]}}}\n',
      'staged/slo.yaml': good,
      'broken/project.yaml': 'policies: {missingSlo: perhaps}\n',
      'broken/slo.yaml': good,
    },
    settings: { sinks: [{ name: 'control-plane', url: receiver.url }] },
  })
})
afterAll(async () => {
  await service.stop()
  await receiver.stop()
})

async function trigger(data: object, attributes: object = {}): Promise<{ readonly id: string; readonly reply: Reply }> {
  const id = randomUUID()
  const type = 'sh.keptn.event.evaluation.triggered'
  const body = { specversion: '1.0', id, source: 'shipyard-controller', type, ...attributes, data }
  const headers = { 'content-type': 'application/cloudevents+json' }
  return { id, reply: await service.request('POST', '/v1/events', { body, headers }) }
}

const named = (name: string, rest: object = {}): object => ({
  project: 'shop',
  stage: 'staging',
  service: name,
  ...rest,
})

for (const { title, data, attributes = {}, code, message } of [
  {
    title: 'no SLO',
    data: named('other'),
    code: 'slo_missing',
    message: /^Not judged: there is no slo\.yaml for service other .*\.$/,
  },
  {
    title: 'a service that the project does not list',
    data: { project: 'closed', stage: 'staging', service: 'carts' },
    code: 'slo_missing',
    message: /^Not judged: there is no service carts in project closed: closed\/project\.yaml lists orders\.$/,
  },
  {
    title: 'a stage that the project does not list',
    data: { project: 'staged', stage: 'prdo', service: 'carts' },
    code: 'slo_missing',
    message: /^Not judged: there is no stage prdo in project staged: .* lists dev, prod \(did you mean prod\?\)\.$/,
  },
  {
    title: 'a test in a stage that accepts only windows of requests',
    data: {
      ...named('good', { test: { start: '2026-01-01T03:00:00Z', end: '2026-01-01T03:05:00Z' } }),
      project: 'staged',
      stage: 'prod',
    },
    attributes: { time: '2026-01-01T03:06:00Z' },
    code: 'window_invalid',
    message: /\/data\/test: only the test names a window, and window\.from in project\.yaml allows request here\.$/,
  },
  {
    title: 'a bad SLO',
    data: named('bad'),
    code: 'slo_invalid',
    message:
      /^Not judged: the definition holds 2 mistakes: shop\/staging\/bad\/slo\.yaml:1:\d+: .*<ten.*; .*:2:\d+: .*\.$/,
  },
  {
    title: 'bad indicators',
    data: named('bad-sli'),
    code: 'slo_invalid',
    message: /^Not judged: the definition holds a mistake: shop\/staging\/bad-sli\/prometheus\/sli\.yaml/,
  },
  {
    title: 'a bad project',
    data: { project: 'broken', stage: 'staging', service: 'carts' },
    code: 'slo_invalid',
    message: /^Not judged: the definition holds a mistake: broken\/project\.yaml:1:\d+/,
  },
  {
    title: 'a bad window',
    data: named('good', { evaluation: { start: '2026-01-02T03:00:00Z' } }),
    code: 'window_invalid',
    message: /^Not judged: the window is not valid: \/data\/evaluation\/end: a start needs an end or a timeframe\.$/,
  },
  {
    title: 'a window of two years',
    data: named('good', { evaluation: { start: '2024-01-02T03:00:00Z', end: '2026-01-02T03:00:00Z' } }),
    code: 'window_invalid',
    message: /\/data\/evaluation\/end: the window is 731d long: at most 366d \(limits\.window\) was expected\.$/,
  },
  {
    title: 'a test of yesterday',
    data: named('good', { test: { start: '2026-01-01T03:00:00Z', end: '2026-01-01T03:05:00Z' } }),
    attributes: { time: '2026-01-02T03:06:00Z' },
    code: 'window_invalid',
    message: /the test ended 24h1m.* before the event: at most 24h was expected\.$/,
  },
]) {
  test(`${title} is an evaluation that ends errored, and is announced`, async () => {
    const { id, reply } = await trigger(data, attributes)
    expect(reply.status).toBe(202)
    expect(reply.body.reasons).toMatchObject([{ code, message: expect.stringMatching(message) }])
    const { body: ended } = await service.request('GET', `/v1/evaluations/${reply.body.id}?include=explanation`, {
      headers: { prefer: 'wait=20' },
    })
    expect(ended).toMatchObject({
      state: 'errored',
      result: 'fail',
      score: null,
      indicatorResults: [],
      explanation: null,
    })
    expect(ended.reasons).toEqual(reply.body.reasons)
    const answers = () => receiver.received.filter(({ event }) => event['triggeredid'] === id)
    await receiver.until(() => answers().length === 2)
    const [started, finished] = answers().map(({ event }) => event)
    expect([started?.type, finished?.type]).toEqual([
      'sh.keptn.event.evaluation.started',
      'sh.keptn.event.evaluation.finished',
    ])
    expect(finished?.data).toMatchObject({
      status: 'errored',
      result: 'fail',
      message: expect.stringMatching(message),
      evaluation: { result: 'fail', score: 0, indicatorResults: [], reasons: [{ code }] },
    })
  })
}

describe('an evaluation that could not be judged', () => {
  test('has no times in its event when its window could not be read', async () => {
    const { id } = await trigger(named('good', { evaluation: { end: 'tomorrow' } }))
    const finished = () =>
      receiver.received.find(({ event }) => event['triggeredid'] === id && event.type.endsWith('.finished'))
    await receiver.until(() => finished() !== undefined)
    expect(finished()?.event.data['evaluation']).toMatchObject({ timeStart: '', timeEnd: '' })
  })

  test('ends at once, also when the window it asked for is yet to end', async () => {
    const evaluation = { start: new Date().toISOString(), end: new Date(Date.now() + 3_600_000).toISOString() }
    const { reply } = await trigger(named('other', { evaluation }))
    const { body } = await service.request('GET', `/v1/evaluations/${reply.body.id}`, {
      headers: { prefer: 'wait=20' },
    })
    expect(body).toMatchObject({ state: 'errored', window: evaluation })
  })

  test('is no baseline, and stands in the history', async () => {
    const { reply } = await trigger(named('other'))
    await service.request('GET', `/v1/evaluations/${reply.body.id}`, { headers: { prefer: 'wait=20' } })
    const { body } = await service.request('GET', '/v1/projects/shop/stages/staging/services/other/score-history')
    expect(body.items[0]).toMatchObject({ id: reply.body.id, state: 'errored', reasons: [{ code: 'slo_missing' }] })
  })
})

test('clocks that differ are a reason beside those of the judgement', async () => {
  const { reply } = await trigger(named('good'), { time: new Date(Date.now() + 600_000).toISOString() })
  expect(reply.body).toMatchObject({ window: { source: 'default' }, reasons: [{ code: 'clock_skew' }] })
  const { body } = await service.request('GET', `/v1/evaluations/${reply.body.id}`, { headers: { prefer: 'wait=20' } })
  expect(body.reasons.at(-1)).toEqual(reply.body.reasons[0])
  expect(body.reasons.length).toBeGreaterThan(1)
})
