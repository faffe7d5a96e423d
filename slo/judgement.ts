import type { Basis } from './basis.ts'
import type { Coverage, MissingOutcome } from './measurement.ts'

export const results = ['pass', 'warning', 'fail'] as const
export type Result = (typeof results)[number]

/** A project's choices in cases where Keptn offered none. `keptn` and `pass` are Keptn's own behaviour. */
export interface Policies {
  readonly missingData: 'warning' | 'fail' | 'keptn'
  readonly noBaseline: 'pass' | 'warning' | 'fail'
  /** The best result of an SLO whose objectives are all informational. */
  readonly ungated: 'warning' | 'pass' | 'fail'
  /** The best result if a baseline comes from a window of a different length. */
  readonly windowLength: 'keptn' | 'warning' | 'fail'
  /** The effect of a key that is almost a known one: the file is refused, the result is fail, or nothing happens. */
  readonly misspeltKeys: 'refuse' | 'fail' | 'keptn'
}

export const defaultPolicies: Policies = {
  missingData: 'warning',
  noBaseline: 'pass',
  ungated: 'warning',
  windowLength: 'keptn',
  misspeltKeys: 'refuse',
}

/** Keptn's own behaviour. Also applies to evaluations that were judged before a policy existed. */
export const keptnPolicies: Policies = {
  missingData: 'keptn',
  noBaseline: 'pass',
  ungated: 'pass',
  windowLength: 'keptn',
  misspeltKeys: 'keptn',
}

export const reasonCodes = [
  'below_pass',
  'below_warning',
  'between_thresholds',
  'key_failed',
  'not_measured',
  'no_baseline',
  'indicator_changed',
  'window_length_differs',
  'low_coverage',
  'target_not_finite',
  'ungated',
  'capped',
  'partial_data',
  'window_invalid',
  'window_clamped',
  'clock_skew',
  'slo_invalid',
  'slo_missing',
  'cancelled',
  'gave_up',
] as const
export type ReasonCode = (typeof reasonCodes)[number]

/** A code written by a newer version: read as it is, never written. */
export type UnknownCode = string & { readonly isUnknown: true }

/** A reason for a result. `message` is a sentence; further fields carry the same facts for programs. */
export interface Reason {
  readonly code: ReasonCode | UnknownCode
  readonly message: string
  /** The objective's `sli` as written, if the reason is about one objective. */
  readonly indicator?: string
  readonly [fact: string]: unknown
}

/** The number that a criterion came to, and whether it held. */
export interface Target {
  /** As written in the file. */
  readonly criteria: string
  /** Null if it is not finite, or relative without a baseline. */
  readonly targetValue: number | null
  readonly violated: boolean
}

export interface JudgedObjective {
  readonly indicator: string
  readonly displayName: string
  readonly provider: string
  readonly name: string
  readonly definition: string | null
  readonly query: string | null
  readonly status: Result | 'info'
  /** 0 to `weight`. */
  readonly points: number
  readonly weight: number
  readonly isKey: boolean
  readonly value: number | null
  /** The baseline; null without one. */
  readonly comparedValue: number | null
  /** Ids of the evaluations that the baseline comes from, newest first. */
  readonly comparedWith: readonly string[]
  readonly outcome: 'measured' | MissingOutcome
  readonly message: string
  /** Present if values from the whole window were reduced to one, even if they were not enough for a key objective. */
  readonly coverage?: Coverage
  readonly passTargets: readonly Target[]
  readonly warningTargets: readonly Target[]
}

/** The outcome of `judge`. Everything in it follows from its inputs. */
export interface Judgement {
  /** `errored`: an indicator that could not be queried would have decided; then `result` is fail and `score` null. */
  readonly state: 'succeeded' | 'errored'
  readonly result: Result
  /** How this evaluation counts in later baselines: the result capped by `missingData` only. */
  readonly baselineResult: Result
  /** 0 to 100, unrounded, as in Keptn. */
  readonly score: number | null
  readonly reasons: readonly Reason[]
  /** In file order. */
  readonly objectives: readonly JudgedObjective[]
  /** The union of all `comparedWith`, newest first. */
  readonly comparedEvaluations: readonly string[]
}

/** The parts of an earlier evaluation that a baseline needs. */
export interface Candidate {
  readonly id: string
  /** Its `baselineResult`. */
  readonly result: Result
  /** The values that it measured. */
  readonly values: readonly EarlierValue[]
}

export interface EarlierValue {
  readonly provider: string
  readonly name: string
  readonly definition: string | null
  readonly value: number
  /** Absent if the value was pushed, or recorded by a version without bases. */
  readonly basis?: Basis
}
