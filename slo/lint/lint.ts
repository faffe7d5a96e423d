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

/** A single slip can cause hundreds of findings. */
const findingsMax = 500

/** An sli.yaml; its findings refer to it as `file`. */
export interface LintedSli {
  readonly file: string
  readonly text: string
}

/** `misspeltKeys: 'allow'` is for projects whose policy does not refuse such files: misspelt keys are then warnings. */
export interface LintOptions {
  readonly misspeltKeys?: 'refuse' | 'allow'
  /** Limits for reading the SLO. */
  readonly limits?: SloLimits
}

/**
 * Finds what an `slo.yaml` says but its author most likely did not mean, in the order of the file, then the same in its
 * `sli.yaml` files; without these, indicators are not checked. `history` has earlier evaluations, newest first. A text that
 * is refused has only errors as findings. Never throws, whatever the texts.
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
  // Misspelt keys that make a file refused are already among the errors.
  const severityOf = ({ id, severity }: Rule): Severity => (id === 'misspelt_key' ? 'warning' : severity)
  const rules = lintRules.filter(({ id }) => !flawCodes.includes(id))
  return [...errors, ...inOrder(findingsOf(subject, rules, severityOf), readable)].slice(0, findingsMax)
}

/** What `lint` finds in SLI files without an SLO, as if every indicator were used. */
export function lintSlis(
  sliTexts: readonly LintedSli[],
  options: LintOptions = {},
): readonly (Finding & { readonly file: string })[] {
  const names = sliTexts.flatMap(({ text }) => [...(reading(() => readSli(text), 'allow').value?.queries.keys() ?? [])])
  const objectives = names.filter((name) => name !== '').map((name) => ({ sli: name }))
  const slo = JSON.stringify({ objectives, total_score: { pass: 90 } })
  // The files may have any number of indicators.
  return lint(slo, sliTexts, [], { limits: acceptedSloLimits, ...options }).flatMap(({ file, ...finding }) =>
    file === undefined ? [] : [{ ...finding, file }],
  )
}

/** Only what `lint` finds because of a history; nothing if the text is refused. Both lists are newest first. */
export type HistoryLinter = (
  /** The evaluations that the next value is compared with. */
  candidates: readonly Candidate[],
  /** Recent evaluations, whatever their result; the candidates if absent. */
  recent?: readonly RecentEvaluation[],
) => readonly Finding[]

/** Reads an `slo.yaml` that was accepted earlier, possibly with other limits, once for many histories. */
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

/** Mistakes that are errors although the rest of the file is still used. */
const flawCodes: readonly string[] = ['query_empty']

interface Read<Reading> {
  /** Undefined if the text is refused. */
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
    fix: fix ?? usualFixes[code] ?? 'fix this line',
  }
}

/** Fixes for mistakes that do not show what was intended. */
const usualFixes: Readonly<Record<string, string>> = {
  total_score_missing: 'write total_score: {pass: "90%", warning: "75%"}',
  threshold_invalid: 'write a number from 0 to 100, such as "90%"',
  criterion_invalid: 'write an operator and a number in quotes, such as "<=600" or "<=+10%"',
  criteria_empty: 'add criteria to the entry, or remove it',
  empty_entry: 'add criteria to the entry, or remove it',
  weight_invalid: 'write a whole number of at least 1',
  comparison_number_invalid: 'write a whole number from 1 to 100',
  duplicate_key: 'remove one of the two',
  indicators_missing: 'write indicators: followed by a query for each name',
  empty: 'add content to the file, or remove it',
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

/** The SLO's findings first, then those of each file, in the order of their lines. */
function inOrder(findings: readonly Finding[], slis: readonly SliText[]): readonly Finding[] {
  const placeOf = ({ file }: Finding): number => slis.findIndex((sli) => sli.file === file)
  return findings.toSorted(
    (one, other) => placeOf(one) - placeOf(other) || one.line - other.line || one.column - other.column,
  )
}
