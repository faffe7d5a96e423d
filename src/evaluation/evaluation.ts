import type { JudgedObjective, Reason, Result } from '../../slo/index.ts'
import type { ServiceKey } from '../base/names.ts'
import type { Warning } from '../base/warning.ts'
import type { Window } from '../base/window.ts'

/** What set an evaluation off; an event's id is what its answer names as `triggeredid`. */
export type Trigger = ApiTrigger | EventTrigger

interface ApiTrigger {
  readonly kind: 'api'
  /** The name of the API token that it came with; absent without one. */
  readonly by?: string
}

/** An event that came in; `source` and `id` together name it. */
interface NamedEvent {
  readonly id: string
  readonly source: string
  readonly type: string
  /** The name of the API token that it came with; absent without one, and of an event that NATS brought. */
  readonly by?: string
}

/** Whether more than its own word says that an event is of its source. Without signatures in the settings every event is vouched for. */
export type Trust = 'vouched' | 'unsigned'

/** How an event came in. */
export interface Arrival {
  readonly trust: Trust
  /** The name of the API token that it came with. */
  readonly by?: string | undefined
}

export interface EventTrigger extends NamedEvent {
  readonly kind: 'event'
  /** Signatures are configured, but this event had none: only its own word says that it is of its source. */
  readonly unsigned?: true
  /** The trigger that set the evaluation off, when this one joined it. */
  readonly joined?: NamedEvent
}

/** The SLO an evaluation is judged by; null when there was none and the project's policy lets it pass. */
export interface SloUsed {
  /** `sha256:` and the hexadecimal digest of the text. */
  readonly digest: string
  readonly text: string
  /** The file's path below the definitions root, or `inline`. */
  readonly source: string
  readonly inline: boolean
  readonly totalScore: { readonly pass: number; readonly warning: number | null }
}

export interface Invalidation {
  readonly reason: string
  readonly at: Date
  /** The source of the event. */
  readonly by: string
  /** The name of the API token that the event came with; absent without one. */
  readonly byToken?: string
}

/** Everything but how far it came. */
interface EvaluationBase extends ServiceKey {
  /** UUID v7. */
  readonly id: string
  /** Keptn's `shkeptncontext`: one for everything that belongs to one delivery. */
  readonly context: string
  readonly trigger: Trigger
  readonly labels: Readonly<Record<string, string>>
  readonly gitCommitId: string | null
  readonly window: Window
  /** 1, or one more than the last evaluation of the same service and window. */
  readonly attempt: number
  /** The evaluation before it with the same labels and SLO over an overlapping window; null without one. */
  readonly retryOf: string | null
  /** The number of this retry, from 1; null with `retryOf`. */
  readonly retry: number | null
  readonly slo: SloUsed | null
  readonly engineVersion: string
  readonly acceptedAt: Date
  readonly startedAt: Date | null
  readonly warnings: readonly Warning[]
  readonly reasons: readonly Reason[]
  readonly objectives: readonly JudgedObjective[]
  readonly comparedEvaluations: readonly string[]
  readonly invalidation: Invalidation | null
}

export interface OpenEvaluation extends EvaluationBase {
  readonly state: 'queued' | 'running'
  readonly result: null
  readonly score: null
  readonly finishedAt: null
}

export interface EndedEvaluation extends EvaluationBase {
  readonly state: 'succeeded' | 'errored' | 'aborted'
  readonly result: Result
  /** 0 to 100, unrounded; null unless `succeeded` and judged by an SLO. */
  readonly score: number | null
  readonly finishedAt: Date
}

/** The record: what was asked, what came of it, and why. */
export type Evaluation = OpenEvaluation | EndedEvaluation

export function hasEnded(evaluation: Evaluation): evaluation is EndedEvaluation {
  return evaluation.finishedAt !== null
}
