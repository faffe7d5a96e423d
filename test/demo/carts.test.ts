import { afterEach, beforeEach, expect, test } from 'vitest'
import { indicatorsOf } from '../../demo/carts/indicators.ts'
import { startLoad } from '../../demo/carts/load.ts'
import { seededRandom } from '../../demo/carts/random.ts'
import { startCarts } from '../../demo/carts/service.ts'
import { waitFor } from '../../demo/wait.ts'

let scope: AsyncDisposableStack

beforeEach(() => {
  scope = new AsyncDisposableStack()
})

afterEach(() => scope.disposeAsync())

async function carts(version: string, errorFraction: number) {
  const service = await startCarts(
    { version, told: 'for a test', workMs: { min: 1, max: 2 }, errorFraction },
    seededRandom(1),
  )
  scope.defer(() => service.close())
  return service
}

async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text()
}

test('the service counts its answers by version and status, from zero', async () => {
  const { url } = await carts('7.1', 0)
  const answered = 'http_requests_total{status="201",service="carts",version="7.1"}'
  expect(await metricsOf(url)).toContain(`${answered} 0`)
  const reply = await fetch(`${url}/carts/1/items`, { method: 'POST', body: '{}' })
  expect(reply.status).toBe(201)
  const metrics = await waitFor('the answer is counted', 5_000, async () => {
    const text = await metricsOf(url)
    return text.includes(`${answered} 1`) ? text : undefined
  })
  expect(metrics).toContain('http_requests_total{status="500",service="carts",version="7.1"} 0')
  expect(metrics).toContain('http_request_duration_seconds_count{service="carts",version="7.1"} 1')
})

test('an erring version answers 500', async () => {
  const { url } = await carts('7.2', 1)
  expect((await fetch(`${url}/carts/1/items`, { method: 'POST' })).status).toBe(500)
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404)
})

test('the load reaches every version, and is observed', async () => {
  const services = [await carts('good', 0), await carts('bad', 1)]
  const load = startLoad(services, 1)
  scope.defer(() => load.stop())
  await waitFor('five requests each', 10_000, () =>
    services.every(({ version }) => load.requests(version) >= 5) ? true : undefined,
  )
  expect(load.observed('good', 60_000).some(({ failed }) => failed)).toBe(false)
  expect(load.observed('bad', 60_000).every(({ failed }) => failed)).toBe(true)
  expect(load.observed('unknown', 60_000)).toEqual([])
})

test('the same seed gives the same numbers, another seed others', () => {
  const [one, same, other] = [7, 7, 8].map((seed) => Array.from({ length: 5 }, seededRandom(seed)))
  expect(one).toEqual(same)
  expect(one).not.toEqual(other)
  expect(one?.every((number) => number >= 0 && number < 1)).toBe(true)
})

test('indicators are counted from what was observed', () => {
  const observations = Array.from({ length: 20 }, (_, index) => ({
    at: index,
    durationMs: (20 - index) * 10,
    failed: index === 3,
  }))
  expect(indicatorsOf(observations, 10_000)).toEqual([
    { metric: 'response_time_p95', value: 0.19 },
    { metric: 'response_time_p50', value: 0.1 },
    { metric: 'error_rate', value: 5 },
    { metric: 'throughput', value: 2 },
  ])
})

test('nothing observed is no number', () => {
  expect(() => indicatorsOf([], 1_000)).toThrow('no request was observed')
})
