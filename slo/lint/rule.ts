import type { SloReading } from '../slo-reading.ts'
import type { Objective } from '../objectives.ts'
import type { SliReading } from '../sli-reading.ts'
import type { Series } from './series.ts'

/** `error`: the file is refused. `warning`: it does not do what it seems to. `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info'

/** Something a file says that its author most likely did not mean. Places count from 1. */
export interface Finding {
  readonly rule: string
  readonly severity: Severity
  /** The sli.yaml it is about, as named by the caller; absent for the SLO. */
  readonly file?: string
  readonly line: number
  readonly column: number
  /** A sentence: what the file does. */
  readonly message: string
  /** What to write instead. */
  readonly fix: string
  /** The `sli` of the objective, or the name of the indicator in its sli.yaml. */
  readonly indicator?: string
}

/** A finding as reported by a rule: at an offset of the SLO or, with `sli`, of an SLI file. */
export interface Found {
  readonly sli?: SliText
  readonly at: number
  readonly message: string
  readonly fix: string
  readonly indicator?: string
}

/** An sli.yaml that could be read. */
export interface SliText {
  readonly file: string
  readonly reading: SliReading
}

/** The input of the rules: an SLO that could be read, its SLI files as far as known, and earlier values. */
export interface Subject {
  readonly slo: SloReading
  readonly text: string
  readonly slis: readonly SliText[]
  /** Whether each SLI file could be read. */
  readonly hasAllSlis: boolean
  readonly series: ReadonlyMap<Objective, Series>
}

/** Texts for the docs and tests. `earlier` holds values by indicator, newest first, all of the same version. */
export interface Example {
  readonly slo: string
  readonly sli?: string
  readonly earlier?: Readonly<Record<string, readonly number[]>>
}

export interface Rule {
  readonly id: string
  readonly severity: Severity
  /** For the docs: what is found, and why it matters. */
  readonly summary: string
  /** An example with this finding and no others. */
  readonly bad: Example
  /** An example without findings. */
  readonly good: Example
  readonly find: (subject: Subject) => readonly Found[]
}
