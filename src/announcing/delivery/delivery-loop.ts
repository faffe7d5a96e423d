import type { Logger } from 'pino'
import type { Delivery, FreePlaces, Postponement, Sink } from '../outgoing-event.ts'
import { createLoop } from '../../base/polling.ts'

export interface SenderStore {
  take(wanted: readonly FreePlaces[], leaseMs: number): Promise<readonly Delivery[]>
  /** With `next` it answers the next delivery to this sink for the same service, taken for so long, if the sink is still as it was. */
  delivered(delivery: Delivery, next?: { readonly leaseMs: number; readonly to: Sink }): Promise<Delivery | undefined>
  postpone(delivery: Delivery, postponement: Postponement): Promise<void>
  /** It is never tried again; what stands behind it goes on. */
  giveUp(delivery: Delivery, error: string): Promise<void>
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

export interface SenderDeps<To extends Sink> {
  /** Those that are to be sent to now; asked for each time, since others than this process may change them. */
  readonly sinks: () => Promise<readonly To[]>
  readonly store: SenderStore
  readonly send: Send<To>
  readonly log: Logger
  readonly random: () => number
  /** Milliseconds of a clock that never steps. */
  readonly now: () => number
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
export type Send<To extends Sink> = (
  delivery: Delivery,
  to: To,
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
export function createSender<To extends Sink>(deps: SenderDeps<To>, limits: SenderLimits): Sender {
  const { store, log } = deps
  const underWay = new Map<string, Set<Promise<void>>>()
  /** Until when an address asked to be left alone, by its sink. */
  const pauses = new Map<string, { readonly url: string; readonly until: number }>()
  /** Those that did not take the last event. */
  const failing = new Set<string>()
  const leaseMs = limits.timeoutMs * 2
  const stopping = new AbortController()
  let isAway = false
  let isStopping = false

  const loop = createLoop(limits.pollMs, takeSome, (error) => {
    if (!isAway) log.error({ err: error }, 'cannot take deliveries')
    isAway = true
  })

  async function takeSome(): Promise<boolean> {
    const sinks = new Map((await deps.sinks()).map((sink) => [sink.name, sink]))
    const wanted = [...sinks.values()]
      .filter((to) => !isPaused(to))
      .map((to) => ({ to, free: limits.deliveries - (underWay.get(to.name)?.size ?? 0) }))
      .filter(({ free }) => free > 0)
    if (wanted.length === 0) return false
    const taken = await store.take(wanted, leaseMs)
    isAway = false
    for (const delivery of taken) {
      const to = sinks.get(delivery.sink)
      if (to !== undefined) keep(delivery.sink, deliverInARow(delivery, to))
    }
    return taken.length > 0
  }

  function isPaused({ name, url }: To): boolean {
    const pause = pauses.get(name)
    return pause?.url === url && pause.until > deps.now()
  }

  /** Takes a place of the sink until the work ends. */
  function keep(sink: string, work: Promise<void>): void {
    const works = underWay.get(sink) ?? new Set()
    underWay.set(sink, works)
    const kept = work.finally(() => {
      works.delete(kept)
      if (works.size === 0) underWay.delete(sink)
      loop.wake()
    })
    works.add(kept)
  }

  /** This event, and those behind it. Never rejects: what cannot be noted is repeated when the lease has run out. */
  async function deliverInARow(first: Delivery, to: To): Promise<void> {
    let next: Delivery | undefined = first
    for (let left = inARowMax - 1; next !== undefined; left -= 1) next = await deliver(next, to, left > 0)
  }

  /** Answers the next one, if it was taken: it is wanted unless others wait or we stop. */
  async function deliver(delivery: Delivery, to: To, isNextWanted: boolean): Promise<Delivery | undefined> {
    const { sink, eventId, eventType, attempts } = delivery
    const startedAt = deps.now()
    const failure = await deps.send(delivery, to, { timeoutMs: limits.timeoutMs, stopping: stopping.signal })
    try {
      if (failure === undefined) {
        log.debug({ sink, eventId, eventType, attempts }, 'event delivered')
        const taken = await store.delivered(delivery, isNextWanted && !isStopping ? { leaseMs, to } : undefined)
        // Of those that failed before others than this process may know.
        if (failing.has(sink) || attempts > 1) await release(sink)
        return taken
      }
      await noteRefusal(delivery, to, failure, deps.now() - startedAt)
    } catch (error) {
      log.warn({ sink, eventId, err: error }, 'delivery not noted')
    }
    return undefined
  }

  /** It takes events again: what waits for it is due at once. If that cannot be noted it is after the next event. Never rejects. */
  async function release(sink: string): Promise<void> {
    failing.delete(sink)
    try {
      await store.hurry(sink)
    } catch (error) {
      failing.add(sink)
      log.warn({ sink, err: error }, 'what waits for the sink was not made due')
    }
  }

  async function noteRefusal(
    delivery: Delivery,
    { url }: To,
    { kind, message, pauseMs }: Refusal,
    tookMs: number,
  ): Promise<void> {
    const { sink, eventId, eventType, attempts } = delivery
    const told = { sink, eventId, eventType, attempts, failure: message }
    if (kind === 'never') {
      log.error(told, 'event given up: the sink refuses it')
      return store.giveUp(delivery, message)
    }
    if (kind === 'gone') {
      log.error(told, 'the sink is gone: nothing is sent to its address any more')
      await store.gone(sink, url, message)
    }
    failing.add(sink)
    if (pauseMs !== undefined) pauses.set(sink, { url, until: deps.now() + pauseMs })
    // From one try to the next, so that a sink that does not answer is tried as often as one that refuses.
    const waitMs = stopping.signal.aborted ? 0 : Math.max(0, backOffMs(attempts, limits, deps.random) - tookMs)
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
