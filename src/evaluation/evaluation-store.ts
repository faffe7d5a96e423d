import type { Candidate, Comparison, Policies, Reason, RecentEvaluation } from '../../slo/index.ts'
import type { IdempotencyKey } from './command.ts'
import type { EndedEvaluation, Evaluation, SloUsed, Trigger } from './evaluation.ts'
import type { Warning } from '../base/warning.ts'
import type { JudgedNames } from './new-names.ts'
import type { Outcome } from './unjudged.ts'
import type { PlannedIndicator } from '../measuring/planned.ts'
import type { ServiceKey } from '../base/names.ts'
import type { SkippedEvaluation } from './skipped.ts'
import type { Window } from '../base/window.ts'

/** A new evaluation: everything known before anything is measured. */
export interface NewEvaluation {
  readonly id: string
  readonly service: ServiceKey
  readonly context: string
  readonly trigger: Trigger
  readonly labels: Readonly<Record<string, string>>
  readonly gitCommitId: string | null
  readonly window: Window
  /** It is due at once without, else when the window has ended by the database's clock. */
  readonly mayBeToCome: boolean
  readonly slo: SloUsed | null
  readonly policies: Policies
  readonly plan: readonly PlannedIndicator[]
  readonly engineVersion: string
  /** What is known of the result before anything is measured. */
  readonly reasons: readonly Reason[]
  readonly warnings: readonly Warning[]
  readonly idempotency: IdempotencyKey | undefined
  /** Given if this process can run it at once: it is then taken as it is written, for this time. */
  readonly leaseMs: number | undefined
}

/** An evaluation under this process's lease. */
export interface TakenEvaluation {
  readonly evaluation: Evaluation
  readonly policies: Policies
  readonly plan: readonly PlannedIndicator[]
  readonly leaseToken: string
  /** How often it was taken, this time included. */
  readonly runs: number
  /** How many of those runs ended with an error of the service or the database. */
  readonly failedRuns: number
}

/** What a process already runs, so that it takes evaluations from projects in turn. */
export interface Shares {
  /** Evaluations that it runs, by project. */
  readonly running: ReadonlyMap<string, number>
  /** The most that it runs of one project. */
  readonly runningMax: number
  /** Takes only what asks no provider, of each project as if it ran nothing. */
  readonly areAlone: boolean
}

export interface Accepted {
  readonly evaluation: Evaluation
  /** Under a lease of this process from its first moment, and to be run here. */
  readonly taken?: TakenEvaluation
  /** The idempotency key or the event was known: this is the evaluation it stood for. */
  readonly replayed: boolean
  /** It was there already, for another event of the same context. */
  readonly joined?: boolean
}

/** An evaluation after a caller wanted it cancelled or invalidated. */
export interface Changed {
  readonly evaluation: Evaluation
  /** False: it was as it is before, and nothing was done. */
  readonly hasChanged: boolean
}

export interface History {
  /** Newest first, at most 50. */
  readonly candidates: readonly Candidate[]
  /** Earlier evaluations that do not count, newest first. */
  readonly skipped: readonly SkippedEvaluation[]
}

/** Which earlier evaluations a judgement may need. */
export interface HistoryWanted {
  readonly comparison: Comparison
  readonly indicators: readonly { readonly provider: string; readonly name: string }[]
}

/** What the use case needs of storage. */
export interface EvaluationStore {
  findByKey(
    service: ServiceKey,
    key: string,
  ): Promise<{ readonly evaluation: Evaluation; readonly bodyDigest: string } | undefined>
  /** Stages and services of a project with a judged evaluation. */
  judgedNames(service: ServiceKey): Promise<JudgedNames>
  /**
   * Writes the row, its key or its event, and its started event in one transaction; a key or an event taken meanwhile
   * answers with its evaluation.
   */
  accept(evaluation: NewEvaluation): Promise<Accepted & { readonly bodyDigest: string | undefined }>
  history(evaluation: Evaluation, wanted: HistoryWanted): Promise<History>
  /** What the newest earlier evaluations measured, whatever came of them; newest first, at most 20. */
  recent(evaluation: Evaluation): Promise<readonly RecentEvaluation[]>
  /** Writes the outcome and its finished event in one transaction; undefined when the lease was lost meanwhile. */
  finish(taken: TakenEvaluation, outcome: Outcome): Promise<EndedEvaluation | undefined>
}
