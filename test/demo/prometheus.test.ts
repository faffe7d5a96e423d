import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '../../demo/carts/random.ts'
import { startCarts } from '../../demo/carts/service.ts'
import { versions } from '../../demo/carts/versions.ts'
import { findPrometheus } from '../../demo/find-prometheus.ts'
import { startPrometheus, targetsUp } from '../../demo/prometheus.ts'
import { waitFor } from '../../demo/wait.ts'

let folder: string
let scope: AsyncDisposableStack

beforeEach(async () => {
  scope = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'pharos-prometheus-'))
  scope.defer(() => rm(folder, { recursive: true, force: true }))
})

afterEach(() => scope.disposeAsync())

/** The number of samples of `up` that Prometheus holds. */
async function samples(url: string): Promise<number> {
  const query = encodeURIComponent('sum(count_over_time(up[5m]))')
  const reply = await fetch(`${url}/api/v1/query?query=${query}`, { signal: AbortSignal.timeout(1_000) })
  const text = await reply.text()
  return Number(/"value":\[[^,]+,"(\d+)"\]/.exec(text)?.[1] ?? 0)
}

test('a real Prometheus scrapes, keeps its data and its port over a stop, and answers nobody while paused', async () => {
  const { signal } = new AbortController()
  const tools = fileURLToPath(new URL('../../.pharos/tools', import.meta.url))
  const found = await findPrometheus({ env: process.env, folder: tools, signal })
  if (found.kind === 'absent') throw new Error(found.advice)
  const carts = await startCarts(versions.healthy, seededRandom(1))
  scope.defer(() => carts.close())
  const prometheus = await startPrometheus({
    binary: found.binary,
    folder: join(folder, 'prometheus'),
    targets: [carts.url],
    scope,
  })
  const { url } = prometheus
  await waitFor('two scrapes', 20_000, async () => ((await samples(url)) >= 2 ? true : undefined))
  expect(await targetsUp(url)).toBe(1)

  await prometheus.stop()
  await expect(samples(url)).rejects.toThrow('fetch failed')
  await prometheus.start()
  expect(await samples(url)).toBeGreaterThanOrEqual(2)

  await prometheus.pause()
  await expect(samples(url)).rejects.toThrow('aborted due to timeout')
  prometheus.resume()
  await waitFor('it answers again', 10_000, async () => ((await samples(url)) >= 2 ? true : undefined))
}, 240_000)

test('a program that ends at once is an error with the end of its log', async () => {
  const start = startPrometheus({ binary: process.execPath, folder, targets: [], scope })
  await expect(start).rejects.toThrow(/^Prometheus ended before it was ready\n.*bad option/s)
})

test('a program that does not exist is an error, not a crash', async () => {
  const start = startPrometheus({ binary: join(folder, 'nothing'), folder, targets: [], scope })
  await expect(start).rejects.toThrow('Prometheus ended before it was ready')
})

test('once everything ends nothing is started any more', async () => {
  await scope.disposeAsync()
  const start = startPrometheus({ binary: process.execPath, folder, targets: [], scope })
  await expect(start).rejects.toThrow('Prometheus is not started: everything ends')
  await rm(folder, { recursive: true })
})
