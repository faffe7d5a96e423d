import type { Logger } from 'pino'
import { createLoop, type Loop } from './loop.ts'

/** How often is looked for what is old; nobody waits for it. */
const pauseMs = 60_000

/** At once: short enough that nobody waits for its locks. */
const batch = 1_000

export interface RetentionDeps {
  /** Answers how many events older than that it removed, at most `limit`. */
  readonly removeOld: (ageMs: number, limit: number) => Promise<number>
  readonly isUnavailable: (error: unknown) => boolean
  readonly log: Logger
}

/** Removes events that are older than `ageMs`, again and again. Any number of processes may. */
export function createRetention(ageMs: number, { removeOld, isUnavailable, log }: RetentionDeps): Loop {
  return createLoop(
    pauseMs,
    async () => {
      const removed = await removeOld(ageMs, batch)
      if (removed > 0) log.debug({ removed }, 'old events removed')
      return removed === batch
    },
    // Others say that the database is away.
    (error) => isUnavailable(error) || log.error({ err: error }, 'old events could not be removed'),
  )
}
