import {
  aggregateFunctions,
  aggregates,
  average,
  comparisons,
  operators,
  parseCriterion,
  percentile,
  verdictOf,
} from '../../slo/index.ts'
import type { z } from 'zod'
import type { AggregateCase, AverageCase, CompareCase, CriteriaCase, PercentileCase, ScoreCase } from './case.ts'
import type { Deviation } from './deviations.ts'
import { newFinding, same, type Finding } from './finding.ts'
import { criterionDeviation, keptnCriterion } from './keptn-number.ts'
import { issueCodes, parsedSlo } from './parsed.ts'

export function runCriteria({ input, expected }: z.infer<typeof CriteriaCase>): Finding {
  const finding = newFinding()
  const criterion = parseCriterion(input.criteria)
  const recorded = keptnCriterion(input.criteria)
  same(finding, 'recorded error', expected.error !== null, recorded === undefined)
  if (recorded) {
    same(finding, 'recorded operator', expected.operator, recorded.operator)
    same(finding, 'recorded value', JSON.stringify(String(expected.value)), JSON.stringify(String(recorded.number + 0)))
    same(finding, 'recorded checkPercentage', expected.checkPercentage, recorded.isPercent)
  }
  const deviation = criterionDeviation(input.criteria)
  if (deviation !== undefined) {
    same(finding, 'error', 'error' in criterion, true)
    if (expected.error === null) finding.deviations.add(`criterion_${deviation}`)
    return finding
  }
  if ('error' in criterion) {
    finding.differences.push(`error: ${criterion.message}`)
    return finding
  }
  const { value = 0, checkIncrease, checkPercentage, isComparison } = expected
  same(finding, 'operator', criterion.operator, expected.operator)
  same(finding, 'isComparison', criterion.kind !== 'absolute', isComparison)
  same(finding, 'checkPercentage', criterion.kind === 'percent', checkPercentage)
  same(finding, 'amount', criterion.amount === (isComparison && !checkIncrease ? -value : value), true)
  return finding
}

export function runAggregate({ input, expected }: z.infer<typeof AggregateCase>): Finding {
  const finding = newFinding()
  const values = input.results.flatMap(({ success, value }) => (success === true ? [value ?? 0] : []))
  same(finding, 'skip', values.length === 0, expected.skip)
  const known = aggregates.find((aggregate) => aggregate === input.function)
  if (known !== undefined) {
    same(finding, 'value', values.length === 0 ? 0 : aggregateFunctions[known](values), expected.value)
    return finding
  }
  const parsed = parsedSlo(
    JSON.stringify({ comparison: { aggregate_function: input.function }, total_score: { pass: '90%' } }),
  )
  const deviation: Deviation = input.function === '' ? 'aggregate_default' : 'aggregate_unknown'
  finding.deviations.add(deviation)
  same(finding, 'recorded value', expected.value, 0)
  same(finding, 'issues', issueCodes(parsed), input.function === '' ? [] : ['unknown_word'])
  if ('comparison' in parsed) same(finding, 'aggregate', parsed.comparison.aggregate, 'avg')
  return finding
}

export function runPercentile({ input, expected }: z.infer<typeof PercentileCase>): Finding {
  const finding = newFinding()
  same(finding, 'value', percentile(input.values, input.p), expected.value)
  return finding
}

export function runAverage({ input, expected }: z.infer<typeof AverageCase>): Finding {
  const finding = newFinding()
  same(finding, 'value', average(input.values), expected.value)
  return finding
}

export function runCompare({ input, expected }: z.infer<typeof CompareCase>): Finding {
  const finding = newFinding()
  const operator = operators.find((known) => known === input.operator)
  same(finding, 'error', operator === undefined, expected.error !== null)
  const satisfied = operator !== undefined && comparisons[operator](input.measured, input.target)
  same(finding, 'satisfied', satisfied, expected.satisfied)
  return finding
}

export function runScore({ input, expected }: z.infer<typeof ScoreCase>): Finding {
  const finding = newFinding()
  const parsed = parsedSlo(JSON.stringify({ total_score: input.totalScore }))
  same(finding, 'error', !('totalScore' in parsed), expected.error !== null)
  if (!('totalScore' in parsed)) return finding
  const counting = (input.indicatorResults ?? []).filter(({ passTargets }) => passTargets && passTargets.length > 0)
  const earned = counting.reduce((sum, { score }) => sum + score, 0)
  const verdict = verdictOf(parsed.totalScore, earned, input.maximumAchievableScore, input.keySli.failed)
  same(finding, 'score', verdict.score, expected.score)
  same(finding, 'result', verdict.result, expected.result)
  return finding
}
