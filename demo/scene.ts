import { join } from 'node:path'
import { startLoad, type Load } from './carts/load.ts'
import { seededRandom } from './carts/random.ts'
import { startCarts, type Carts } from './carts/service.ts'
import { versions } from './carts/versions.ts'
import { startPharos, type Pharos } from './pharos.ts'
import { freePort } from './port.ts'
import { startPrometheus, targetsUp, type Prometheus } from './prometheus.ts'
import { startReceiver, type Receiver } from './receiver.ts'
import { waitFor } from './wait.ts'

/** Everything that runs while the story is told. */
export interface Scene {
  readonly carts: readonly Carts[]
  readonly load: Load
  readonly receiver: Receiver
  readonly pharos: Pharos
  /** Undefined: there is none, values are pushed. */
  readonly prometheus: Prometheus | undefined
  /** Since when every version is measured, in milliseconds since 1970. */
  readonly measuredSince: number
}

/** With it, the errors of each version are spread as its fraction says from the first seconds on. */
const seed = 4
const scrapeLimitMs = 15_000

/**
 * Starts everything, below `folder`; whatever was started is ended by `scope`, also when a later part does not start.
 * `prometheusBinary` is undefined where there is none.
 */
export async function openScene(
  folder: string,
  prometheusBinary: string | undefined,
  scope: AsyncDisposableStack,
): Promise<Scene> {
  const carts: Carts[] = []
  for (const [index, behaviour] of Object.values(versions).entries()) {
    const service = await startCarts(behaviour, seededRandom(seed + index))
    scope.defer(() => service.close())
    carts.push(service)
  }
  const load = startLoad(carts, seed)
  scope.defer(() => load.stop())
  const receiver = await startReceiver()
  scope.defer(() => receiver.close())
  const prometheus = await openPrometheus(folder, prometheusBinary, carts, scope)
  const measuredSince = Date.now()
  const pharos = await startPharos({
    folder: join(folder, 'pharos'),
    prometheusUrl: prometheus?.url ?? `http://127.0.0.1:${await freePort()}`,
    sinkUrl: receiver.url,
    scope,
  })
  return { carts, load, receiver, pharos, prometheus, measuredSince }
}

/** Ready when every version has been scraped. */
async function openPrometheus(
  folder: string,
  binary: string | undefined,
  carts: readonly Carts[],
  scope: AsyncDisposableStack,
): Promise<Prometheus | undefined> {
  if (binary === undefined) return undefined
  const targets = carts.map(({ url }) => url)
  const prometheus = await startPrometheus({ binary, folder: join(folder, 'prometheus'), targets, scope })
  await waitFor('Prometheus scrapes every version', scrapeLimitMs, async () =>
    (await targetsUp(prometheus.url)) === targets.length ? true : undefined,
  )
  return prometheus
}
