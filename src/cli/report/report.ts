import type { Judgement, Target } from '../../../slo/index.ts'
import { exitCodes, type ExitCode } from '../terminal.ts'

/** What is told of one judged service, from wherever the judgement comes. */
export interface Report {
  /** `shop/staging/carts`, or the SLO's file. */
  readonly title: string
  readonly state: string
  readonly result: 'pass' | 'warning' | 'fail'
  readonly score: number | null
  /** Where a person finds it; undefined offline. */
  readonly link: string | undefined
  readonly reasons: readonly { readonly code: string; readonly message: string }[]
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
  readonly objectives: readonly ReportedObjective[]
  /** Why, in words; undefined where nobody can tell. */
  readonly explanation: string | undefined
  /** Everything, for programs. */
  readonly source: object
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
export function reportOf(title: string, judgement: Judgement & Pick<Report, 'warnings'>, explanation: string): Report {
  const { state, result, score, reasons, warnings, objectives } = judgement
  return {
    title,
    state,
    result,
    score,
    link: undefined,
    reasons,
    warnings,
    objectives,
    explanation,
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

/** A value as it is shown: short, and in full where shortening would change it much. */
export function shownNumber(number: number | null): string {
  if (number === null) return ''
  return String(Number(number.toPrecision(6)))
}

/** Whether a criterion says its target itself: `<600` does, `<=+10%` does not. */
export function isItsOwn({ criteria, targetValue }: Target): boolean {
  return targetValue === null || Number(criteria.replaceAll(' ', '').replace(/^[<=>]+(?![+-])/, '')) === targetValue
}

/** The headline: `fail, score 33.33`. */
export function headline({ state, result, score }: Report): string {
  const points = score === null ? '' : `, score ${shownNumber(score)}`
  return state === 'succeeded' ? `${result}${points}` : `${state}: ${result}`
}
