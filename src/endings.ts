import { type EndedEvaluation, type Evaluation, hasEnded } from './evaluation.ts'

/** How often a waiting caller looks again: evaluations that another process runs end without a word to this one. */
const lookEveryMs = 500

/** Tells waiting callers, without delay, of evaluations that end in this process. */
export interface Endings {
  ended(evaluation: EndedEvaluation): void
  /** Nobody waits any longer: every wait, now and later, answers at once. */
  release(): void
  /**
   * The evaluation when it has ended or, after `waitMs`, as it stands then; undefined when there is none.
   * Who has just written it knows how it stands, and need not look.
   */
  wait(
    id: string,
    waitMs: number,
    find: (id: string) => Promise<Evaluation | undefined>,
    justWritten?: Evaluation,
  ): Promise<Evaluation | undefined>
}

export function createEndings(): Endings {
  const bells = new Map<string, Set<(ended?: EndedEvaluation) => void>>()
  let isReleased = false

  /** The evaluation as soon as it ends here; undefined after `limitMs`, or when everybody is released. */
  function nextRing(id: string, limitMs: number): Promise<EndedEvaluation | undefined> {
    return new Promise((resolve) => {
      const listening = bells.get(id) ?? new Set()
      bells.set(id, listening)
      const ring = (ended?: EndedEvaluation): void => {
        clearTimeout(timer)
        listening.delete(ring)
        if (listening.size === 0) bells.delete(id)
        resolve(ended)
      }
      const timer = setTimeout(ring, limitMs)
      listening.add(ring)
    })
  }

  return {
    ended(evaluation) {
      for (const ring of bells.get(evaluation.id) ?? []) ring(evaluation)
    },
    release() {
      isReleased = true
      for (const listening of bells.values()) for (const ring of listening) ring()
    },
    async wait(id, waitMs, find, justWritten) {
      let standing = justWritten
      const until = performance.now() + waitMs
      for (;;) {
        const leftMs = isReleased ? 0 : until - performance.now()
        // Listening starts before looking, so that an end between the two is heard.
        const rung = leftMs > 0 ? nextRing(id, Math.min(leftMs, lookEveryMs)) : undefined
        const evaluation = standing ?? (await find(id))
        standing = undefined
        if (rung === undefined || evaluation === undefined || hasEnded(evaluation)) return evaluation
        const ended = await rung
        if (ended !== undefined) return ended
      }
    },
  }
}
