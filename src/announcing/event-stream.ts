/** An event of the outbox as somebody who follows it sees it. */
export interface StreamedEvent {
  /** Its place; of two events the later one has the larger. */
  readonly position: string
  readonly type: string
  /** A CloudEvent in structured JSON, the bytes that every delivery sends; null when the filter leaves it out. */
  readonly body: string | null
}

/** What a reader wants; undefined: all. */
export interface StreamFilter {
  /** With or without `sh.keptn.event.` in front. */
  readonly type: string | undefined
  readonly project: string | undefined
  readonly stage: string | undefined
  readonly service: string | undefined
  /** Of evaluations that have ended; others are left out. */
  readonly result: string | undefined
}

/** From which position on every event is there, and that of the newest; without any, the newest is the one before the oldest. */
export interface StreamRange {
  readonly oldest: string
  readonly newest: string
}

export interface StreamPart {
  /** As of a range, at this moment: what is older may have been removed. */
  readonly oldest: string
  readonly events: readonly StreamedEvent[]
}

export interface EventStreamStore {
  range(): Promise<StreamRange>
  /** The next events after a position, in their order, at most `limit`; none that another may yet come before. */
  after(position: string, filter: StreamFilter, limit: number): Promise<StreamPart>
}

export interface FollowDeps {
  readonly store: EventStreamStore
  /** Resolves when there may be something new, or after a while. Never rejects. */
  readonly wait: (signal: AbortSignal) => Promise<void>
  readonly now: () => number
}

const batch = 100

/** Before every place that there is. */
const nowhere = '-1'

/** Nothing for so long, and a comment is sent, so that nobody in between takes the connection for dead. */
export const keepAliveMs = 15_000

/** A reader whose connection breaks comes back after so long. */
const retryMs = 2_000

/**
 * Server-sent events from after `last` on, each with its position as its id, until `signal` aborts; undefined: from now on. A place
 * that is not there any more, or not yet, is answered with an event `reset`, and all that there is. Rejects when storage is away.
 */
export async function* followEvents(
  last: string | undefined,
  filter: StreamFilter,
  { store, wait, now }: FollowDeps,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield `retry: ${retryMs}\n\n`
  const { newest } = await store.range()
  let position = last === undefined || BigInt(last) <= BigInt(newest) ? (last ?? newest) : nowhere
  let saidAt = now()
  while (!signal.aborted) {
    const { oldest, events } = await store.after(position, filter, batch)
    // Whoever was at 5 when 6 is the oldest has missed nothing.
    if (BigInt(position) < BigInt(oldest) - 1n) {
      position = String(BigInt(oldest) - 1n)
      yield `event: reset\ndata: ${JSON.stringify(await store.range())}\n\n`
      continue
    }
    for (const event of events) {
      position = event.position
      if (event.body === null) continue
      saidAt = now()
      yield `id: ${event.position}\nevent: ${event.type}\ndata: ${event.body}\n\n`
    }
    if (events.length === batch) continue
    if (now() - saidAt >= keepAliveMs) {
      saidAt = now()
      yield ': still here\n\n'
    }
    await wait(signal)
  }
}
