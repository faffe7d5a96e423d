/** The place of one call among the others that ask the same instance, and its time. */
export interface Turn {
  /** Slots are shared out among projects first, then among the calls of each. */
  readonly project: string
  /** A request of the call has had a slot. */
  readonly hasBegun: boolean
  /** Aborts with a TimeoutError when the time is over: that for waiting, or that for asking. */
  readonly late: AbortSignal
  /** Aborts when nothing of the call will be asked any more. */
  readonly over: AbortSignal
  /** The first request waits for a slot. Until it has one, only the time for waiting runs. */
  wait(): void
  /** A request has a slot: with the first one the time for asking begins. */
  begin(): void
  /** When the time for asking is over; while the call waits, as if it began now. */
  deadline(): Date
  /** For how long it has waited, in milliseconds; undefined if it has begun or never waited. */
  waitedMs(): number | undefined
}

export interface TurnSettings {
  readonly project: string
  /** For asking: from now on, or from the first slot on if that has to be waited for. In milliseconds, as `queueMs`. */
  readonly timeMs: number
  /** For waiting until the first slot. */
  readonly queueMs: number
  /** Called once, with the first slot. */
  readonly onBegin?: () => void
}

/** `end` must be called once the call is over, so that it no longer counts among those that have begun. */
export function createTurn({ project, timeMs, queueMs, onBegin }: TurnSettings): Turn & { end(): void } {
  const late = new AbortController()
  const over = new AbortController()
  let hasBegun = false
  let waitingSince: number | undefined
  let until: number | undefined
  let timer: NodeJS.Timeout
  const lastFor = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(() => late.abort(new DOMException('the time is over', 'TimeoutError')), ms)
  }
  const run = (): void => {
    until = Date.now() + timeMs
    lastFor(timeMs)
  }
  run()
  return {
    project,
    get hasBegun() {
      return hasBegun
    },
    late: late.signal,
    over: over.signal,
    wait() {
      if (hasBegun || waitingSince !== undefined || over.signal.aborted) return
      waitingSince = performance.now()
      until = undefined
      lastFor(queueMs)
    },
    begin() {
      if (hasBegun || over.signal.aborted) return
      hasBegun = true
      if (waitingSince !== undefined) run()
      onBegin?.()
    },
    deadline: () => new Date(until ?? Date.now() + timeMs),
    waitedMs: () => (hasBegun || waitingSince === undefined ? undefined : performance.now() - waitingSince),
    end() {
      clearTimeout(timer)
      over.abort()
    },
  }
}

/** What becomes of an indicator whose evaluation never got a slot. */
export function neverAsked(waitedMs: number): string {
  const seconds = (waitedMs / 1000).toFixed(1)
  return `the provider was never asked: the evaluation waited ${seconds} s for a free slot (limits.queueTimeout)`
}
