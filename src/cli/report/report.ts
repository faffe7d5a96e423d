import {
  shownAlone,
  shownObjective,
  shownPoints,
  shownScore,
  type Judgement,
  type Target,
  type TotalScore,
} from '../../../slo/index.ts'
import { exitCodes, type ExitCode } from '../terminal.ts'

/** What is told of one judged service, from wherever the judgement comes. */
export interface Report {
  /** `shop/staging/carts`, or the SLO's file. */
  readonly title: string
  readonly state: string
  readonly result: 'pass' | 'warning' | 'fail'
  readonly score: number | null
  /** Its result was taken back: it opens no gate. */
  readonly isInvalidated: boolean
  /** Undefined where there is no SLO. */
  readonly totalScore: TotalScore | undefined
  /** Whether it was reused, retried or invalidated; a line each. */
  readonly standing: readonly string[]
  /** Where a person finds it; undefined offline. */
  readonly link: string | undefined
  readonly reasons: readonly { readonly code: string; readonly message: string }[]
  readonly warnings: readonly ReportedWarning[]
  readonly objectives: readonly ReportedObjective[]
  /** Why, in words; undefined where nobody can tell. */
  readonly explanation: string | undefined
  /** Whether the explanation was asked for: then it is shown in full. */
  readonly isExplained: boolean
  /** Everything, for programs. */
  readonly source: object
}

export interface ReportedWarning {
  readonly code: string
  readonly message: string
  /** Where, when it is about a file. */
  readonly file?: unknown
  readonly line?: unknown
  readonly column?: unknown
}

export interface ReportedObjective {
  readonly indicator: string
  readonly displayName: string
  readonly status: 'pass' | 'warning' | 'fail' | 'info'
  readonly points: number
  readonly weight: number
  readonly isKey: boolean
  readonly value: number | null
  readonly comparedValue: number | null
  readonly outcome: string
  readonly message: string
  readonly passTargets: readonly Target[]
  readonly warningTargets: readonly Target[]
}

/** A judgement of this process as a report. */
export function reportOf(
  title: string,
  { totalScore, ...judgement }: Judgement & Pick<Report, 'warnings' | 'totalScore'>,
  explanation: string,
): Report {
  const { state, result, score, reasons, warnings, objectives } = judgement
  return {
    title,
    state,
    result,
    score,
    totalScore,
    isInvalidated: false,
    standing: [],
    link: undefined,
    reasons,
    warnings,
    objectives,
    explanation,
    isExplained: false,
    source: judgement,
  }
}

/** How the program ends for a result. */
export function exitCodeOf({ state, result }: Pick<Report, 'state' | 'result'>, failsOnWarning: boolean): ExitCode {
  if (state !== 'succeeded') return exitCodes.undecided
  if (result === 'fail') return exitCodes.failed
  return result === 'warning' && failsOnWarning ? exitCodes.warning : exitCodes.ok
}

export function titleOf({ displayName, indicator }: ReportedObjective): string {
  return displayName === '' || displayName === indicator ? indicator : `${displayName} (${indicator})`
}

/** An objective as shown: each number on its side of the others, and the criteria that were needed. */
export interface ShownNumbers {
  /** The outcome where there is no value. */
  readonly value: string
  readonly before: string
  readonly points: string
  /** In file order. */
  readonly needed: readonly { readonly criteria: string; readonly limit: string | null; readonly isViolated: boolean }[]
}

export function shownNumbers(objective: ReportedObjective): ShownNumbers {
  const { value, comparedValue, limits } = shownObjective(objective)
  const { outcome, status, points, weight, passTargets } = objective
  return {
    value: value ?? outcome,
    before: comparedValue ?? '',
    points: status === 'info' ? '' : `${shownPoints(points, weight)}/${weight}`,
    needed: passTargets.map(({ criteria, violated }, place) => ({
      criteria,
      limit: limits[place] ?? null,
      isViolated: violated,
    })),
  }
}

/** Why indicators have no value, a sentence for each cause. */
export function unmeasuredSentences(objectives: readonly ReportedObjective[]): readonly string[] {
  const unmeasured = objectives.filter(({ value }) => value === null)
  const causes = Map.groupBy(unmeasured, whyUnmeasured)
  return [...causes].map(([cause, alike]) => {
    const names = [...new Set(alike.map(titleOf))]
    return `${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} not measured ${cause}`
  })
}

/** `(timeout): No answer came within 30 s.` */
export function whyUnmeasured({ outcome, message }: ReportedObjective): string {
  return message === '' ? `(${outcome}).` : `(${outcome}): ${message.replace(/\.?$/, '.')}`
}

/** The headline: `fail, score 33.33`. */
export function headline(report: Report): string {
  return report.isInvalidated ? `invalidated, was ${resultLine(report)}` : resultLine(report)
}

function resultLine({ state, result, score, totalScore }: Report): string {
  if (state !== 'succeeded') return `${state}: ${result}`
  if (score === null) return result
  return `${result}, score ${totalScore === undefined ? shownAlone(score) : shownScore(score, totalScore)}`
}
