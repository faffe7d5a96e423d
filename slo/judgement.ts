import type { Basis } from './basis.ts'
import type { Coverage, MissingOutcome } from './measurement.ts'

export const results = ['pass', 'warning', 'fail'] as const
export type Result = (typeof results)[number]

/** A project's choices where Keptn had none. `keptn` and `pass` are Keptn's own behaviour. */
export interface Policies {
  readonly missingData: 'warning' | 'fail' | 'keptn'
  readonly noBaseline: 'pass' | 'warning' | 'fail'
  /** The best result of an SLO whose objectives are all informational. */
  readonly ungated: 'warning' | 'pass' | 'fail'
  /** The best result when a baseline comes from a window of another length. */
  readonly windowLength: 'keptn' | 'warning' | 'fail'
  /** The effect of a key that is almost a known one: the file is refused, the result is fail, or none. */
  readonly misspeltKeys: 'refuse' | 'fail' | 'keptn'
}

export const defaultPolicies: Policies = {
  missingData: 'warning',
  noBaseline: 'pass',
  ungated: 'warning',
  windowLength: 'keptn',
  misspeltKeys: 'refuse',
}

/** Keptn's own behaviour. Also what evaluations were judged by before a policy existed. */
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

/** A code that a newer version wrote: read back as it is, never written. */
export type UnknownCode = string & { readonly isUnknown: true }

/** Why a result is what it is. `message` is a sentence; further fields carry the same facts for programs. */
export interface Reason {
  readonly code: ReasonCode | UnknownCode
  readonly message: string
  /** The objective's `sli` as written, where the reason is about one. */
  readonly indicator?: string
  readonly [fact: string]: unknown
}

/** The number a criterion came to, and whether it held. */
export interface Target {
  /** As written in the file. */
  readonly criteria: string
  /** Null when it is not finite, or relative with nothing to compare with. */
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
  /** Ids of the evaluations the baseline comes from, newest first. */
  readonly comparedWith: readonly string[]
  readonly outcome: 'measured' | MissingOutcome
  readonly message: string
  /** Present if values from all over the window became one, even if they were not enough for a key objective. */
  readonly coverage?: Coverage
  readonly passTargets: readonly Target[]
  readonly warningTargets: readonly Target[]
}

/** What `judge` says. Everything in it follows from its inputs. */
export interface Judgement {
  /** `errored`: what could not be asked would have decided; then `result` is fail and `score` null. */
  readonly state: 'succeeded' | 'errored'
  readonly result: Result
  /** What this evaluation counts as in later baselines: the result with the cap of `missingData` only. */
  readonly baselineResult: Result
  /** 0 to 100, unrounded, Keptn's. */
  readonly score: number | null
  readonly reasons: readonly Reason[]
  /** In file order. */
  readonly objectives: readonly JudgedObjective[]
  /** The union of all `comparedWith`, newest first. */
  readonly comparedEvaluations: readonly string[]
}

/** An earlier evaluation, as far as a baseline needs it. */
export interface Candidate {
  readonly id: string
  /** Its `baselineResult`. */
  readonly result: Result
  /** What it measured, a value each. */
  readonly values: readonly EarlierValue[]
}

export interface EarlierValue {
  readonly provider: string
  readonly name: string
  readonly definition: string | null
  readonly value: number
  /** Absent if the value was pushed, or recorded before a basis was. */
  readonly basis?: Basis
}
