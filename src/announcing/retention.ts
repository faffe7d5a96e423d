import type { Logger } from 'pino'
import { createLoop, type Loop } from '../base/polling.ts'

/** How often is looked for what is old; nobody waits for it. */
const pauseMs = 600_000

/** At once: short enough that nobody waits for its locks. */
const batch = 1_000

/** What somebody waits for is kept so many times as long: whoever never comes back must not fill the disk. */
const waitingFactor = 3

/** An event by its age, of which there may be several, and its place. */
export interface OldEvent {
  /** As the database writes it. */
  readonly writtenAt: string
  readonly position: string
}

export interface SweepWanted {
  readonly ageMs: number
  /** Of an event that somebody waits for. */
  readonly waitingAgeMs: number
  /** So many are looked at. */
  readonly limit: number
  /** The last one that was looked at before; undefined: begin with the oldest. */
  readonly after?: OldEvent | undefined
}

export interface Sweep {
  /** How many events. */
  readonly removed: number
  /** How many deliveries of these nobody had taken or refused yet. */
  readonly unheard: number
  /** Where to go on; undefined when everything was looked at. */
  readonly last: OldEvent | undefined
}

export interface RetentionDeps {
  readonly removeOld: (wanted: SweepWanted) => Promise<Sweep>
  readonly isUnavailable: (error: unknown) => boolean
  readonly log: Logger
}

/**
 * Removes events that are older than `ageMs`, again and again; what somebody waits for, when it is three times as old. Any number of
 * processes may.
 */
export function createRetention(ageMs: number, { removeOld, isUnavailable, log }: RetentionDeps): Loop {
  let after: OldEvent | undefined
  return createLoop(
    pauseMs,
    async () => {
      const sweep = await removeOld({ ageMs, waitingAgeMs: ageMs * waitingFactor, limit: batch, after })
      after = sweep.last
      const { removed, unheard } = sweep
      if (removed > 0) log.debug({ removed }, 'old events removed')
      if (unheard > 0) log.error({ unheard }, 'events were removed that a subscriber had waited for too long')
      return after !== undefined
    },
    // Others say that the database is away.
    (error) => isUnavailable(error) || log.error({ err: error }, 'old events could not be removed'),
  )
}
