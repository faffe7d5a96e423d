import type { Logger } from 'pino'
import type { Explanation } from '../../slo/index.ts'
import { parseAcceptedSlo } from '../definitions/slo-text.ts'
import type { EvaluateCommand } from './command.ts'
import { accept, run, type AcceptDeps, type RunDeps } from './evaluate.ts'
import type { Accepted, Changed } from './evaluation-store.ts'
import { hasEnded, type Evaluation } from './evaluation.ts'
import { explainEvaluation, type ExplainDeps } from './explain.ts'
import { createEndings } from './waiters.ts'
import { createWorker, type WorkerDeps } from './worker.ts'

export interface EvaluationSettings {
  readonly limits: {
    /** Evaluations that run at once in this process. */
    readonly concurrency: number
    readonly leaseMs: number
    readonly pollMs: number
    readonly windowMaxMs: number
  }
  /** How long before its event a test may have ended, by default. */
  readonly events: { readonly testAgeMaxMs: number }
  /** The variables of the environment that queries may see. */
  readonly placeholders: { readonly environment: Readonly<Record<string, string>> }
}

export interface EvaluationRoomDeps {
  /** The settings in force; the limits of the worker are read once, everything else at each use. */
  readonly settings: () => EvaluationSettings
  readonly store: AcceptDeps['store'] &
    RunDeps['store'] &
    WorkerDeps['store'] & {
      readonly find: (id: string) => Promise<Evaluation | undefined>
      readonly cancel: (id: string) => Promise<Changed | undefined>
      readonly inputs: ExplainDeps['inputs']
    }
  readonly measuring: Pick<AcceptDeps, 'define' | 'escapeFor' | 'basisPartsFor' | 'queryProblemsFor'> &
    Pick<RunDeps, 'measure'>
  /** Called after an event was committed. */
  readonly announced: () => void
  /** Called after an evaluation was queued that another process may run. */
  readonly queued: () => void
  readonly isUnavailable: WorkerDeps['isUnavailable']
  readonly log: Logger
}

/** Everything that can be done with evaluations, and the worker that runs them. */
export interface Evaluations {
  accept(command: EvaluateCommand): Promise<Accepted>
  /** The evaluation when it has ended, or as it is after `waitMs`; `justWritten` is its current state. */
  wait(id: string, waitMs: number, justWritten?: Evaluation): Promise<Evaluation | undefined>
  /** Null if nothing was judged. */
  explain(evaluation: Evaluation): Promise<Explanation | null>
  /** Ends an evaluation that has not ended, and returns it. */
  cancel(id: string): Promise<Changed | undefined>
  start(): void
  /** There may be work: look now. */
  wake(): void
  /** All waits return at once, now and later. */
  release(): void
  /** Gives running evaluations `graceMs` to finish, then puts them back. */
  stop(graceMs: number): Promise<void>
}

/** An evaluation is given up after this many of its runs were interrupted. */
const runsMax = 3

export function openEvaluations({ settings, store, measuring, ...deps }: EvaluationRoomDeps): Evaluations {
  const { announced, queued, isUnavailable, log } = deps
  const endings = createEndings(store.find)
  const runDeps: RunDeps = { store, parse: parseAcceptedSlo, measure: measuring.measure }
  const { concurrency, leaseMs, pollMs } = settings().limits
  const worker = createWorker(
    {
      store,
      run: (taken, signal) => run(taken, runDeps, signal),
      ended: (evaluation) => {
        endings.ended(evaluation)
        announced()
      },
      released: queued,
      isUnavailable,
      log,
    },
    { evaluations: concurrency, leaseMs, pollMs, runsMax },
  )

  function acceptDeps(): AcceptDeps {
    const { limits, events, placeholders } = settings()
    const { testAgeMaxMs } = events
    return { ...measuring, store, testAgeMaxMs, windowMaxMs: limits.windowMaxMs, ...placeholders, log }
  }

  return {
    async accept(command) {
      const { project } = command.service
      const accepted = await worker.admit(project, (leaseFor) => accept(command, acceptDeps(), leaseFor))
      announced()
      if (!accepted.replayed && accepted.taken === undefined) {
        worker.wake()
        queued()
      }
      return accepted
    },
    wait: (id, waitMs, justWritten) => endings.wait(id, waitMs, justWritten),
    explain: (evaluation) => explainEvaluation(evaluation, { inputs: store.inputs, parse: parseAcceptedSlo }),
    async cancel(id) {
      const found = await store.cancel(id)
      if (found !== undefined && hasEnded(found.evaluation)) endings.ended(found.evaluation)
      worker.drop(id)
      announced()
      return found
    },
    start: () => worker.start(),
    wake: () => worker.wake(),
    release: () => endings.release(),
    stop: (graceMs) => worker.stop(graceMs),
  }
}
