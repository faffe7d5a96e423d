import type { Logger } from 'pino'
import type { TakenEvaluation } from './evaluation-store.ts'
import type { EndedEvaluation } from './evaluation.ts'
import { createLoop } from './loop.ts'
import { gaveUp, type Outcome, type RunsMade } from './outcome.ts'

export interface WorkerStore {
  take(limit: number, leaseMs: number): Promise<readonly TakenEvaluation[]>
  extend(taken: TakenEvaluation, leaseMs: number): Promise<boolean>
  release(taken: TakenEvaluation): Promise<void>
  /** Counts a run that ended with an error of ours; its lease stays, so that the next run does not follow at once. */
  noteFailedRun(taken: TakenEvaluation): Promise<void>
  finish(taken: TakenEvaluation, outcome: Outcome): Promise<EndedEvaluation | undefined>
}

export interface WorkerDeps {
  readonly store: WorkerStore
  readonly run: (taken: TakenEvaluation, signal: AbortSignal) => Promise<EndedEvaluation | undefined>
  readonly ended: (evaluation: EndedEvaluation) => void
  /** Something was given back, for whoever takes it next. */
  readonly released: () => void
  readonly isUnavailable: (error: unknown) => boolean
  readonly log: Logger
}

export interface WorkerLimits {
  /** Evaluations that this process runs at once. */
  readonly evaluations: number
  readonly leaseMs: number
  /** How often it looks for work that nobody told it of. */
  readonly pollMs: number
  /** An evaluation whose runs ended so often with their process is given up. */
  readonly runsMax: number
}

export interface Worker {
  start(): void
  /**
   * Accepts an evaluation with a place kept free for it, if there is one: `accept` is told for how long it may take what
   * it writes, and what it has taken runs here at once.
   */
  admit<Accepted extends { readonly taken?: TakenEvaluation }>(
    accept: (leaseMs: number | undefined) => Promise<Accepted>,
  ): Promise<Accepted>
  /** There is work: look now. */
  wake(): void
  /** Ends a run of this evaluation here, if there is one: its lease is no longer in force. */
  drop(id: string): void
  /** Takes no more; lets what runs finish for `graceMs`, then gives the rest back. */
  stop(graceMs: number): Promise<void>
}

/** Takes evaluations that are due and held by nobody, and runs them. Any number of processes may do so at once. */
export function createWorker(deps: WorkerDeps, limits: WorkerLimits): Worker {
  const { store, log } = deps
  const running = new Set<Promise<void>>()
  const unreleased = new Set<TakenEvaluation>()
  const held = new Map<string, AbortController>()
  const stopping = new AbortController()
  let places = limits.evaluations
  let isAway = false
  let isStopping = false

  const loop = createLoop(limits.pollMs, takeSome, (error) => {
    if (!isAway) log.error({ err: error }, 'cannot take evaluations')
    isAway = true
  })

  async function takeSome(): Promise<boolean> {
    for (const one of unreleased) {
      await store.release(one)
      unreleased.delete(one)
      deps.released()
    }
    if (places <= 0) return false
    const taken = await store.take(places, limits.leaseMs)
    if (isAway) log.info('taking evaluations again')
    isAway = false
    for (const one of taken) start(one)
    return taken.length > 0 && places > 0
  }

  function start(taken: TakenEvaluation): void {
    places -= 1
    const work = hold(taken).finally(() => {
      places += 1
      running.delete(work)
      loop.wake()
    })
    running.add(work)
  }

  /** Runs one evaluation under a lease that is prolonged meanwhile. Never rejects. */
  async function hold(taken: TakenEvaluation): Promise<void> {
    const { id } = taken.evaluation
    const lost = new AbortController()
    const heartbeat = setInterval(() => void prolong(taken, lost), limits.leaseMs / 3)
    held.set(id, lost)
    try {
      await runOne(taken, AbortSignal.any([stopping.signal, lost.signal]))
    } catch (error) {
      if (lost.signal.aborted) logLost(id)
      else await giveBack(taken, error)
    } finally {
      clearInterval(heartbeat)
      held.delete(id)
    }
  }

  async function prolong(taken: TakenEvaluation, lost: AbortController): Promise<void> {
    try {
      if (!(await store.extend(taken, limits.leaseMs))) lost.abort(new Error('the lease was lost'))
    } catch (error) {
      log.debug({ evaluationId: taken.evaluation.id, err: error }, 'lease not prolonged')
    }
  }

  async function runOne(taken: TakenEvaluation, signal: AbortSignal): Promise<void> {
    const { id, project, stage, service } = taken.evaluation
    log.info({ evaluationId: id, project, stage, service, run: taken.runs }, 'evaluation started')
    const evaluation =
      taken.runs > limits.runsMax
        ? await store.finish(taken, gaveUp(taken.evaluation, runsMade(taken)))
        : await deps.run(taken, signal)
    if (evaluation === undefined) {
      logLost(id)
      return
    }
    logFinished(evaluation)
    deps.ended(evaluation)
  }

  function logLost(evaluationId: string): void {
    log.warn({ evaluationId }, 'evaluation was cancelled, or taken over by another process')
  }

  function logFinished({ id, state, result, score, startedAt, finishedAt }: EndedEvaluation): void {
    const durationMs = startedAt === null ? null : finishedAt.getTime() - startedAt.getTime()
    log.info({ evaluationId: id, state, result, score, durationMs }, 'evaluation finished')
  }

  /** Stopped, or storage away: another run may do it at once. A bug keeps its count, and ends in `gave_up`. */
  async function giveBack(taken: TakenEvaluation, error: unknown): Promise<void> {
    const evaluationId = taken.evaluation.id
    const isOurs = !stopping.signal.aborted && !deps.isUnavailable(error)
    if (isOurs) {
      log.error({ evaluationId, err: error }, 'evaluation ended with an unexpected error')
      await noteFailedRun(taken)
      return
    }
    log.info({ evaluationId }, 'evaluation given back')
    try {
      await store.release(taken)
      deps.released()
    } catch {
      unreleased.add(taken)
    }
  }

  async function noteFailedRun(taken: TakenEvaluation): Promise<void> {
    try {
      await store.noteFailedRun(taken)
    } catch (error) {
      log.warn({ evaluationId: taken.evaluation.id, err: error }, 'a failed run was not counted')
    }
  }

  return {
    start: () => loop.start(),
    wake: () => loop.wake(),
    drop: (id) => held.get(id)?.abort(new Error('the evaluation was cancelled')),
    async admit(accept) {
      if (places <= 0 || isStopping) return accept(undefined)
      places -= 1
      try {
        const accepted = await accept(limits.leaseMs)
        if (accepted.taken) start(accepted.taken)
        return accepted
      } finally {
        places += 1
      }
    },
    async stop(graceMs) {
      isStopping = true
      await loop.stop()
      const grace = setTimeout(() => stopping.abort(new Error('the service is stopping')), graceMs)
      await Promise.all(running)
      clearTimeout(grace)
    },
  }
}

/** The runs before this one, which only gives up and does not count. */
function runsMade({ runs, failedRuns }: TakenEvaluation): RunsMade {
  return { failed: failedRuns, interrupted: runs - 1 - failedRuns }
}
