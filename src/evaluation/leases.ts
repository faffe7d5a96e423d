import type { TakenEvaluation } from './evaluation-store.ts'

export interface LeasesDeps {
  /** Extends all of these leases at once; answers the ids of those that are still ours. */
  readonly extend: (taken: readonly TakenEvaluation[], leaseMs: number) => Promise<ReadonlySet<string>>
  readonly leaseMs: number
  readonly log: { debug(fields: object, sentence: string): void }
}

/** The leases of everything that runs here, all extended in one statement, three times per lease. */
export interface Leases {
  /** Aborts when the lease turns out to be no longer ours, or is dropped. */
  hold(taken: TakenEvaluation): AbortSignal
  /** Its run has ended. */
  letGo(taken: TakenEvaluation): void
  /** Ends the run of this evaluation, if there is one. */
  drop(id: string): void
}

export function createLeases({ extend, leaseMs, log }: LeasesDeps): Leases {
  const held = new Map<TakenEvaluation, AbortController>()
  let heartbeat: NodeJS.Timeout | undefined
  let isExtending = false

  async function prolong(): Promise<void> {
    if (isExtending) return
    isExtending = true
    const taken = [...held.keys()]
    try {
      const ours = await extend(taken, leaseMs)
      for (const one of taken) {
        if (!ours.has(one.evaluation.id)) held.get(one)?.abort(new Error('the lease was lost'))
      }
    } catch (error) {
      log.debug({ evaluations: taken.length, err: error }, 'could not extend leases')
    } finally {
      isExtending = false
    }
  }

  return {
    hold(taken) {
      const lost = new AbortController()
      held.set(taken, lost)
      heartbeat ??= setInterval(() => void prolong(), leaseMs / 3)
      return lost.signal
    },
    letGo(taken) {
      held.delete(taken)
      if (held.size > 0) return
      clearInterval(heartbeat)
      heartbeat = undefined
    },
    drop(id) {
      for (const [{ evaluation }, lost] of held) {
        if (evaluation.id === id) lost.abort(new Error('the evaluation was cancelled'))
      }
    },
  }
}
