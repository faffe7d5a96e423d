import type { Logger } from 'pino'
import { request } from 'undici'
import type { Delivery } from '../announcer.ts'
import { createLoop } from '../loop.ts'

export interface Sink {
  readonly name: string
  readonly url: string
}

export interface SenderStore {
  take(sinks: readonly string[], limit: number, leaseMs: number): Promise<readonly Delivery[]>
  delivered(delivery: Delivery): Promise<void>
  postpone(delivery: Delivery, waitMs: number, error: string): Promise<void>
}

export interface SenderLimits {
  /** Deliveries under way at once. */
  readonly deliveries: number
  /** A sink has so long to answer. */
  readonly timeoutMs: number
  readonly pollMs: number
  /** The wait after the first failure; it doubles up to `waitMaxMs`. */
  readonly waitMinMs: number
  readonly waitMaxMs: number
}

export interface SenderDeps {
  readonly store: SenderStore
  readonly send: Send
  readonly log: Logger
  readonly random: () => number
}

/** One try: undefined when the sink has the event, else a sentence why not. Never rejects. */
export type Send = (
  delivery: Delivery,
  limits: { readonly timeoutMs: number; readonly stopping: AbortSignal },
) => Promise<string | undefined>

export interface Sender {
  start(): void
  wake(): void
  /** Starts nothing more, lets what is under way arrive for `graceMs`, then leaves the rest for the next start. */
  stop(graceMs: number): Promise<void>
}

/** Delivers outbox events to the sinks of these names, at least once each, until they are taken. */
export function createSender(sinks: readonly string[], deps: SenderDeps, limits: SenderLimits): Sender {
  const { store, log } = deps
  const underWay = new Set<Promise<void>>()
  const stopping = new AbortController()
  let isAway = false

  const loop = createLoop(limits.pollMs, takeSome, (error) => {
    if (!isAway) log.error({ err: error }, 'cannot take deliveries')
    isAway = true
  })

  async function takeSome(): Promise<boolean> {
    const free = limits.deliveries - underWay.size
    if (free <= 0 || sinks.length === 0) return false
    const taken = await store.take(sinks, free, limits.timeoutMs * 2)
    isAway = false
    for (const delivery of taken) {
      const work = deliver(delivery).finally(() => {
        underWay.delete(work)
        loop.wake()
      })
      underWay.add(work)
    }
    return taken.length > 0
  }

  /** Never rejects: what cannot be noted is repeated when the lease has run out. */
  async function deliver(delivery: Delivery): Promise<void> {
    const { sink, eventId, eventType, attempts } = delivery
    const failure = await deps.send(delivery, { timeoutMs: limits.timeoutMs, stopping: stopping.signal })
    try {
      if (failure === undefined) {
        await store.delivered(delivery)
        log.debug({ sink, eventId, eventType, attempts }, 'event delivered')
        return
      }
      const waitMs = stopping.signal.aborted ? 0 : backOffMs(attempts, limits, deps.random)
      log.warn({ sink, eventId, eventType, attempts, waitMs, failure }, 'event not delivered')
      await store.postpone(delivery, waitMs, failure)
    } catch (error) {
      log.warn({ sink, eventId, err: error }, 'delivery not noted')
    }
  }

  return {
    start: () => loop.start(),
    wake: () => loop.wake(),
    async stop(graceMs) {
      await loop.stop()
      const grace = setTimeout(() => stopping.abort(), graceMs)
      await Promise.all(underWay)
      clearTimeout(grace)
    },
  }
}

/** The wait before try `attempts` + 1: doubling, with jitter over its upper half, so that many do not come at once. */
export function backOffMs(
  attempts: number,
  { waitMinMs, waitMaxMs }: Pick<SenderLimits, 'waitMinMs' | 'waitMaxMs'>,
  random: () => number,
): number {
  const full = Math.min(waitMaxMs, waitMinMs * 2 ** Math.min(attempts - 1, 30))
  return full * (0.5 + random() / 2)
}

/** Sends to the URL of the sink's name. */
export function postTo(sinks: readonly Sink[]): Send {
  const urls = new Map(sinks.map(({ name, url }) => [name, url]))
  return ({ sink, body }, { timeoutMs, stopping }) => post(urls.get(sink) ?? '', body, timeoutMs, stopping)
}

/** Undefined when the sink took it, else why not. A redirect is a failure: nothing is sent where nobody configured it. */
async function post(url: string, body: string, timeoutMs: number, stopping: AbortSignal): Promise<string | undefined> {
  try {
    const reply = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8', 'user-agent': 'pharos' },
      body,
      signal: AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]),
    })
    await reply.body.dump()
    return reply.statusCode >= 200 && reply.statusCode < 300 ? undefined : `answered ${reply.statusCode}`
  } catch (error) {
    if (stopping.aborted) return 'the service stopped'
    if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`
    return `cannot be reached: ${error instanceof Error && 'code' in error ? String(error.code) : 'connection failed'}`
  }
}
