import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { waitFor } from '../../demo/wait.ts'
import { eventId, finishedType } from '../../src/announcing/keptn-events.ts'
import { prepareDatabase, type PreparedDatabase } from '../support/database.ts'
import { runPharos, startPharos, type Pharos } from '../support/process.ts'
import { startReceiver } from '../support/receiver.ts'
import { startScriptedPrometheus, type Script } from '../support/scripted-prometheus.ts'

/** A second program on the same database: a colleague on PostgreSQL, refused on the embedded one. */

const files = {
  'shop/slo.yaml': 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n',
  'shop/project.yaml': 'requests: {values: [a]}\n',
  'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {a: a}\n',
}
const pushed = { indicators: [{ metric: 'a', value: 1 }] }

let scope: AsyncDisposableStack
let database: PreparedDatabase
beforeEach(async () => {
  scope = new AsyncDisposableStack()
  database = await prepareDatabase()
  scope.defer(() => database.remove())
})
afterEach(() => scope.disposeAsync())

function start(settings: object = {}): Promise<Pharos> {
  return startPharos({ files, settings, env: database.env }, scope)
}

/** One is killed while it measures: the other, which nobody told, ends the same evaluation and announces it once. */
async function takenOver(): Promise<void> {
  const script: Script = { a: { kind: 'hang' } }
  const prometheus = await startScriptedPrometheus(script)
  scope.defer(() => prometheus.stop())
  const receiver = await startReceiver()
  scope.defer(() => receiver.stop())
  const settings = {
    providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
    sinks: [{ name: 'ci', url: receiver.url, types: ['evaluation.finished'] }],
    limits: { lease: '3s' },
  }
  const [one, other] = await Promise.all([start(settings), start(settings)])
  const { body: accepted } = await one.evaluate({}, { 'idempotency-key': 'run-1' })
  await waitFor('it is measured', 10_000, () => (prometheus.requests.length > 0 ? true : undefined))
  script['a'] = { kind: 'value', value: 1 }
  one.child.kill('SIGKILL')
  const { body: ended } = await other.request('GET', `/v1/evaluations/${accepted.id}`, {
    headers: { prefer: 'wait=30' },
  })
  expect(ended).toMatchObject({ state: 'succeeded', result: 'pass' })
  expect(prometheus.requests).toHaveLength(2)
  const replay = await other.evaluate({}, { 'idempotency-key': 'run-1', prefer: 'wait=5' })
  expect([replay.status, replay.body.id]).toEqual([200, accepted.id])
  await receiver.until(({ length }) => length > 0)
  expect(receiver.received.map(({ event }) => event.id)).toEqual([eventId(accepted.id, finishedType)])
}

/** It says why in one sentence, and the first goes on as if nothing had been. */
async function refused(): Promise<void> {
  const first = await start()
  const { body: before } = await first.evaluate(pushed)
  const { code, output } = await runPharos({ files, env: database.env })
  expect(code).toBe(1)
  expect(output.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^The data folder \S+ is in use by another Pharos: .*\.$/),
  ])
  const { body: after } = await first.evaluate(pushed)
  expect(after).toMatchObject({ state: 'succeeded', result: 'pass' })
  expect((await first.request('GET', `/v1/evaluations/${before.id}`)).body).toEqual(before)
}

const story = { postgres: takenOver, embedded: refused }[inject('database')]

test(`a second program on the same database is ${story === refused ? 'refused' : 'another pair of hands'}`, async () => {
  await story()
  expect.hasAssertions()
}, 60_000)

test('a data folder that cannot be written is one sentence and 1', async () => {
  const { code, output } = await runPharos({ files, env: { PHAROS_DATA: '/proc/pharos' } })
  expect(code).toBe(1)
  expect(output.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^The data folder \/proc\/pharos cannot be used \(.*\): name a writable folder .*\.$/),
  ])
})
