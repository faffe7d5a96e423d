import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../../../demo/wait.ts'
import { eventId, finishedType } from '../../../../src/announcing/keptn-events.ts'
import { startReceiver, type Receiver } from '../../../support/receiver.ts'
import { startScriptedPrometheus, type Script } from '../../../support/scripted-prometheus.ts'
import { startService, type TestService } from '../../../support/service.ts'

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<=+10%"]}]}]\ntotal_score: {pass: 90}\n'

const scope = new AsyncDisposableStack()
const script: Script = { a: { kind: 'hang' } }
let service: TestService
let receiver: Receiver
let asked: () => number

beforeAll(async () => {
  const prometheus = await startScriptedPrometheus(script)
  scope.defer(() => prometheus.stop())
  asked = () => prometheus.requests.length
  receiver = await startReceiver()
  scope.defer(() => receiver.stop())
  service = await startService({
    files: {
      'shop/slo.yaml': slo,
      'shop/project.yaml': 'requests: {values: [a]}\n',
      'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {a: a}\n',
    },
    settings: {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      sinks: [{ name: 'ci', url: receiver.url, types: ['evaluation.finished'] }],
    },
  })
  scope.defer(() => service.stop())
})
afterAll(() => scope.disposeAsync())

const cancel = (id: string) => service.request('DELETE', `/v1/evaluations/${id}`)

const aborted = { state: 'aborted', result: 'fail', score: null, reasons: [{ code: 'cancelled' }] }

async function expectAnnounced(id: string): Promise<void> {
  await receiver.until((received) => received.some(({ event }) => event.id === eventId(id, finishedType)))
  const about = receiver.received.filter(({ event }) => event.id === eventId(id, finishedType))
  expect(about.map(({ event }) => event.data)).toMatchObject([{ status: 'aborted', result: 'fail' }])
}

describe('cancelling', () => {
  test('one that waits for its window ends it, and it is announced once', async () => {
    const [start, end] = [0, 3_600_000].map((ahead) => new Date(Date.now() + ahead).toISOString())
    const { body: queued } = await service.evaluate({ window: { start, end } }, {})
    const { status, body } = await cancel(queued.id)
    expect([status, body]).toMatchObject([200, { ...aborted, id: queued.id, startedAt: null }])
    expect((await cancel(queued.id)).body).toEqual(body)
    await expectAnnounced(queued.id)
  })

  test('one that is measured ends it at once, and whoever waits is told', async () => {
    const { body: accepted } = await service.evaluate({}, {})
    await waitFor('it is measured', 10_000, () => (asked() > 0 ? true : undefined))
    const waiting = service.request('GET', `/v1/evaluations/${accepted.id}`, { headers: { prefer: 'wait=60' } })
    expect(await cancel(accepted.id)).toMatchObject({ status: 200, body: aborted })
    expect((await waiting).body).toMatchObject(aborted)
    await expectAnnounced(accepted.id)
  })

  test('one that has ended is a conflict, and it stands', async () => {
    const { body: ended } = await service.evaluate({ indicators: [{ metric: 'a', value: 1 }] })
    const { status, body } = await cancel(ended.id)
    expect([status, body]).toMatchObject([
      409,
      { code: 'evaluation_ended', detail: `evaluation ${ended.id} has ended as succeeded: it cannot be cancelled` },
    ])
    expect((await service.request('GET', `/v1/evaluations/${ended.id}`)).body).toEqual(ended)
  })

  test('none is 404', async () => {
    for (const id of ['01993b6e-7a4c-7c1e-8d7e-4a1f0b2c3d4e', 'nothing']) {
      expect(await cancel(id)).toMatchObject({ status: 404, body: { code: 'evaluation_not_found' } })
    }
  })
})

test('what was cancelled is no baseline', async () => {
  const { body } = await service.evaluate({ indicators: [{ metric: 'a', value: 100 }] })
  expect(body).toMatchObject({ result: 'fail', comparedEvaluations: [expect.any(String)] })
})
