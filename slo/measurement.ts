import type { Basis } from './basis.ts'

/** Outcomes of an indicator that was queried without a usable reply: its objective fails, and the score is Keptn's. */
export const unusableOutcomes = ['no_data', 'ambiguous', 'invalid_value'] as const

/** Outcomes of an indicator that could not be queried at all: judged twice, see `judge`. */
export const unaskedOutcomes = ['unauthorized', 'rate_limited', 'timeout', 'upstream', 'config', 'bad_query'] as const

export const missingOutcomes = [...unusableOutcomes, ...unaskedOutcomes] as const

export type MissingOutcome = (typeof missingOutcomes)[number]

/** Which provider was asked, and for what. `provider` + `name` is an indicator's identity over time. */
interface Asked {
  /** The objective's `sli`, as written. */
  readonly indicator: string
  /** The provider instance; `pushed` for values that the caller sent. */
  readonly provider: string
  /** The indicator's name at that provider: `indicator` without a provider prefix. */
  readonly name: string
  /** The query as written in the sli.yaml, placeholders included; null for pushed values and undefined indicators. */
  readonly definition: string | null
  /** The query that was sent, secrets redacted; null if none was sent. */
  readonly query: string | null
  readonly warnings: readonly string[]
  /** Everything the value depends on; absent if nothing was queried, or if it was recorded by a version without bases. */
  readonly basis?: Basis
}

export const partialData = ['unless_key', 'allowed'] as const

export type PartialData = (typeof partialData)[number]

/** How much of the window a value is based on, in samples: one for each point in time at which the series was read. */
export interface Coverage {
  /** Points in time with a sample, NaN or not. */
  readonly found: number
  /** Those of `found` that had only NaN. */
  readonly nan: number
  /** All points in time of the window; at least `found`. */
  readonly expected: number
  /** Whether that is as much as the indicator's author requires. */
  readonly isEnough: boolean
}

/** `12 of 241 samples, 3 of them NaN`. */
export function coverageText({ found, nan, expected }: Coverage): string {
  const samples = expected === 1 ? 'sample' : 'samples'
  return `${found} of ${expected} ${samples}${nan === 0 ? '' : `, ${nan} of them NaN`}`
}

export interface Measured extends Asked {
  readonly kind: 'measured'
  /** Finite. */
  readonly value: number
  /** Present if only part of the data could be read: whether that is enough even for key objectives. */
  readonly partial?: PartialData
  /** Present if values from the whole window were reduced to one. */
  readonly coverage?: Coverage
}

export interface Missing extends Asked {
  readonly kind: 'missing'
  readonly outcome: MissingOutcome
  /** A sentence: what happened, and the usual fix if there is one. */
  readonly message: string
}

export type Measurement = Measured | Missing
