import { afterAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../demo/wait.ts'
import { eventId, finishedType, startedType } from '../../src/announcing/keptn-events.ts'
import { prepareDatabase } from '../support/database.ts'
import { startPharos, runPharos, type Pharos } from '../support/process.ts'
import { networkTo, type Proxy } from '../support/proxy.ts'
import { startReceiver } from '../support/receiver.ts'
import { startScriptedPrometheus, type Script } from '../support/scripted-prometheus.ts'
import type { Reply } from '../support/service.ts'

/** The program beside a PostgreSQL that is not there yet, goes away, or goes silent; a proxy in between is the network. */

const files = {
  'shop/slo.yaml': 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n',
  'shop/project.yaml': 'requests: {values: ["*"]}\n',
  'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {a: a}\n',
}
const historyPath = '/v1/projects/shop/stages/staging/services/carts/score-history'
const pushed = { indicators: [{ metric: 'a', value: 1 }] }

const scope = new AsyncDisposableStack()
afterAll(() => scope.disposeAsync())

/** A database behind a network of its own. */
async function behindProxy(isCut = false): Promise<{ readonly proxy: Proxy; readonly env: Record<string, string> }> {
  const database = await prepareDatabase()
  scope.defer(() => database.remove())
  const { url, network } = await networkTo(database.url ?? '', scope, isCut)
  return { proxy: network, env: { DATABASE_URL: url, PHAROS_DATA: database.folder } }
}

function start(
  env: Record<string, string>,
  settings: object = {},
  onOutput: (output: string) => void = () => {},
): Promise<Pharos> {
  return startPharos({ files, env, settings, onOutput }, scope)
}

function expectUnavailable(reply: Reply): void {
  expect(reply.status).toBe(503)
  expect(reply.headers.get('content-type')).toContain('application/problem+json')
  expect(reply.headers.get('retry-after')).toBe('5')
  expect(reply.body).toMatchObject({ status: 503, code: 'database_unavailable', errors: [] })
}

async function untilReady(pharos: Pharos): Promise<void> {
  await waitFor('Pharos is ready', 20_000, async () =>
    (await pharos.request('GET', '/readyz')).status === 200 ? true : undefined,
  )
}

describe.concurrent('PostgreSQL', () => {
  test('lost while an evaluation runs: 503, not ready, and back by itself; what ran ends once', async () => {
    const script: Script = { a: { kind: 'hang' } }
    const prometheus = await startScriptedPrometheus(script)
    scope.defer(() => prometheus.stop())
    const receiver = await startReceiver()
    scope.defer(() => receiver.stop())
    const { proxy, env } = await behindProxy()
    const pharos = await start(env, {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      sinks: [{ name: 'ci', url: receiver.url }],
      // A delivery whose end could not be noted is repeated after twice this long.
      limits: { measureTimeout: '2s', deliveryTimeout: '1s' },
    })
    const { body: accepted } = await pharos.evaluate({}, {})
    await waitFor('Prometheus is asked', 10_000, () => (prometheus.requests.length > 0 ? true : undefined))

    await proxy.cut()
    expectUnavailable(await pharos.evaluate(pushed))
    expectUnavailable(await pharos.request('GET', `/v1/evaluations/${accepted.id}`))
    expectUnavailable(await pharos.request('GET', historyPath))
    expectUnavailable(await pharos.request('GET', '/readyz'))
    expect((await pharos.request('GET', '/livez')).status).toBe(200)
    // Measured, and nowhere to write it: it is given back.
    await waitFor('it is given back', 10_000, () => /evaluation given back/.exec(pharos.output()) ?? undefined)

    script['a'] = { kind: 'value', value: 1 }
    await proxy.restore()
    await untilReady(pharos)
    const { body: ended } = await pharos.request('GET', `/v1/evaluations/${accepted.id}`, {
      headers: { prefer: 'wait=30' },
    })
    expect(ended).toMatchObject({ id: accepted.id, state: 'succeeded', result: 'pass' })
    const { body: next } = await pharos.evaluate(pushed)
    expect(next).toMatchObject({ state: 'succeeded', result: 'pass' })
    const { body: history } = await pharos.request('GET', historyPath)
    expect(history.items.map(({ id }: { id: string }) => id)).toEqual([next.id, accepted.id])
    await receiver.until((received) => received.some(({ event }) => event.id === eventId(next.id, finishedType)))
    const told = [accepted.id, next.id].flatMap((id) => [eventId(id, startedType), eventId(id, finishedType)])
    expect([...new Set(receiver.received.map(({ event }) => event.id))].toSorted()).toEqual(told.toSorted())
    expect(pharos.output()).not.toContain('unexpected error')
  }, 60_000)

  test('lost five times during one evaluation is no crash of ours', async () => {
    const prometheus = await startScriptedPrometheus({ a: { kind: 'value', value: 1, latencyMs: 300 } })
    scope.defer(() => prometheus.stop())
    const { proxy, env } = await behindProxy()
    const pharos = await start(env, { providers: { prometheus: { kind: 'prometheus', url: prometheus.url } } })
    const { body: accepted } = await pharos.evaluate({}, {})
    for (let outage = 1; outage <= 5; outage++) {
      await waitFor('it is asked', 20_000, () => (prometheus.requests.length === outage ? true : undefined))
      await proxy.cut()
      await waitFor('it is given back', 10_000, () => {
        const times = pharos.output().split('evaluation given back').length - 1
        return times === outage ? true : undefined
      })
      await proxy.restore()
    }
    const { body: ended } = await pharos.request('GET', `/v1/evaluations/${accepted.id}`, {
      headers: { prefer: 'wait=30' },
    })
    expect(ended).toMatchObject({ state: 'succeeded', result: 'pass' })
  }, 60_000)

  test('gone silent: every answer comes within half a minute, and it is back by itself', async () => {
    const { proxy, env } = await behindProxy()
    const pharos = await start(env)
    expect((await pharos.evaluate(pushed)).status).toBe(201)
    proxy.freeze()
    const began = performance.now()
    const replies = await Promise.all([
      pharos.request('GET', '/readyz'),
      pharos.evaluate(pushed),
      pharos.request('GET', `/v1/evaluations/${crypto.randomUUID()}`),
    ])
    expect(performance.now() - began).toBeLessThan(30_000)
    for (const reply of replies) expectUnavailable(reply)
    await proxy.restore()
    await untilReady(pharos)
    expect((await pharos.evaluate(pushed)).body).toMatchObject({ state: 'succeeded', result: 'pass' })
  }, 60_000)

  test('that lost its connections without a word, and takes new ones, is used again within 30 s', async () => {
    const { proxy, env } = await behindProxy()
    const pharos = await start(env)
    expect((await pharos.evaluate(pushed)).status).toBe(201)
    proxy.strand()
    const began = performance.now()
    await untilReady(pharos)
    // Nobody told it that they are gone, and the listening one has nothing to say.
    await waitFor('the listening connection is a new one', 30_000, () =>
      pharos.output().includes('"msg":"wake-ups are heard again"') ? true : undefined,
    )
    const { body } = await pharos.evaluate(pushed)
    expect(performance.now() - began).toBeLessThan(30_000)
    expect(body).toMatchObject({ state: 'succeeded', result: 'pass' })
  }, 90_000)

  test('gone silent does not keep the program from stopping', async () => {
    const { proxy, env } = await behindProxy()
    const pharos = await start(env)
    expect((await pharos.evaluate(pushed)).status).toBe(201)
    proxy.freeze()
    const began = performance.now()
    pharos.child.kill('SIGTERM')
    // Not in order any more, so 1; what matters is that it ends.
    expect([0, 1]).toContain(await pharos.ended)
    expect(performance.now() - began).toBeLessThan(11_000)
  }, 60_000)

  test('absent at the start, and there a moment later: asked again with a message, then served', async () => {
    const { proxy, env } = await behindProxy(true)
    let appeared: Promise<void> | undefined
    const pharos = await start(env, {}, (output) => {
      if (output.includes('database does not answer, trying again')) appeared ??= proxy.restore()
    })
    await appeared
    expect(pharos.output()).toMatch(/"tryingForMs":(29|30)\d{3},/)
    expect((await pharos.evaluate(pushed)).status).toBe(201)
  }, 60_000)

  test('absent for good: a message at the first try, then one sentence and 1', async () => {
    const { env } = await behindProxy(true)
    const { code, output } = await runPharos({ files, env })
    expect(code).toBe(1)
    const lines = output.trim().split('\n')
    expect(lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))).toMatchObject([
      { msg: 'database does not answer, trying again', reason: expect.stringContaining('ECONNREFUSED') },
    ])
    expect(lines.filter((line) => !line.startsWith('{'))).toEqual([
      expect.stringMatching(/^The PostgreSQL at 127\.0\.0\.1:\d+\/\S+ did not answer for 30s \(.*\)\.$/),
    ])
  }, 60_000)
})
