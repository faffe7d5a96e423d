import type { Logger } from 'pino'
import { request } from 'undici'
import type { Delivery, FreePlaces, Postponement } from '../announcer.ts'
import { createLoop } from '../loop.ts'

export interface Sink {
  readonly name: string
  readonly url: string
}

export interface SenderStore {
  take(wanted: readonly FreePlaces[], leaseMs: number): Promise<readonly Delivery[]>
  /** With `leaseMs` it answers the next delivery to this sink for the same service, taken for so long. */
  delivered(delivery: Delivery, leaseMs?: number): Promise<Delivery | undefined>
  postpone(delivery: Delivery, postponement: Postponement): Promise<void>
  /** It is never tried again; what stands behind it goes on. */
  bury(delivery: Delivery, error: string): Promise<void>
  /** Nothing is sent to this address of the sink any more, by whatever process. */
  gone(sink: string, url: string, reason: string): Promise<void>
  /** Whatever was postponed for this sink is due at once. */
  hurry(sink: string): Promise<void>
}

export interface SenderLimits {
  /** Deliveries to one sink under way at once. */
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

/** Why an event was not taken. `message` is a sentence without secrets. */
export interface Refusal {
  /** `later`: try again. `never`: this event. `gone`: the address takes none any more. */
  readonly kind: 'later' | 'never' | 'gone'
  readonly message: string
  /** What the sink asked to be left alone for. */
  readonly pauseMs?: number
}

/** One try: undefined when the sink has the event, else why not. Never rejects. */
export type Send = (
  delivery: Delivery,
  limits: { readonly timeoutMs: number; readonly stopping: AbortSignal },
) => Promise<Refusal | undefined>

export interface Sender {
  start(): void
  wake(): void
  /** Starts nothing more, lets what is under way arrive for `graceMs`, then leaves the rest for the next start. */
  stop(graceMs: number): Promise<void>
}

/** After so many events of one service in a row it is the turn of others that wait. */
const inARowMax = 20

/**
 * Delivers outbox events to these sinks, at least once each, until they are taken or refused for good. Each sink has places of its
 * own, so that a slow one delays no other.
 */
export function createSender(sinks: readonly Sink[], deps: SenderDeps, limits: SenderLimits): Sender {
  const { store, log } = deps
  const urls = new Map(sinks.map(({ name, url }) => [name, url]))
  const underWay = new Map(sinks.map(({ name }) => [name, new Set<Promise<void>>()]))
  const leaseMs = limits.timeoutMs * 2
  const stopping = new AbortController()
  let isAway = false
  let isStopping = false

  const loop = createLoop(limits.pollMs, takeSome, (error) => {
    if (!isAway) log.error({ err: error }, 'cannot take deliveries')
    isAway = true
  })

  async function takeSome(): Promise<boolean> {
    const places = sinks.map(({ name: sink, url }) => ({
      sink,
      url,
      free: limits.deliveries - (underWay.get(sink)?.size ?? 0),
    }))
    const wanted = places.filter(({ free }) => free > 0)
    if (wanted.length === 0) return false
    const taken = await store.take(wanted, leaseMs)
    isAway = false
    for (const delivery of taken) {
      const works = underWay.get(delivery.sink)
      const work = deliverInARow(delivery).finally(() => {
        works?.delete(work)
        loop.wake()
      })
      works?.add(work)
    }
    return taken.length > 0
  }

  /** This event, and those behind it. Never rejects: what cannot be noted is repeated when the lease has run out. */
  async function deliverInARow(first: Delivery): Promise<void> {
    let next: Delivery | undefined = first
    for (let left = inARowMax - 1; next !== undefined; left -= 1) next = await deliver(next, left > 0)
  }

  /** Answers the next one, if it was taken: it is wanted unless others wait or we stop. */
  async function deliver(delivery: Delivery, isNextWanted: boolean): Promise<Delivery | undefined> {
    const { sink, eventId, eventType, attempts } = delivery
    const failure = await deps.send(delivery, { timeoutMs: limits.timeoutMs, stopping: stopping.signal })
    try {
      if (failure === undefined) {
        log.debug({ sink, eventId, eventType, attempts }, 'event delivered')
        const next = await store.delivered(delivery, isNextWanted && !isStopping ? leaseMs : undefined)
        if (attempts > 1) await store.hurry(sink)
        return next
      }
      await noteRefusal(delivery, failure)
    } catch (error) {
      log.warn({ sink, eventId, err: error }, 'delivery not noted')
    }
    return undefined
  }

  async function noteRefusal(delivery: Delivery, { kind, message, pauseMs }: Refusal): Promise<void> {
    const { sink, eventId, eventType, attempts } = delivery
    const told = { sink, eventId, eventType, attempts, failure: message }
    if (kind === 'never') {
      log.error(told, 'event given up: the sink refuses it')
      return store.bury(delivery, message)
    }
    if (kind === 'gone') {
      log.error(told, 'the sink is gone: nothing is sent to its address any more')
      await store.gone(sink, urls.get(sink) ?? '', message)
    }
    const waitMs = stopping.signal.aborted ? 0 : backOffMs(attempts, limits, deps.random)
    log.warn({ ...told, waitMs, pauseMs }, 'event not delivered')
    return store.postpone(delivery, { waitMs, pauseMs, error: message })
  }

  return {
    start: () => loop.start(),
    wake: () => loop.wake(),
    async stop(graceMs) {
      isStopping = true
      await loop.stop()
      const grace = setTimeout(() => stopping.abort(), graceMs)
      await Promise.all([...underWay.values()].flatMap((works) => [...works]))
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

/** Undefined when the sink took it. A redirect is a failure: nothing is sent where nobody configured it. */
async function post(url: string, body: string, timeoutMs: number, stopping: AbortSignal): Promise<Refusal | undefined> {
  try {
    const reply = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8', 'user-agent': 'pharos' },
      body,
      signal: AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]),
    })
    await reply.body.dump()
    return refusalOf(reply.statusCode, reply.headers['retry-after'], new Date())
  } catch (error) {
    if (stopping.aborted) return later('the service stopped')
    if (error instanceof Error && error.name === 'TimeoutError') return later(`no answer within ${timeoutMs} ms`)
    return later(
      `cannot be reached: ${error instanceof Error && 'code' in error ? String(error.code) : 'connection failed'}`,
    )
  }
}

function later(message: string): Refusal {
  return { kind: 'later', message }
}

/** What of 4xx may be otherwise the next time. */
const passing: readonly number[] = [408, 425, 429]

/** A sink that asks for more is asked again all the same. */
const pauseMaxMs = 3_600_000

/** What a status means for the event: undefined when it was taken. `retryAfter`: seconds, or a date. */
export function refusalOf(
  status: number,
  retryAfter: string | readonly string[] | undefined,
  now: Date,
): Refusal | undefined {
  if (status >= 200 && status < 300) return undefined
  const message = `answered ${status}`
  if (status === 410) return { kind: 'gone', message }
  if (status >= 400 && status < 500 && !passing.includes(status)) return { kind: 'never', message }
  const pauseMs = typeof retryAfter === 'string' ? pauseOf(retryAfter, now) : undefined
  return pauseMs === undefined ? later(message) : { ...later(message), pauseMs }
}

function pauseOf(retryAfter: string, now: Date): number | undefined {
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now.getTime()
  return ms > 0 ? Math.min(ms, pauseMaxMs) : undefined
}
