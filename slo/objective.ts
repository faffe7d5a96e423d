import type { Basis } from './basis.ts'
import type { Baseline } from './baseline.ts'
import { holds, targetOf } from './criterion.ts'
import type { JudgedObjective, Target } from './judgement.ts'
import type { Coverage, Measurement } from './measurement.ts'
import type { CriteriaSet, Objective } from './objectives.ts'

/** An objective with the inputs of its judgement. */
export interface JudgedPair {
  readonly objective: Objective
  readonly baseline: Baseline
  /** Whether its indicator was measured from partial data. */
  readonly isPartial: boolean
  /** The basis of its indicator's measurement. */
  readonly basis?: Basis
  readonly judged: JudgedObjective
}

/** Judges one objective: the points it earns, and the target of each of its criteria. */
export function judgeObjective(
  objective: Objective,
  measurement: Measurement,
  baseline: Baseline,
  coverage?: Coverage,
): JudgedObjective {
  const value = measurement.kind === 'measured' ? withoutNegativeZero(measurement.value) : undefined
  const pass = judgeSets(objective.pass, value, baseline.value)
  const warning = judgeSets(objective.warning, value, baseline.value)
  const status = statusOf(objective, pass.isMet, warning.isMet)
  return {
    indicator: objective.indicator,
    displayName: objective.displayName,
    provider: measurement.provider,
    name: measurement.name,
    definition: measurement.definition,
    query: measurement.query,
    status,
    points: pointsOf(status, objective.weight),
    weight: objective.weight,
    isKey: objective.isKey,
    value: value ?? null,
    comparedValue: finiteOrNull(baseline.value),
    comparedWith: baseline.comparedWith,
    outcome: measurement.kind === 'measured' ? 'measured' : measurement.outcome,
    message: measurement.kind === 'measured' ? '' : measurement.message,
    ...(coverage !== undefined && { coverage }),
    passTargets: pass.targets,
    warningTargets: warning.targets,
  }
}

/** All points for a pass, half for a warning. */
function pointsOf(status: JudgedObjective['status'], weight: number): number {
  if (status === 'pass') return weight
  return status === 'warning' ? weight / 2 : 0
}

function statusOf(objective: Objective, meetsPass: boolean, meetsWarning: boolean): JudgedObjective['status'] {
  if (objective.pass.length === 0) return 'info'
  if (meetsPass) return 'pass'
  return meetsWarning ? 'warning' : 'fail'
}

/** Met if all criteria of one set hold. Every criterion is judged anyway, so that every target is shown. */
function judgeSets(
  sets: readonly CriteriaSet[],
  value: number | undefined,
  baseline: number | undefined,
): { readonly isMet: boolean; readonly targets: readonly Target[] } {
  const targets: Target[] = []
  let isMet = false
  for (const set of sets) {
    let allHold = true
    for (const criterion of set) {
      const target = targetOf(criterion, baseline)
      const isViolated = value === undefined || !holds(criterion, value, target)
      if (isViolated) allHold = false
      targets.push({ criteria: criterion.text, targetValue: finiteOrNull(target), violated: isViolated })
    }
    if (allHold) isMet = true
  }
  return { isMet, targets }
}

function finiteOrNull(number: number | undefined): number | null {
  return number === undefined || !Number.isFinite(number) ? null : withoutNegativeZero(number)
}

/** -0 does not survive JSON, so judging an evaluation again would give a different judgement. */
function withoutNegativeZero(number: number): number {
  return number === 0 ? 0 : number
}
