import type { Candidate } from '../judgement.ts'
import { readSli } from '../sli-reading.ts'
import { readSlo, type SloReading } from '../slo-reading.ts'
import { acceptedSloLimits, defaultSloLimits, type SloLimits } from '../slo.ts'
import type { Note } from '../fields.ts'
import { YamlError, type Place } from '../yaml.ts'
import { historyRules } from './history-rules.ts'
import type { Finding, Rule, Severity, SliText, Subject } from './rule.ts'
import { lintRules } from './rules.ts'
import { seriesOf, type RecentEvaluation } from './series.ts'

export type { Finding, Severity } from './rule.ts'
export { lintRules } from './rules.ts'
export { buildLabels, buildOf, type RecentEvaluation } from './series.ts'

/** One slip can have hundreds of consequences. */
const findingsMax = 500

/** An sli.yaml; `file` is how its findings name it. */
export interface LintedSli {
  readonly file: string
  readonly text: string
}

/** `allow` treats misspelt keys as findings, for projects whose policy does not refuse such files. */
export interface LintOptions {
  readonly misspeltKeys?: 'refuse' | 'allow'
  /** How much is read of the SLO. */
  readonly limits?: SloLimits
}

/**
 * What an `slo.yaml` says that its author most likely did not mean, in the order of the file; then the same of the `sli.yaml`
 * files behind it, without which nothing is said about indicators. `history` are earlier evaluations, newest first. A text
 * that is refused has errors for findings, and nothing else is said of it. Never throws, whatever the texts.
 */
export function lint(
  sloText: string,
  sliTexts: readonly LintedSli[] = [],
  history: readonly RecentEvaluation[] = [],
  { misspeltKeys = 'refuse', limits = defaultSloLimits }: LintOptions = {},
): readonly Finding[] {
  const slis = sliTexts.map(({ file, text }) => ({ file, read: reading(() => readSli(text), misspeltKeys) }))
  const slo = reading(() => readSlo(sloText, limits), misspeltKeys)
  const errors = [...slo.errors, ...slis.flatMap(({ file, read }) => read.errors.map((error) => ({ ...error, file })))]
  if (slo.value === undefined) return errors.slice(0, findingsMax)
  const readable = slis.flatMap(({ file, read }) => (read.value === undefined ? [] : [{ file, reading: read.value }]))
  const hasAllSlis = readable.length === slis.length
  const subject = {
    slo: slo.value,
    text: sloText,
    slis: readable,
    hasAllSlis,
    series: seriesOf(slo.value.content, history, history),
  }
  // Those that refuse a file are among the errors already.
  const severityOf = ({ id, severity }: Rule): Severity => (id === 'misspelt_key' ? 'warning' : severity)
  const rules = lintRules.filter(({ id }) => !flawCodes.includes(id))
  return [...errors, ...inOrder(findingsOf(subject, rules, severityOf), readable)].slice(0, findingsMax)
}

/** What `lint` finds in SLI files without an SLO: as if each of their indicators were asked for. */
export function lintSlis(
  sliTexts: readonly LintedSli[],
  options: LintOptions = {},
): readonly (Finding & { readonly file: string })[] {
  const names = sliTexts.flatMap(({ text }) => [...(reading(() => readSli(text), 'allow').value?.queries.keys() ?? [])])
  const objectives = names.filter((name) => name !== '').map((name) => ({ sli: name }))
  const slo = JSON.stringify({ objectives, total_score: { pass: 90 } })
  // As many as the files have.
  return lint(slo, sliTexts, [], { limits: acceptedSloLimits, ...options }).flatMap(({ file, ...finding }) =>
    file === undefined ? [] : [{ ...finding, file }],
  )
}

/** What `lint` finds because of a history, and nothing else; of a text that is refused, nothing. Both are newest first. */
export type HistoryLinter = (
  /** What the next value is compared with. */
  candidates: readonly Candidate[],
  /** What was measured of late, whatever came of it; absent, that is the same. */
  recent?: readonly RecentEvaluation[],
) => readonly Finding[]

/** Reads an `slo.yaml` that was accepted, by whatever limits, once for many histories. */
export function historyLinter(sloText: string): HistoryLinter {
  const { value } = reading(() => readSlo(sloText, acceptedSloLimits), 'allow')
  if (value === undefined) return () => []
  const known = { slo: value, text: sloText, slis: [], hasAllSlis: true }
  return (candidates, recent = candidates) => {
    const subject = { ...known, series: seriesOf(value.content, candidates, recent) }
    return inOrder(
      findingsOf(subject, historyRules, ({ severity }) => severity),
      [],
    ).slice(0, findingsMax)
  }
}

/** Mistakes in one part of a file whose other parts are still used: errors, whether or not the rest can be read. */
const flawCodes: readonly string[] = ['query_empty']

interface Read<Reading> {
  /** Undefined when the text is refused. */
  readonly value: Reading | undefined
  readonly errors: readonly Finding[]
}

function reading<Reading extends Pick<SloReading, 'notes' | 'placeOf'>>(
  read: () => Reading,
  misspeltKeys: 'refuse' | 'allow',
): Read<Reading> {
  try {
    const value = read()
    const { issues, findings, misspelt } = value.notes
    const refusing = misspeltKeys === 'refuse' ? [...issues, ...misspelt] : issues
    const flaws = findings.filter(({ code }) => flawCodes.includes(code))
    const inOrderOfFile = [...refusing, ...flaws].toSorted((one, other) => one.at - other.at)
    const errors = inOrderOfFile.map((issue) => errorOf({ ...issue, ...value.placeOf(issue.at) }))
    return { value: refusing.length === 0 ? value : undefined, errors }
  } catch (error) {
    if (error instanceof YamlError) return { value: undefined, errors: error.issues.map(errorOf) }
    throw error
  }
}

function errorOf({ code, message, line, column, fix }: Place & Omit<Note, 'at'>): Finding {
  return {
    rule: code,
    severity: 'error',
    line,
    column,
    message,
    fix: fix ?? usualFixes[code] ?? 'correct this line',
  }
}

/** For mistakes that do not show what was intended. */
const usualFixes: Readonly<Record<string, string>> = {
  total_score_missing: 'write total_score: {pass: "90%", warning: "75%"}',
  threshold_invalid: 'write a number from 0 to 100, such as "90%"',
  criterion_invalid: 'write an operator and a number in quotes, such as "<=600" or "<=+10%"',
  criteria_empty: 'give the entry criteria, or remove it',
  empty_entry: 'give the entry criteria, or remove it',
  weight_invalid: 'write a whole number from 1',
  comparison_number_invalid: 'write a whole number from 1 to 100',
  duplicate_key: 'remove one of the two',
  indicators_missing: 'write indicators: and below it a query for each name',
  empty: 'write something into the file, or remove it',
}

function findingsOf(
  subject: Subject,
  rules: readonly Rule[],
  severityOf: (rule: Rule) => Severity,
): readonly Finding[] {
  return rules.flatMap((rule) =>
    rule.find(subject).map(({ sli, at, message, fix, indicator }): Finding => {
      const place = (sli?.reading ?? subject.slo).placeOf(at)
      return {
        rule: rule.id,
        severity: severityOf(rule),
        ...(sli && { file: sli.file }),
        line: place.line,
        column: place.column,
        message,
        fix,
        ...(indicator !== undefined && { indicator }),
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
