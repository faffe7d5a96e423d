import { aggregateFunctions, type Aggregate } from '../../slo/index.ts'
import type { Delivered, KeptnObjective } from './case.ts'
import { keptnCriterion } from './keptn-number.ts'

/** What Pharos shall give for one objective, written a second time, from the specification instead of from slo/. */
export interface ExpectedObjective {
  readonly status: 'pass' | 'warning' | 'fail' | 'info'
  readonly score: number
  readonly value: number | null
  readonly comparedValue: number | null
  readonly passTargets: readonly ExpectedTarget[]
  readonly warningTargets: readonly ExpectedTarget[]
}

export interface ExpectedTarget {
  readonly criteria: string
  readonly targetValue: number | null
  readonly violated: boolean
}

export function expectedObjective(
  objective: KeptnObjective,
  value: number | undefined,
  baseline: number | undefined,
): ExpectedObjective {
  const pass = (objective.pass ?? []).map((set) => (set?.criteria ?? []).map((text) => targetOf(text, value, baseline)))
  const warning = (objective.warning ?? []).map((set) =>
    (set?.criteria ?? []).map((text) => targetOf(text, value, baseline)),
  )
  const status = pass.length === 0 ? 'info' : isMet(pass) ? 'pass' : isMet(warning) ? 'warning' : 'fail'
  return {
    status,
    score: { pass: objective.weight, warning: 0.5 * objective.weight, fail: 0, info: 0 }[status],
    value: value ?? null,
    comparedValue: finiteOrNull(baseline),
    passTargets: pass.flat(),
    warningTargets: warning.flat(),
  }
}

function isMet(sets: readonly (readonly ExpectedTarget[])[]): boolean {
  return sets.some((set) => set.every(({ violated }) => !violated))
}

function targetOf(text: string, value: number | undefined, baseline: number | undefined): ExpectedTarget {
  const criterion = keptnCriterion(text)
  if (criterion === undefined) return { criteria: text, targetValue: null, violated: true }
  const { operator, number, sign, isPercent } = criterion
  const change = sign === '-' ? -number : number
  const isAbsolute = sign === '' && !isPercent
  const relative =
    baseline === undefined ? undefined : isPercent ? (baseline * (100 + change)) / 100 : baseline + change
  const target = isAbsolute ? number : relative
  const holds = target === undefined || (Number.isFinite(target) && compares(value ?? Number.NaN, operator, target))
  return { criteria: text, targetValue: finiteOrNull(target), violated: value === undefined || !holds }
}

/** Whether `value operator target`. */
export function compares(value: number, operator: string, target: number): boolean {
  if (operator === '=') return value === target
  const orEqual = operator.endsWith('=') && value === target
  return orEqual || (operator.startsWith('<') ? value < target : value > target)
}

/** The result of a score, before policies. */
export function expectedResult(
  score: number,
  thresholds: { readonly pass: number; readonly warning: number | undefined },
  isKeyFailed: boolean,
): 'pass' | 'warning' | 'fail' {
  if (isKeyFailed) return 'fail'
  if (score >= thresholds.pass) return 'pass'
  return thresholds.warning !== undefined && score >= thresholds.warning ? 'warning' : 'fail'
}

type Previous = readonly (readonly (Delivered | null)[] | null)[]

/** An indicator's earlier values as Keptn took them (the newest N evaluations) and as Pharos does (that hold one). */
export function earlierValues(previous: Previous, metric: string, limit: number) {
  const perEvaluation = previous.map((indicators) =>
    (indicators ?? []).flatMap((indicator) =>
      indicator?.metric === metric && indicator.success === true ? [indicator.value ?? 0] : [],
    ),
  )
  // A negative limit is refused by Pharos; Keptn passed it on, and here it limits nothing.
  const max = limit < 0 ? perEvaluation.length : limit
  const holding = perEvaluation.slice(0, 50).filter((values) => values.length > 0)
  return { keptn: perEvaluation.slice(0, max).flat(), pharos: holding.slice(0, max).flat() }
}

export function aggregateOf(values: readonly number[], aggregate: Aggregate): number | undefined {
  return values.length === 0 ? undefined : aggregateFunctions[aggregate](values)
}

function finiteOrNull(number: number | undefined): number | null {
  return number !== undefined && Number.isFinite(number) ? number : null
}
