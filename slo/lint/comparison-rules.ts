import { below } from './place.ts'
import type { Found, Rule, Subject } from './rule.ts'

const rest = 'objectives: [{sli: a, pass: [{criteria: ["<=+10%", "<600"]}]}]\ntotal_score: {pass: "90%"}\n'

/** With fewer values, the percentile is simply the largest one. */
const valuesFor = { p50: 1, p90: 10, p95: 20, avg: 1 } as const

function comparisonField({ slo }: Subject, key: string) {
  return below(slo.root, 'comparison', key)
}

function numberIgnored(subject: Subject): readonly Found[] {
  const number = comparisonField(subject, 'number_of_comparison_results')
  const word = comparisonField(subject, 'compare_with')
  if (number?.kind !== 'scalar' || word?.kind !== 'scalar' || word.text !== 'single_result' || number.text === '1')
    return []
  const message = `compare_with is single_result, so number_of_comparison_results: ${number.text} has no effect`
  return [{ at: number.at, message, fix: 'write compare_with: several_results, or remove the number' }]
}

/** If the number is missing or 0, Keptn's default applies. */
function numberMissing(subject: Subject): readonly Found[] {
  const number = comparisonField(subject, 'number_of_comparison_results')
  const word = comparisonField(subject, 'compare_with')
  const isZero = number?.kind === 'scalar' && Number(number.text) === 0
  if (word?.kind !== 'scalar' || word.text !== 'several_results' || (number !== undefined && !isZero)) return []
  const { resultsMax } = subject.slo.content.comparison
  const message = `several_results without number_of_comparison_results means ${resultsMax}`
  return [
    {
      at: (number ?? word).at,
      message: isZero ? `number_of_comparison_results: 0 counts as ${resultsMax}` : message,
      fix: `write number_of_comparison_results: ${resultsMax}`,
    },
  ]
}

function percentileOfFew(subject: Subject): readonly Found[] {
  const { aggregate, resultsMax } = subject.slo.content.comparison
  const field = comparisonField(subject, 'aggregate_function')
  const needed = valuesFor[aggregate]
  if (field === undefined || resultsMax === 1 || resultsMax >= needed) return []
  const message = `the ${aggregate} of at most ${resultsMax} earlier values is simply the largest of them`
  return [{ at: field.at, message, fix: `compare with at least ${needed} results, or use avg or p50` }]
}

function aggregateIgnored(subject: Subject): readonly Found[] {
  const field = comparisonField(subject, 'aggregate_function')
  if (field?.kind !== 'scalar' || subject.slo.content.comparison.resultsMax !== 1 || field.text === 'avg') return []
  const message = `only one earlier result is compared with, so aggregate_function: ${field.text} has no effect`
  return [{ at: field.at, message, fix: 'compare with several_results, or remove aggregate_function' }]
}

/** If failed builds count, the next build is compared with the failed one and passes. */
function failedBaseline(subject: Subject): readonly Found[] {
  const { comparison, objectives } = subject.slo.content
  const isRelative = objectives.some(({ pass }) => pass.flat().some(({ kind }) => kind !== 'absolute'))
  if (comparison.include !== 'all' || comparison.resultsMax > 1 || !isRelative) return []
  const at =
    comparisonField(subject, 'include_result_with_score')?.at ??
    (below(subject.slo.root, 'comparison') ?? subject.slo.root).at
  const message =
    'each build is compared with the previous one even if that one failed, so the second of two bad builds passes'
  return [{ at, message, fix: 'write include_result_with_score: pass or pass_or_warn' }]
}

export const comparisonRules: readonly Rule[] = [
  {
    id: 'comparison_number_ignored',
    severity: 'warning',
    summary: '`number_of_comparison_results` has no effect with `compare_with: single_result`.',
    find: numberIgnored,
    bad: {
      slo: `comparison: {compare_with: single_result, number_of_comparison_results: 5, include_result_with_score: pass}\n${rest}`,
    },
    good: { slo: `comparison: {compare_with: several_results, number_of_comparison_results: 5}\n${rest}` },
  },
  {
    id: 'comparison_number_missing',
    severity: 'info',
    summary: '`several_results` means 3 results if `number_of_comparison_results` is missing or 0.',
    find: numberMissing,
    bad: { slo: `comparison: {compare_with: several_results}\n${rest}` },
    good: { slo: `comparison: {compare_with: several_results, number_of_comparison_results: 3}\n${rest}` },
  },
  {
    id: 'percentile_of_few',
    severity: 'warning',
    summary:
      'The p90 of at most 9 values and the p95 of at most 19 are simply the largest value, so one bad build decides.',
    find: percentileOfFew,
    bad: {
      slo: `comparison: {compare_with: several_results, number_of_comparison_results: 5, aggregate_function: p90}\n${rest}`,
    },
    good: {
      slo: `comparison: {compare_with: several_results, number_of_comparison_results: 10, aggregate_function: p90}\n${rest}`,
    },
  },
  {
    id: 'aggregate_ignored',
    severity: 'info',
    summary: 'With only one earlier result, there is nothing to aggregate.',
    find: aggregateIgnored,
    bad: {
      slo: `comparison: {compare_with: single_result, aggregate_function: p95, include_result_with_score: pass}\n${rest}`,
    },
    good: {
      slo: `comparison: {compare_with: several_results, number_of_comparison_results: 3, aggregate_function: p50}\n${rest}`,
    },
  },
  {
    id: 'failed_baseline',
    severity: 'info',
    summary:
      'With `single_result` and `all`, a build is compared even with a failed one, so the second of two bad builds in a row passes.',
    find: failedBaseline,
    bad: {
      slo: `comparison: {compare_with: single_result}\n${rest}`,
    },
    good: { slo: `comparison: {compare_with: single_result, include_result_with_score: pass}\n${rest}` },
  },
]
