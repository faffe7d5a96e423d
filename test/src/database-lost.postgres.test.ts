import { afterEach, beforeEach, expect, test } from 'vitest'
import { prepareDatabase, type PreparedDatabase } from '../support/database.ts'
import { startProxy, type Proxy } from '../support/proxy.ts'
import { startScriptedPrometheus, type Script, type ScriptedPrometheus } from '../support/scripted-prometheus.ts'
import { startService, type TestService } from '../support/service.ts'

/** PostgreSQL goes away under a running service, and comes back. */

const files = {
  'shop/slo.yaml': 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n',
  'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {a: a}\n',
}
const pushed = { indicators: [{ metric: 'a', value: 1 }] }

let database: PreparedDatabase
let proxy: Proxy
let script: Script
let prometheus: ScriptedPrometheus
let service: TestService

beforeEach(async () => {
  database = await prepareDatabase()
  const direct = new URL(database.url ?? '')
  proxy = await startProxy({ host: direct.hostname, port: Number(direct.port) })
  const url = new URL(direct)
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  script = { a: { kind: 'value', value: 1 } }
  prometheus = await startScriptedPrometheus(script)
  service = await startService({
    files,
    database: { ...database, url: url.href, env: { ...database.env, DATABASE_URL: url.href } },
    settings: {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      limits: { lease: '3s' },
    },
  })
})

afterEach(async () => {
  proxy.mend()
  await service.stop()
  await prometheus.stop()
  await proxy.stop()
  await database.remove()
})

test('requests and readiness are 503 while it is away, and recover by themselves', async () => {
  expect((await service.evaluate(pushed)).status).toBe(201)
  proxy.cut()
  for (const [method, path, body] of [
    ['GET', '/readyz', undefined],
    ['POST', '/v1/projects/shop/stages/staging/services/carts/evaluations', pushed],
    ['GET', `/v1/evaluations/${crypto.randomUUID()}`, undefined],
    ['GET', '/v1/projects/shop/stages/staging/services/carts/score-history', undefined],
  ] as const) {
    const reply = await service.request(method, path, { body })
    expect(reply.status, `${method} ${path}`).toBe(503)
    expect(reply.body).toMatchObject({ status: 503, code: 'database_unavailable' })
    expect(reply.headers.get('retry-after')).toBe('5')
  }
  expect((await service.request('GET', '/livez')).status).toBe(200)
  proxy.mend()
  expect((await service.request('GET', '/readyz')).status).toBe(200)
  expect((await service.evaluate(pushed)).status).toBe(201)
})

test('an evaluation that runs meanwhile ends once, with its result', async () => {
  script['a'] = { kind: 'value', value: 1, latencyMs: 1_000 }
  const { body: accepted } = await service.evaluate({}, {})
  await expect.poll(() => prometheus.requests.length).toBe(1)
  proxy.cut()
  await expect.poll(() => prometheus.open(), { timeout: 10_000 }).toBe(0)
  proxy.mend()
  const { body: ended } = await service.request('GET', `/v1/evaluations/${accepted.id}`, {
    headers: { prefer: 'wait=30' },
  })
  expect(ended).toMatchObject({ id: accepted.id, state: 'succeeded', result: 'pass' })
})

test('however often it goes away during one evaluation, that is no crash of ours', async () => {
  script['a'] = { kind: 'value', value: 1, latencyMs: 300 }
  const { body: accepted } = await service.evaluate({}, {})
  for (let outage = 1; outage <= 5; outage++) {
    await expect.poll(() => prometheus.requests.length, { timeout: 20_000 }).toBe(outage)
    proxy.cut()
    await expect.poll(() => prometheus.open(), { timeout: 10_000 }).toBe(0)
    // Its outcome cannot be written: only now the run has met the outage.
    await expect.poll(async () => (await service.request('GET', '/readyz')).status).toBe(503)
    proxy.mend()
  }
  const { body: ended } = await service.request('GET', `/v1/evaluations/${accepted.id}`, {
    headers: { prefer: 'wait=30' },
  })
  expect(ended).toMatchObject({ state: 'succeeded', result: 'pass' })
}, 60_000)

test('a connection that went silent is noticed within 30 s', async () => {
  expect((await service.evaluate(pushed)).status).toBe(201)
  proxy.silence()
  const begun = performance.now()
  const reply = await service.request('GET', '/readyz')
  expect(reply.status).toBe(503)
  expect(performance.now() - begun).toBeLessThan(30_000)
  proxy.mend()
  await expect.poll(async () => (await service.request('GET', '/readyz')).status, { timeout: 30_000 }).toBe(200)
}, 90_000)
