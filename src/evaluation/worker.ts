import type { Logger } from 'pino'
import type { Shares, TakenEvaluation } from './evaluation-store.ts'
import type { EndedEvaluation } from './evaluation.ts'
import { createLeases, type LeasesDeps } from './leases.ts'
import { createLoop } from '../base/polling.ts'
import { gaveUp, type Outcome, type RunsMade } from './unjudged.ts'
import { createPlaces } from './places.ts'
import { asksProviders, type PlannedIndicator } from '../measuring/planned.ts'

export interface WorkerStore {
  take(limit: number, leaseMs: number, shares: Shares): Promise<readonly TakenEvaluation[]>
  readonly extend: LeasesDeps['extend']
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
  /** Evaluations that this process has in its memory at once, beside those that ask no provider. */
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
   * Accepts an evaluation of a project with a place kept free for it, if there is one: `accept` is told by the plan for how long
   * it may take what it writes, and what it has taken runs here at once.
   */
  admit<Accepted extends { readonly taken?: TakenEvaluation }>(
    project: string,
    accept: (leaseFor: LeaseFor) => Promise<Accepted>,
  ): Promise<Accepted>
  /** There is work: look now. */
  wake(): void
  /** Ends a run of this evaluation here, if there is one: its lease is no longer in force. */
  drop(id: string): void
  /** Takes no more; lets what runs finish for `graceMs`, then gives the rest back. */
  stop(graceMs: number): Promise<void>
}

/** For how long what has this plan may be taken as it is written, in milliseconds; undefined: it is left in the queue. */
export type LeaseFor = (plan: readonly PlannedIndicator[]) => number | undefined

/** Taken in one go, so that others get to the database in between. */
const takeMax = 50

/** Takes evaluations that are due and held by nobody, and runs them. Any number of processes may do so at once. */
export function createWorker(deps: WorkerDeps, limits: WorkerLimits): Worker {
  const { store, log } = deps
  const running = new Set<Promise<void>>()
  const unreleased = new Set<TakenEvaluation>()
  const leases = createLeases({ extend: store.extend, leaseMs: limits.leaseMs, log })
  const places = createPlaces(limits.evaluations)
  const stopping = new AbortController()
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
    const hasTaken = await takeUpTo(places.free(), false)
    const hasTakenAlone = places.isTight() && (await takeUpTo(places.freeAlone(), true))
    return hasTaken || hasTakenAlone
  }

  async function takeUpTo(count: number, areAlone: boolean): Promise<boolean> {
    if (count <= 0) return false
    const taken = await store.take(Math.min(count, takeMax), limits.leaseMs, { ...places.shares, areAlone })
    if (isAway) log.info('taking evaluations again')
    isAway = false
    for (const one of taken) start(one)
    return taken.length > 0
  }

  function start(taken: TakenEvaluation): void {
    const vacate = places.occupy(taken.evaluation.project, !asksProviders(taken.plan))
    const work = hold(taken).finally(() => {
      // Otherwise the last look has left nothing that a free place would be for.
      const wasTight = places.isTight()
      vacate()
      running.delete(work)
      if (wasTight) loop.wake()
    })
    running.add(work)
  }

  /** Runs one evaluation under a lease that is prolonged meanwhile. Never rejects. */
  async function hold(taken: TakenEvaluation): Promise<void> {
    const { id } = taken.evaluation
    const lost = leases.hold(taken)
    try {
      await runOne(taken, AbortSignal.any([stopping.signal, lost]))
    } catch (error) {
      if (lost.aborted) logLost(id)
      else await giveBack(taken, error)
    } finally {
      leases.letGo(taken)
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
      loop.wake()
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
    drop: (id) => leases.drop(id),
    async admit(project, accept) {
      const hasPlace = !isStopping && !places.isFull(project)
      const vacate = hasPlace ? places.occupy(project, false) : () => {}
      const leaseFor: LeaseFor = (plan) => {
        const hasRoom = asksProviders(plan) ? hasPlace : places.freeAlone() > 0
        return hasRoom && !isStopping ? limits.leaseMs : undefined
      }
      try {
        const accepted = await accept(leaseFor)
        if (accepted.taken) start(accepted.taken)
        return accepted
      } finally {
        vacate()
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
