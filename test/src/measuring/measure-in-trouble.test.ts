import { afterEach, describe, expect, test } from 'vitest'
import { openProvider, type ProviderInstance } from '../../../providers/index.ts'
import { measure, type MeasureDeps } from '../../../src/measuring/measure.ts'
import { type PlannedIndicator } from '../../../src/measuring/planned.ts'
import { startScriptedPrometheus, type Behaviour, type Script } from '../../support/scripted-prometheus.ts'

const end = new Date('2024-05-01T00:35:00Z')
const window = { start: new Date(end.getTime() - 300_000), end }
const token = 'a-token-to-keep-secret'
const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

async function start(script: Script) {
  const server = await startScriptedPrometheus(script)
  stops.push(() => server.stop())
  return server
}

function open(name: string, url: string, secret: () => Promise<string> = async () => token): ProviderInstance {
  const opened = openProvider(name, { kind: 'prometheus', url, token: 'env:TOKEN' }, secret)
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  stops.push(() => opened.instance.provider.close())
  return opened.instance
}

function depsOf(instances: readonly ProviderInstance[], measureTimeoutMs: number): MeasureDeps {
  const providers = new Map(instances.map((instance) => [instance.name, instance]))
  const log = { info: () => undefined, error: () => undefined }
  const limits = { measureTimeoutMs, queueTimeoutMs: 60_000, informationalTimeoutMs: measureTimeoutMs }
  const patience = { ...limits, project: 'shop', informational: new Set<string>() }
  return { providers, ...patience, now: () => new Date(), log }
}

function asked(provider: string, query: string): PlannedIndicator {
  return { kind: 'asked', indicator: `${provider}:${query}`, provider, name: query, definition: query, query }
}

const { signal } = new AbortController()

test('one provider of twenty that hangs does not slow the others', async () => {
  const timeoutMs = 2500
  const endings = new Map<string, number>()
  const startedAt = performance.now()
  const instances = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const name = `p${index}`
      const { url } = await start({
        q: index === 7 ? { kind: 'hang' } : { kind: 'value', value: index, latencyMs: 20 },
      })
      const instance = open(name, url)
      const { provider } = instance
      return {
        ...instance,
        provider: {
          check: (of: AbortSignal) => provider.check(of),
          close: () => provider.close(),
          measure: async (request: Parameters<typeof provider.measure>[0]) => {
            const replies = await provider.measure(request)
            endings.set(name, performance.now() - startedAt)
            return replies
          },
        },
      }
    }),
  )
  const plan = instances.map(({ name }) => asked(name, 'q'))
  const measurements = await measure(plan, window, depsOf(instances, timeoutMs), signal)
  const hanging = endings.get('p7') ?? 0
  const others = [...endings].filter(([name]) => name !== 'p7').map(([, endedMs]) => endedMs)
  expect(others).toHaveLength(19)
  expect(hanging).toBeGreaterThanOrEqual(timeoutMs - 5)
  expect(Math.max(...others)).toBeLessThan(hanging - 500)
  expect(measurements.filter(({ kind }) => kind === 'measured')).toHaveLength(19)
  expect(measurements[7]).toMatchObject({ kind: 'missing', outcome: 'timeout' })
})

describe('an evaluation ends a second after its deadline at the latest', () => {
  const timeoutMs = 700
  const html = { kind: 'text', status: 429, body: 'slow down' } as const
  const cases: readonly { readonly name: string; readonly behaviour: Behaviour; readonly outcome: string }[] = [
    { name: 'that hangs', behaviour: { kind: 'hang' }, outcome: 'timeout' },
    { name: 'that drips', behaviour: { kind: 'drip' }, outcome: 'timeout' },
    { name: 'that is slow', behaviour: { kind: 'value', value: 1, latencyMs: 5000 }, outcome: 'timeout' },
    { name: 'that cuts every connection', behaviour: { kind: 'reset' }, outcome: 'upstream' },
    {
      name: 'that asks to wait a minute',
      behaviour: { ...html, headers: { 'retry-after': '60' } },
      outcome: 'rate_limited',
    },
    { name: 'that talks without end', behaviour: { kind: 'huge' }, outcome: 'upstream' },
  ]
  for (const { name, behaviour, outcome } of cases) {
    test(`with a provider ${name}, asked fifty things`, async () => {
      const script = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`q${index}`, behaviour]))
      const instance = open('prom', (await start(script)).url)
      const startedAt = performance.now()
      const plan = Object.keys(script).map((query) => asked('prom', query))
      const measurements = await measure(plan, window, depsOf([instance], timeoutMs), signal)
      expect(performance.now() - startedAt).toBeLessThan(timeoutMs + 1000)
      expect(measurements).toHaveLength(50)
      expect(measurements[0]).toMatchObject({ kind: 'missing', outcome })
      expect(measurements.every(({ kind }) => kind === 'missing')).toBe(true)
    })
  }

  test('with a secret that never comes', async () => {
    const instance = open('prom', (await start({})).url, () => new Promise(() => undefined))
    const startedAt = performance.now()
    const measurements = await measure([asked('prom', 'q')], window, depsOf([instance], timeoutMs), signal)
    expect(performance.now() - startedAt).toBeLessThan(timeoutMs + 1000)
    expect(measurements).toMatchObject([{ kind: 'missing', outcome: 'timeout' }])
  })
})

test('identical queries of fifty indicators are sent once', async () => {
  const server = await start({ same: { kind: 'value', value: 3 } })
  const instance = open('prom', server.url)
  const plan = Array.from({ length: 50 }, (_, index) => ({ ...asked('prom', 'same'), indicator: `i${index}` }))
  const measurements = await measure(plan, window, depsOf([instance], 5000), signal)
  expect(measurements.map((one) => one.kind === 'measured' && one.value)).toEqual(plan.map(() => 3))
  expect(server.requests).toHaveLength(1)
})

test('an evaluation of two queries is not held up by one of a hundred, at the same provider', async () => {
  const server = await start({ '*': { kind: 'value', value: 1, latencyMs: 40 } })
  const instance = open('prom', server.url)
  const deps = depsOf([instance], 20_000)
  const many = Array.from({ length: 100 }, (_, index) => asked('prom', `many${index}`))
  const order: string[] = []
  const long = measure(many, window, deps, signal).then(() => order.push('long'))
  const short = measure([asked('prom', 'a'), asked('prom', 'b')], window, deps, signal).then(() => order.push('short'))
  await Promise.all([long, short])
  expect(order).toEqual(['short', 'long'])
  const places = ['a', 'b'].map((name) => server.requests.findIndex(({ query }) => query === name))
  expect(Math.max(...places)).toBeLessThan(25)
})

describe('a token that the system sends back', () => {
  const body = `who is Bearer ${token}?`
  const cases: readonly Behaviour[] = [
    { kind: 'text', status: 500, body },
    { kind: 'text', status: 200, body, contentType: 'text/html' },
    { kind: 'text', status: 404, body },
    { kind: 'error', status: 400, errorType: 'bad_data', error: body },
    { kind: 'error', status: 503, errorType: 'timeout', error: body },
    { kind: 'value', value: 1, warnings: [body] },
    { kind: 'json', body: { status: 'success', data: { resultType: 'vector', result: [{ metric: { a: body } }] } } },
    { kind: 'json', body: { message: body } },
    { kind: 'value', value: token },
  ]
  for (const behaviour of cases) {
    test(`is in no measurement: ${JSON.stringify(behaviour).slice(0, 70)}`, async () => {
      const instance = open('prom', (await start({ q: behaviour })).url)
      const measurements = await measure([asked('prom', 'q')], window, depsOf([instance], 900), signal)
      expect(JSON.stringify(measurements)).not.toContain(token)
      expect(JSON.stringify(measurements)).toContain('"indicator":"prom:q"')
    })
  }
})
