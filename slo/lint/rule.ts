import type { SloReading } from '../slo-reading.ts'
import type { Objective } from '../objectives.ts'
import type { SliReading } from '../sli-reading.ts'
import type { Series } from './series.ts'

/** `error`: the file is refused. `warning`: it does something else than it seems to. `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info'

/** Something a file says that its author most likely did not mean. Places count from 1. */
export interface Finding {
  readonly rule: string
  readonly severity: Severity
  /** Of the sli.yaml it is about, as the caller named it; absent for the SLO. */
  readonly file?: string
  readonly line: number
  readonly column: number
  /** A sentence: what it does. */
  readonly message: string
  /** What to write instead. */
  readonly fix: string
  /** The `sli` of the objective that it is about, or the name of the indicator in its sli.yaml. */
  readonly indicator?: string
}

/** A finding as a rule makes it: at an offset of the SLO, or of one of the SLI files. */
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

/** What is linted: an SLO that could be read, its SLI files as far as they are known, earlier evaluations newest first. */
export interface Subject {
  readonly slo: SloReading
  readonly text: string
  readonly slis: readonly SliText[]
  /** Whether each SLI file could be read. */
  readonly hasAllSlis: boolean
  readonly series: ReadonlyMap<Objective, Series>
}

/** Texts for documents and tests. `earlier` holds values by indicator, newest first, all of one version. */
export interface Example {
  readonly slo: string
  readonly sli?: string
  readonly earlier?: Readonly<Record<string, readonly number[]>>
}

export interface Rule {
  readonly id: string
  readonly severity: Severity
  /** For the document: what is found, and why it matters. */
  readonly summary: string
  /** It has this finding and no other. */
  readonly bad: Example
  /** It has none. */
  readonly good: Example
  readonly find: (subject: Subject) => readonly Found[]
}
