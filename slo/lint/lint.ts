import type { Candidate } from '../judgement.ts'
import { readSli } from '../sli-reading.ts'
import { readSlo } from '../slo-reading.ts'
import { defaultSloLimits } from '../slo.ts'
import type { Note } from '../fields.ts'
import { YamlError, type Place } from '../yaml.ts'
import { historyRules } from './history-rules.ts'
import type { Finding, Rule, SliText, Subject } from './rule.ts'
import { lintRules } from './rules.ts'
import { seriesOf } from './series.ts'

export type { Finding, Severity } from './rule.ts'
export { lintRules } from './rules.ts'

/** One slip can have hundreds of consequences. */
const findingsMax = 500

/** An sli.yaml; `file` is how its findings name it. */
export interface LintedSli {
  readonly file: string
  readonly text: string
}

/**
 * What an `slo.yaml` says that its author most likely did not mean, in the order of the file; then the same of the `sli.yaml`
 * files behind it, without which nothing is said about indicators. `history` are earlier evaluations, newest first. A text
 * that is refused has errors for findings, and nothing else is said of it. Never throws, whatever the texts.
 */
export function lint(
  sloText: string,
  sliTexts: readonly LintedSli[] = [],
  history: readonly Candidate[] = [],
): readonly Finding[] {
  const slis = sliTexts.map(({ file, text }) => ({ file, read: reading(() => readSli(text)) }))
  const slo = reading(() => readSlo(sloText, defaultSloLimits))
  const errors = [...slo.errors, ...slis.flatMap(({ file, read }) => read.errors.map((error) => ({ ...error, file })))]
  if (slo.value === undefined || slo.errors.length > 0) return errors.slice(0, findingsMax)
  const readable = slis.flatMap(({ file, read }) =>
    read.value === undefined || read.errors.length > 0 ? [] : [{ file, reading: read.value }],
  )
  const hasAllSlis = readable.length === slis.length
  const subject = {
    slo: slo.value,
    text: sloText,
    slis: readable,
    hasAllSlis,
    series: seriesOf(slo.value.content, history, history),
  }
  return [...errors, ...inOrder(findingsOf(subject, lintRules), readable)].slice(0, findingsMax)
}

/** What `lint` finds because of a history, and nothing else; of a text that is refused, nothing. Both are newest first. */
export type HistoryLinter = (
  /** What the next value is compared with. */
  candidates: readonly Candidate[],
  /** What was measured of late, whatever came of it; absent, that is the same. */
  recent?: readonly Candidate[],
) => readonly Finding[]

/** Reads an `slo.yaml` once, for many histories. */
export function historyLinter(sloText: string): HistoryLinter {
  const { value, errors } = reading(() => readSlo(sloText, defaultSloLimits))
  if (value === undefined || errors.length > 0) return () => []
  const known = { slo: value, text: sloText, slis: [], hasAllSlis: true }
  return (candidates, recent = candidates) => {
    const subject = { ...known, series: seriesOf(value.content, candidates, recent) }
    return inOrder(findingsOf(subject, historyRules), []).slice(0, findingsMax)
  }
}

interface Read<Reading> {
  readonly value: Reading | undefined
  readonly errors: readonly Finding[]
}

function reading<Reading extends { readonly notes: { readonly issues: readonly Note[] }; placeOf(at: number): Place }>(
  read: () => Reading,
): Read<Reading> {
  try {
    const value = read()
    const issues = value.notes.issues.toSorted((one, other) => one.at - other.at)
    return { value, errors: issues.map((issue) => errorOf({ ...issue, ...value.placeOf(issue.at) })) }
  } catch (error) {
    if (error instanceof YamlError) return { value: undefined, errors: error.issues.map(errorOf) }
    throw error
  }
}

function errorOf({ code, message, line, column, fix }: Place & Omit<Note, 'at'>): Finding {
  return { rule: code, severity: 'error', line, column, message, fix: fix ?? 'mend it: the file is refused as it is' }
}

function findingsOf(subject: Subject, rules: readonly Rule[]): readonly Finding[] {
  return rules.flatMap(({ id, severity, find }) =>
    find(subject).map(({ sli, at, message, fix }): Finding => {
      const place = (sli?.reading ?? subject.slo).placeOf(at)
      return {
        rule: id,
        severity,
        ...(sli && { file: sli.file }),
        line: place.line,
        column: place.column,
        message,
        fix,
      }
    }),
  )
}

/** The SLO's first, then those of each file, each in the order of its lines. */
function inOrder(findings: readonly Finding[], slis: readonly SliText[]): readonly Finding[] {
  const placeOf = ({ file }: Finding): number => slis.findIndex((sli) => sli.file === file)
  return findings.toSorted(
    (one, other) => placeOf(one) - placeOf(other) || one.line - other.line || one.column - other.column,
  )
}
