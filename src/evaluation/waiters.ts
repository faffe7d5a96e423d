import { type EndedEvaluation, type Evaluation, hasEnded } from './evaluation.ts'

/** How often to look for waiting callers: other processes do not tell this one that their evaluations ended. */
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
  wait(id: string, waitMs: number, justWritten?: Evaluation): Promise<Evaluation | undefined>
}

type Ring = (ended?: EndedEvaluation) => void

/** All waiters of one evaluation, and the one timer that looks for them. */
interface Bell {
  readonly rings: Set<Ring>
  readonly looking: NodeJS.Timeout
}

/** `find` is to be shared by those who ask at the same time. */
export function createEndings(find: (id: string) => Promise<Evaluation | undefined>): Endings {
  const bells = new Map<string, Bell>()
  let isReleased = false

  function ringAll(id: string, ended?: EndedEvaluation): void {
    for (const ring of bells.get(id)?.rings ?? []) ring(ended)
  }

  /** Looks once for all waiters. A waiter that is rung without an evaluation looks itself, so that it gets the error. */
  async function look(id: string): Promise<void> {
    try {
      const standing = await find(id)
      if (standing === undefined) ringAll(id)
      else if (hasEnded(standing)) ringAll(id, standing)
    } catch {
      ringAll(id)
    }
  }

  function bellOf(id: string): Bell {
    const known = bells.get(id)
    if (known !== undefined) return known
    const bell = { rings: new Set<Ring>(), looking: setInterval(() => void look(id), lookEveryMs) }
    bells.set(id, bell)
    return bell
  }

  /** The evaluation as soon as it ends; undefined after `limitMs`, or when it is to be looked for. */
  function nextRing(
    id: string,
    limitMs: number,
  ): { readonly rung: Promise<EndedEvaluation | undefined>; stop(): void } {
    const { promise: rung, resolve } = Promise.withResolvers<EndedEvaluation | undefined>()
    const bell = bellOf(id)
    const ring: Ring = (ended) => {
      clearTimeout(timer)
      bell.rings.delete(ring)
      if (bell.rings.size === 0 && bells.get(id) === bell) {
        clearInterval(bell.looking)
        bells.delete(id)
      }
      resolve(ended)
    }
    const timer = setTimeout(ring, limitMs)
    bell.rings.add(ring)
    return { rung, stop: ring }
  }

  return {
    ended: (evaluation) => ringAll(evaluation.id, evaluation),
    release() {
      isReleased = true
      for (const id of bells.keys()) ringAll(id)
    },
    async wait(id, waitMs, justWritten) {
      // Listening starts before looking, so that an end between the two is heard.
      const listening = waitMs > 0 && !isReleased ? nextRing(id, waitMs) : undefined
      try {
        const standing = justWritten ?? (await find(id))
        if (listening === undefined || standing === undefined || hasEnded(standing)) return standing
        return (await listening.rung) ?? (await find(id))
      } finally {
        listening?.stop()
      }
    },
  }
}
