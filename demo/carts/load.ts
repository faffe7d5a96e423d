import { setTimeout as after } from 'node:timers/promises'
import { seededRandom } from './random.ts'
import type { Carts } from './service.ts'

/** One answered request, as its sender saw it. */
export interface Observation {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly durationMs: number
  readonly failed: boolean
}

export interface Load {
  /** Requests answered so far. */
  requests(version: string): number
  /** What was observed of a version within the last `windowMs`, oldest first. */
  observed(version: string, windowMs: number): readonly Observation[]
  stop(): Promise<void>
}

interface Target {
  readonly carts: Carts
  readonly random: () => number
  readonly observations: Observation[]
  readonly underWay: Set<Promise<void>>
  answered: number
}

const requestsPerSecond = 20
/** To one version at once; a request beyond it is left out. */
const underWayMax = 40
/** Per version: more than five minutes. */
const observationsMax = 6_000

/** Sends the same seeded stream of requests to every version, each at its own pace, until stopped. */
export function startLoad(services: readonly Carts[], seed: number): Load {
  const stopping = new AbortController()
  const targets = new Map(services.map((carts) => [carts.version, targetOf(carts, seed)]))
  const streams = [...targets.values()].map((target) => stream(target, stopping.signal))
  return {
    requests: (version) => targets.get(version)?.answered ?? 0,
    observed(version, windowMs) {
      const from = Date.now() - windowMs
      return targets.get(version)?.observations.filter(({ at }) => at >= from) ?? []
    },
    async stop() {
      stopping.abort()
      await Promise.all(streams)
    },
  }
}

function targetOf(carts: Carts, seed: number): Target {
  return { carts, random: seededRandom(seed), observations: [], underWay: new Set(), answered: 0 }
}

/** Does not wait for an answer before the next request, so that a slow version is not spared. */
async function stream(target: Target, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    if (target.underWay.size < underWayMax) {
      const work = send(target, stopping).finally(() => target.underWay.delete(work))
      target.underWay.add(work)
    }
    const pauseMs = (1000 / requestsPerSecond) * (0.5 + target.random())
    await after(pauseMs, undefined, { signal: stopping }).catch(() => undefined)
  }
  await Promise.all(target.underWay)
}

/** Never rejects: a request without an answer is a failed one, unless we stopped. */
async function send(target: Target, stopping: AbortSignal): Promise<void> {
  const cart = Math.floor(target.random() * 1000)
  const item = Math.floor(target.random() * 50)
  const begun = performance.now()
  const failed = await fetch(`${target.carts.url}/carts/${cart}/items`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ item, quantity: 1 }),
    signal: stopping,
  }).then(
    async (reply) => {
      await reply.arrayBuffer()
      return reply.status >= 500
    },
    () => true,
  )
  if (stopping.aborted) return
  target.answered += 1
  target.observations.push({ at: Date.now(), durationMs: performance.now() - begun, failed })
  if (target.observations.length > observationsMax) target.observations.shift()
}
