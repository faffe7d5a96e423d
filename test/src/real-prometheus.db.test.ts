import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startLoad } from '../../demo/carts/load.ts'
import { seededRandom } from '../../demo/carts/random.ts'
import { startCarts, type Carts } from '../../demo/carts/service.ts'
import type { CartsVersion } from '../../demo/carts/versions.ts'
import type { Prometheus } from '../../demo/prometheus.ts'
import { startRealPrometheus } from '../support/real-prometheus.ts'
import { startService, type TestService } from '../support/service.ts'

/** The main job on real measurements: the example of the demo, judged on a real Prometheus. */

/** Further apart than in the demo, for there are only seconds of traffic. */
const healthy: CartsVersion = { version: '0.1', told: 'healthy', workMs: { min: 80, max: 200 }, errorFraction: 0 }
const broken: CartsVersion = { version: '0.2', told: 'broken', workMs: { min: 200, max: 480 }, errorFraction: 0.5 }

const examples = new URL('../../slo/examples/', import.meta.url)
const scope = new AsyncDisposableStack()
let prometheus: Prometheus
let service: TestService

beforeAll(async () => {
  const services: Carts[] = []
  for (const version of [healthy, broken]) {
    const carts = await startCarts(version, seededRandom(1))
    scope.defer(() => carts.close())
    services.push(carts)
  }
  const load = startLoad(services, 1)
  scope.defer(() => load.stop())
  const folder = join(inject('testFolder'), `prometheus-${inject('database')}`)
  prometheus = await startRealPrometheus(
    services.map(({ url }) => url),
    { folder, scope },
  )
  const paths = ['shop/project.yaml', 'shop/prometheus/sli.yaml', 'shop/staging/carts/slo.yaml']
  const files = await Promise.all(paths.map(async (path) => [path, await readFile(new URL(path, examples), 'utf8')]))
  service = await startService({
    files: Object.fromEntries(files),
    settings: { providers: { prometheus: { kind: 'prometheus', url: prometheus.url } } },
  })
}, 240_000)

afterAll(async () => {
  await service.stop()
  await scope.disposeAsync()
})

const evaluate = async ({ version }: CartsVersion) => (await service.evaluate({ labels: { version } })).body

test('passes, fails, skips what failed, cannot be asked, and goes on with the last good one', async () => {
  const good = await evaluate(healthy)
  expect(good).toMatchObject({ state: 'succeeded', result: 'pass', comparedEvaluations: [] })
  for (const { outcome, value } of good.indicatorResults) {
    expect(outcome).toBe('measured')
    expect(Number.isFinite(value)).toBe(true)
  }

  const slow = await evaluate(broken)
  expect(slow).toMatchObject({ state: 'succeeded', result: 'fail', comparedEvaluations: [good.id] })
  expect(slow.reasons.map(({ code }: { code: string }) => code)).toContain('key_failed')

  await prometheus.stop()
  const unasked = await evaluate(healthy)
  expect(unasked).toMatchObject({ state: 'errored', result: 'fail', score: null })
  expect(unasked.reasons[0]).toMatchObject({ code: 'not_measured', outcome: 'upstream' })

  await prometheus.start()
  const again = await evaluate(healthy)
  expect(again.comparedEvaluations).toEqual([good.id])
  const skipped = again.warnings.map(({ evaluation }: { evaluation: string }) => evaluation)
  expect(skipped).toEqual([unasked.id, slow.id])
})
