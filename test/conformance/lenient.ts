import { aggregates, type Criterion, type CriteriaSet, type Objective, type Slo } from '../../slo/index.ts'
import type { KeptnObjective, KeptnSlo } from './case.ts'
import { keptnCriterion, keptnThreshold } from './keptn-number.ts'

/**
 * A file Pharos refuses, as the judge would take it if it did not: so that its arithmetic is compared nevertheless.
 * Undefined where Keptn computed with something the judge has no notion of (no criteria, an unknown aggregate, infinity).
 */
export function lenientSlo(slo: KeptnSlo, isMeasured: (sli: string) => boolean): Slo | undefined {
  const pass = keptnThreshold(slo.total_score?.pass ?? '')
  const warning = slo.total_score?.warning ? keptnThreshold(slo.total_score.warning) : null
  const aggregate = aggregates.find((known) => known === slo.comparison.aggregate_function)
  const objectives = (slo.objectives ?? []).map((objective) => lenientObjective(objective, isMeasured(objective.sli)))
  if (pass === undefined || warning === undefined || aggregate === undefined) return undefined
  if (!objectives.every((objective) => objective !== undefined)) return undefined
  return {
    specVersion: slo.spec_version,
    filter: [],
    comparison: { resultsMax: keptnLimit(slo.comparison), include: keptnInclude(slo.comparison), aggregate },
    objectives,
    totalScore: { pass, warning },
    findings: [],
    misspelt: [],
  }
}

export function keptnLimit(comparison: KeptnSlo['comparison']): number {
  if (comparison.compare_with === 'single_result') return 1
  return comparison.compare_with === 'several_results' ? comparison.number_of_comparison_results : 3
}

export function keptnInclude(comparison: KeptnSlo['comparison']): 'all' | 'pass' | 'pass_or_warn' {
  const word = comparison.include_result_with_score.toLowerCase()
  return word === 'pass' || word === 'pass_or_warn' ? word : 'all'
}

function lenientObjective(objective: KeptnObjective, isMeasured: boolean): Objective | undefined {
  const pass = lenientSets(objective.pass)
  const warning = lenientSets(objective.warning)
  // Keptn swallows a bad warning criterion together with the objective's other ones, but only where it judges them.
  const isSwallowed = warning === 'unreadable' && isMeasured && pass !== undefined && pass.length > 0
  if (typeof pass === 'string' || pass === undefined) return undefined
  if (typeof warning !== 'object' && !isSwallowed) return undefined
  return {
    indicator: objective.sli,
    displayName: objective.displayName,
    pass,
    warning: typeof warning === 'object' ? warning : [],
    weight: objective.weight,
    isKey: objective.key_sli,
    line: 1,
  }
}

function lenientSets(sets: KeptnObjective['pass']): readonly CriteriaSet[] | 'unreadable' | undefined {
  const lenient = (sets ?? []).map((set) => (set?.criteria ?? []).map(lenientCriterion))
  if (lenient.flat().includes(undefined)) return 'unreadable'
  const readable = lenient.map((set) => set.filter((criterion) => criterion !== undefined))
  return readable.every((set) => set.length > 0 && set.every(({ amount }) => Number.isFinite(amount)))
    ? readable
    : undefined
}

function lenientCriterion(text: string): Criterion | undefined {
  const criterion = keptnCriterion(text)
  if (criterion === undefined) return undefined
  const { operator, number, sign, isPercent } = criterion
  const kind = isPercent ? 'percent' : sign === '' ? 'absolute' : 'delta'
  return { text, operator, kind, amount: sign === '-' ? -number : number }
}
