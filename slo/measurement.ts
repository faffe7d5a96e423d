import type { Basis } from './basis.ts'

/** Outcomes of an indicator that was asked and had no usable answer: its objective fails, Keptn's score stands. */
export const unusableOutcomes = ['no_data', 'ambiguous', 'invalid_value'] as const

/** Outcomes of an indicator that could not be asked at all: judged twice, see `judge`. */
export const unaskedOutcomes = ['unauthorized', 'rate_limited', 'timeout', 'upstream', 'config', 'bad_query'] as const

export const missingOutcomes = [...unusableOutcomes, ...unaskedOutcomes] as const

export type MissingOutcome = (typeof missingOutcomes)[number]

/** Who answered an indicator, and what was asked. `provider` + `name` is an indicator's identity over time. */
interface Asked {
  /** The objective's `sli`, as written. */
  readonly indicator: string
  /** The provider instance that answers; `pushed` for values the caller sent. */
  readonly provider: string
  /** The indicator's name at that provider: `indicator` without a provider prefix. */
  readonly name: string
  /** The query as its sli.yaml writes it, before placeholders; null for pushed values and undefined indicators. */
  readonly definition: string | null
  /** The query that was sent, secrets redacted; null when none was sent. */
  readonly query: string | null
  readonly warnings: readonly string[]
  /** What a value depends on; absent if nothing was asked, or if it was recorded before a basis was. */
  readonly basis?: Basis
}

export const partialData = ['unless_key', 'allowed'] as const

export type PartialData = (typeof partialData)[number]

/** How much of the window a value is based on, in samples: one for each time at which the series was read. */
export interface Coverage {
  /** Times with a sample, NaN or not. */
  readonly found: number
  /** Those of `found` with only NaN. */
  readonly nan: number
  /** All times in the window; at least `found`. */
  readonly expected: number
  /** Whether that is as much as the author of the indicator requires. */
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
  /** Present when not all of the data could be read: whether that is enough for key objectives too, or not. */
  readonly partial?: PartialData
  /** Present if values from all over the window became one. */
  readonly coverage?: Coverage
}

export interface Missing extends Asked {
  readonly kind: 'missing'
  readonly outcome: MissingOutcome
  /** A sentence for a person: what happened, and the usual cure where there is one. */
  readonly message: string
}

export type Measurement = Measured | Missing
