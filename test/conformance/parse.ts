import { SloError, type CriteriaSet, type Slo } from '../../slo/index.ts'
import type { KeptnObjective, KeptnSlo, ParseCase } from './case.ts'
import { refusals } from './deviations.ts'
import { newFinding, same, type Finding } from './finding.ts'
import { keptnThreshold } from './keptn-number.ts'
import { readKeptnSlo } from './keptn-slo.ts'
import { keptnInclude, keptnLimit } from './lenient.ts'
import { issueCodes, noteMisspelt, parsedSlo, sameDialect } from './parsed.ts'

/** Reads an SLO text and compares all of it. */
export function runParse({ input, expected }: ParseCase): Finding {
  const finding = newFinding()
  const parsed = parsedSlo(input.slo)
  const reading = readKeptnSlo(input.slo)
  if (expected.slo === null) {
    same(finding, 'recorded error', expected.error !== null, true)
    if (reading.kind === 'nothing') finding.deviations.add('document_null')
    if (!(parsed instanceof SloError)) sameDialect(input.slo, parsed, finding)
    return finding
  }
  if (reading.kind !== 'read') {
    finding.differences.push(`Keptn reads this text, here it is ${reading.kind}`)
    return finding
  }
  same(finding, 'recorded slo', withoutEmpty(expected.slo), withoutEmpty(reading.slo))
  const refused = refusals(reading)
  for (const deviation of refused.keys()) finding.deviations.add(deviation)
  noteMisspelt(parsed, finding)
  same(finding, 'issues', issueCodes(parsed).toSorted(), [...new Set(refused.values())].toSorted())
  if (!(parsed instanceof SloError)) sameSlo(parsed, expected.slo, finding)
  return finding
}

function sameSlo(slo: Slo, expected: KeptnSlo, finding: Finding): void {
  same(finding, 'specVersion', slo.specVersion, expected.spec_version)
  same(finding, 'filter', Object.fromEntries(slo.filter), expected.filter ?? {})
  same(finding, 'resultsMax', slo.comparison.resultsMax, keptnLimit(expected.comparison))
  same(finding, 'include', slo.comparison.include, keptnInclude(expected.comparison))
  same(finding, 'aggregate', slo.comparison.aggregate, expected.comparison.aggregate_function)
  same(finding, 'pass', slo.totalScore.pass, keptnThreshold(expected.total_score?.pass ?? ''))
  const warning = expected.total_score?.warning ? keptnThreshold(expected.total_score.warning) : null
  same(finding, 'warning', slo.totalScore.warning, warning)
  const objectives = slo.objectives.map(({ indicator, displayName, pass, warning: sets, weight, isKey }) => {
    return { sli: indicator, displayName, pass: textsOf(pass), warning: textsOf(sets), weight, key_sli: isKey }
  })
  same(finding, 'objectives', objectives, (expected.objectives ?? []).map(shownObjective))
}

function shownObjective({ sli, displayName, pass, warning, weight, key_sli: keySli }: KeptnObjective) {
  return { sli, displayName, pass: recordedTexts(pass), warning: recordedTexts(warning), weight, key_sli: keySli }
}

function recordedTexts(sets: KeptnObjective['pass']): readonly (readonly string[])[] {
  return (sets ?? []).map((set) => set?.criteria ?? [])
}

function textsOf(sets: readonly CriteriaSet[]): readonly (readonly string[])[] {
  return sets.map((set) => set.map(({ text }) => text))
}

/** Null and an empty list or mapping mean the same. */
function withoutEmpty(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, entry]) => [key, withoutEmpty(entry)] as const)
  const filled = entries.filter(([, entry]) => entry !== null)
  return filled.length === 0 ? null : Object.fromEntries(filled)
}
