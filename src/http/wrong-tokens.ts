/** Within one minute from the first. */
const wrongMax = 10
const minuteMs = 60_000
/** With more different ones, the oldest is forgotten, which only means that it gets 401 again. */
const keysMax = 10_000

/** What becomes of a wrong token. */
export type Refusal =
  | { readonly kind: 'refused' }
  /** Too many: refused for this time. `isFirst`: this one was the first too many. */
  | { readonly kind: 'slowed'; readonly waitMs: number; readonly isFirst: boolean }

export interface WrongTokens {
  /** Counts a wrong token for each of `keys`: what was claimed, and whose it was where that is known. */
  count(keys: readonly string[]): Refusal
}

interface Counted {
  readonly sinceMs: number
  /** From 1. */
  times: number
}

/** `now` in milliseconds, of a clock that only goes forward. What it keeps is bounded, whatever is sent. */
export function createWrongTokens(now: () => number, max = keysMax): WrongTokens {
  const counted = new Map<string, Counted>()

  function countOne(key: string): Refusal {
    const known = counted.get(key)
    const atMs = now()
    const one = known !== undefined && atMs - known.sinceMs < minuteMs ? known : { sinceMs: atMs, times: 0 }
    one.times = Math.min(one.times + 1, wrongMax + 2)
    // The one that came last is forgotten last.
    counted.delete(key)
    counted.set(key, one)
    const [oldest] = counted.keys()
    if (counted.size > max && oldest !== undefined) counted.delete(oldest)
    if (one.times <= wrongMax) return { kind: 'refused' }
    return { kind: 'slowed', waitMs: one.sinceMs + minuteMs - atMs, isFirst: one.times === wrongMax + 1 }
  }

  return {
    count(keys) {
      const slowed = keys.map(countOne).filter((refusal) => refusal.kind === 'slowed')
      if (slowed.length === 0) return { kind: 'refused' }
      const waitMs = Math.max(...slowed.map((one) => one.waitMs))
      return { kind: 'slowed', waitMs, isFirst: slowed.every(({ isFirst }) => isFirst) }
    },
  }
}
