import { afterEach, beforeEach, expect, test } from 'vitest'
import { waitFor } from '../../demo/wait.ts'
import { eventId, finishedType } from '../../src/announcing/keptn-events.ts'
import { prepareDatabase, type PreparedDatabase } from '../support/database.ts'
import { startPharos, type Pharos } from '../support/process.ts'
import { networkTo } from '../support/proxy.ts'
import { startReceiver } from '../support/receiver.ts'
import { startScriptedPrometheus, type Script } from '../support/scripted-prometheus.ts'

/** Programs on one PostgreSQL that work for each other. */

const files = {
  'shop/slo.yaml': 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n',
  'shop/project.yaml': 'requests: {values: ["*"]}\n',
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

function start(settings: object, url = database.url): Promise<Pharos> {
  return startPharos({ files, settings, env: { ...database.env, DATABASE_URL: url } }, scope)
}

/** What a process logs may be read after what it answers. */
async function finishes(pharos: Pharos, times: number): Promise<void> {
  await waitFor(`it finishes ${times}`, 10_000, () =>
    pharos.output().split('"msg":"evaluation finished"').length === times + 1 ? true : undefined,
  )
}

async function prometheusWith(script: Script) {
  const prometheus = await startScriptedPrometheus(script)
  scope.defer(() => prometheus.stop())
  return { prometheus, providers: { prometheus: { kind: 'prometheus', url: prometheus.url } } }
}

test('a process that has no place for an evaluation wakes one that has', async () => {
  const script: Script = { a: { kind: 'hang' } }
  const { prometheus, providers } = await prometheusWith(script)
  // Nobody looks by itself for a minute.
  const settings = { providers, limits: { concurrency: 1, poll: '60s' } }
  const [busy, idle] = await Promise.all([start(settings), start(settings)])
  await busy.evaluate({}, {})
  await waitFor('it is busy', 10_000, () => (prometheus.requests.length > 0 ? true : undefined))
  script['a'] = { kind: 'value', value: 1 }
  const began = performance.now()
  for (let times = 0; times < 2; times += 1) {
    const { body: ended } = await busy.evaluate({})
    expect(ended.state).toBe('succeeded')
  }
  expect(performance.now() - began).toBeLessThan(30_000)
  await finishes(idle, 2)
}, 60_000)

test('a process whose network went silent says so within 10 s and takes nothing; another ends what it held, once', async () => {
  const script: Script = { a: { kind: 'hang' } }
  const { prometheus, providers } = await prometheusWith(script)
  const receiver = await startReceiver()
  scope.defer(() => receiver.stop())
  const { url, network } = await networkTo(database.url ?? '', scope)
  const settings = {
    providers,
    sinks: [{ name: 'ci', url: receiver.url, types: ['evaluation.finished'] }],
    limits: { lease: '3s' },
  }
  const cutOff = await start(settings, url)
  const { body: held } = await cutOff.evaluate({}, {})
  await waitFor('it is measured', 10_000, () => (prometheus.requests.length > 0 ? true : undefined))
  network.freeze()
  const asked = performance.now()
  expect((await cutOff.request('GET', '/readyz')).status).toBe(503)
  expect(performance.now() - asked).toBeLessThan(10_000)

  script['a'] = { kind: 'value', value: 1 }
  const other = await start(settings)
  const { body: ended } = await other.request('GET', `/v1/evaluations/${held.id}`, { headers: { prefer: 'wait=30' } })
  expect(ended).toMatchObject({ state: 'succeeded', result: 'pass' })
  expect((await other.evaluate(pushed)).body.state).toBe('succeeded')
  await finishes(other, 2)
  // The one that it held and no other.
  expect(cutOff.output().match(/"msg":"evaluation started"/g)).toHaveLength(1)
  await network.restore()
  await waitFor('it is ready again', 30_000, async () =>
    (await cutOff.request('GET', '/readyz')).status === 200 ? true : undefined,
  )
  expect((await cutOff.evaluate(pushed)).body.state).toBe('succeeded')
  await receiver.until(({ length }) => length >= 3)
  const announced = receiver.received.filter(({ event }) => event.id === eventId(held.id, finishedType))
  expect(announced).toHaveLength(1)
}, 90_000)
