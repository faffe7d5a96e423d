import type { KeptnObjective, KeptnSlo } from './case.ts'
import { criterionDeviation, isDecimal, keptnThreshold } from './keptn-number.ts'
import type { KeptnReading } from './keptn-slo.ts'

/** Every way Pharos means to differ from Keptn 1.4.5: a name, the quirk it settles, and what Pharos gives instead. */
export const deviations = {
  total_score_required: 'Q26: a file without a readable total_score is refused before anything is measured',
  threshold_range: 'Q27: total_score is a decimal from 0 to 100; anything else is refused',
  criterion_unreadable:
    'Q20-Q22: a criterion nobody can read, wherever it stands, refuses the file before anything is measured',
  criterion_not_decimal: 'Q55: hexadecimal floats, underscores, inf and nan in criteria are refused',
  criterion_spaced_digits: 'Q54: a space inside a number is refused instead of removed',
  criteria_empty: 'Q23: a criteria set without criteria is refused',
  set_null: 'Q3: a null entry in pass or warning is refused; Keptn crashed',
  document_null: 'Q4: a null document is refused; Keptn crashed',
  document_blank: 'Q26: a text of comments and blanks is refused as no SLO; Keptn ended without a total score',
  no_slo_file: 'Q32: an empty text is no SLO; what its absence means is the policy missingSlo',
  weight_not_whole: 'Q24: fractional and negative weights are refused',
  weight_too_large: 'YAML: whole numbers from 2^63 on are refused',
  aggregate_unknown: 'Q5: an unknown aggregate_function is refused; Keptn took 0 for the earlier value',
  aggregate_default: 'an empty function is avg already when the file is read; Keptn fills it in there too',
  compare_with_unknown: 'Q6: an unknown compare_with is refused; Keptn took three results',
  include_unknown: 'an unknown include_result_with_score is refused; Keptn took all',
  key_misspelt:
    'a key that is nearly a known one refuses the file by default; Keptn ignored it, as the policy misspeltKeys: keptn does',
  comparison_number: 'Q8: number_of_comparison_results is a whole number, with several_results from 1 to 100',
  yaml_binary: 'YAML: !!binary is refused instead of decoded',
  yaml_directive: 'YAML: a %YAML directive other than 1.1 is ignored; Keptn refused the file',
  yaml_escapes: 'YAML: the escapes \\/ and \\ud83d\\ude80 are read as in JSON; Keptn refused them',
  yaml_line_breaks: 'YAML: U+0085, U+2028 and U+2029 are characters; Keptn broke the line',
  duplicate_sli:
    'Q1: objectives with the same sli pair with its values in order and share the last; Keptn gave the second none',
  measurement_null: 'Q2: a null in the list of measurements is left out; Keptn crashed',
  value_null: 'Q50: a measurement without a value is not measured; Keptn read 0',
  measured_as_whole:
    'Q30: that the measurement as a whole failed does not exist here, every indicator has its own outcome',
  not_asked: 'Q31: an errored or aborted measurement is judged twice, as every indicator that could not be asked',
  history_unavailable:
    'Q10: history is the own database; when it cannot be read nothing is judged, and the evaluation is run again',
  baseline_per_indicator:
    'Q10: the newest N evaluations that hold a value of the indicator; Keptn took the newest N and looked there',
  compared_only_used: 'Q10: an earlier evaluation is listed as compared when a value of it was used',
  no_baseline_target: 'Q12: without an earlier value a relative target and the compared value are null instead of 0',
  unmeasured_target:
    'Q13: an unmeasured indicator shows its real targets and compared value; Keptn showed the bare earlier value',
  informational_target:
    'Q14: criteria of informational objectives are judged for display; Keptn always showed them violated',
  key_shown: 'Q15, Q18: keySli is shown as the file says; Keptn showed false when unmeasured or informational',
  target_not_finite: 'a target that overflows is not met and shown as null; Keptn could not write its answer',
} as const
export type Deviation = keyof typeof deviations

/** Why Pharos refuses a text that Keptn takes: each deviation with the code of the issue it must be reported as. */
export function refusals(reading: KeptnReading & { readonly kind: 'read' }): ReadonlyMap<Deviation, string> {
  if (reading.isBlank) return new Map([['document_blank', 'empty']])
  const { slo } = reading
  const found = new Map<Deviation, string>()
  if (!slo.total_score || slo.total_score.pass === '') found.set('total_score_required', 'total_score_missing')
  for (const threshold of [slo.total_score?.pass, slo.total_score?.warning]) {
    const deviation = threshold ? thresholdDeviation(threshold) : undefined
    if (deviation) found.set(deviation, 'threshold_invalid')
  }
  for (const weight of reading.weights) {
    if (weight < 0 || !Number.isInteger(weight)) found.set('weight_not_whole', 'weight_invalid')
    else if (weight >= 2 ** 63) found.set('weight_too_large', 'weight_invalid')
  }
  for (const [deviation, code] of comparisonRefusals(slo.comparison, reading.comparisonNumber))
    found.set(deviation, code)
  for (const objective of slo.objectives ?? []) {
    for (const [deviation, code] of criteriaRefusals(objective)) found.set(deviation, code)
  }
  if (reading.hasBinary) found.set('yaml_binary', 'wrong_type')
  return found
}

function thresholdDeviation(text: string): Deviation | undefined {
  const threshold = keptnThreshold(text)
  if (threshold === undefined) return 'total_score_required'
  const digits = text.endsWith('%') ? text.slice(0, -1) : text
  return isDecimal(digits) && threshold >= 0 && threshold <= 100 ? undefined : 'threshold_range'
}

function comparisonRefusals(
  comparison: KeptnSlo['comparison'],
  number: number | undefined,
): ReadonlyMap<Deviation, string> {
  const found = new Map<Deviation, string>()
  const { compare_with: word, aggregate_function: aggregate, include_result_with_score: include } = comparison
  if (!['avg', 'p50', 'p90', 'p95'].includes(aggregate)) found.set('aggregate_unknown', 'unknown_word')
  if (!['', 'single_result', 'several_results'].includes(word)) found.set('compare_with_unknown', 'unknown_word')
  if (!['all', 'pass', 'pass_or_warn'].includes(include.toLowerCase())) found.set('include_unknown', 'unknown_word')
  if (number === undefined) return found
  const isInRange = word !== 'several_results' || (number >= 0 && number <= 100)
  if (!Number.isInteger(number) || !isInRange) found.set('comparison_number', 'comparison_number_invalid')
  return found
}

function criteriaRefusals(objective: KeptnObjective): ReadonlyMap<Deviation, string> {
  const found = new Map<Deviation, string>()
  for (const set of [...(objective.pass ?? []), ...(objective.warning ?? [])]) {
    if (set === null) {
      found.set('set_null', 'empty_entry')
      continue
    }
    if (!set.criteria?.length) found.set('criteria_empty', 'criteria_empty')
    for (const text of set.criteria ?? []) {
      const deviation = criterionDeviation(text)
      if (deviation) found.set(`criterion_${deviation}`, 'criterion_invalid')
    }
  }
  return found
}

/** A text Keptn's YAML library refuses for a detail Pharos' one reads: the same text without that detail. */
export function withoutDialect(text: string): { readonly deviation: Deviation; readonly text: string } | undefined {
  if (text.startsWith('%YAML ')) return { deviation: 'yaml_directive', text: text.replace(/^%YAML [^\n]*/, '#') }
  const plain = text
    .replaceAll(String.raw`\/`, '/')
    .replaceAll(/\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})/gi, (_, high: string, low: string) =>
      String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)),
    )
  if (plain !== text) return { deviation: 'yaml_escapes', text: plain }
  const marked = text.replaceAll(/[\u0085\u2028\u2029]/g, lineBreakMark)
  return marked === text ? undefined : { deviation: 'yaml_line_breaks', text: marked }
}

/** A character of no meaning, in the place of one that broke Keptn's lines. */
export const lineBreakMark = '\uE000'
