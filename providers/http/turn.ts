/** The place of one call among the other calls to the same instance, and its time. */
export interface Turn {
  /** Slots are shared among projects first, then among the calls of each. */
  readonly project: string
  /** Whether a request of the call has had a slot. */
  readonly hasBegun: boolean
  /** Aborts with a TimeoutError when the time for waiting or for querying is over. */
  readonly late: AbortSignal
  /** Aborts when the call sends no more requests. */
  readonly over: AbortSignal
  /** The first request waits for a slot. Until it gets one, only the time for waiting runs. */
  wait(): void
  /** A request has a slot. With the first one, the time for querying starts. */
  begin(): void
  /** The end of the time for querying; while the call waits, as if it started now. */
  deadline(): Date
  /** How long it has waited, in milliseconds; undefined if it has started or never waited. */
  waitedMs(): number | undefined
}

export interface TurnSettings {
  readonly project: string
  /** The time for querying, from now or, if the call has to wait, from the first slot. In milliseconds. */
  readonly timeMs: number
  /** The time for waiting until the first slot, in milliseconds. */
  readonly queueMs: number
  /** Called once, with the first slot. */
  readonly onBegin?: () => void
}

/** Call `end` once the call is over, so that it no longer counts as started. */
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

/** The message for an indicator whose evaluation never got a slot. */
export function neverAsked(waitedMs: number): string {
  const seconds = (waitedMs / 1000).toFixed(1)
  return `the provider was never queried: the evaluation waited ${seconds} s for a free slot (limits.queueTimeout)`
}
