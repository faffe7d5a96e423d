import { judge, keptnPolicies, SloError, type Measurement, type Slo } from '../../slo/index.ts'
import type { EvaluateCase, KeptnSlo } from './case.ts'
import { refusals } from './deviations.ts'
import { newFinding, same, type Finding } from './finding.ts'
import { asked, candidatesOf, measurementsOf } from './input.ts'
import { sameJudgement } from './judgement.ts'
import { sameAsKeptn } from './keptn.ts'
import { readKeptnSlo } from './keptn-slo.ts'
import { keptnInclude, keptnLimit, lenientSlo } from './lenient.ts'
import { expectedResult } from './oracle.ts'
import { issueCodes, noteMisspelt, parsedSlo, sameDialect } from './parsed.ts'

/** Runs a whole evaluation and compares everything that can be compared. */
export function runEvaluate(recorded: EvaluateCase): Finding {
  const finding = newFinding()
  const { input, expected } = recorded
  const parsed = parsedSlo(input.slo)
  const isAsked = !['errored', 'aborted'].includes(input.sliEvent?.status ?? '')
  const reading = readKeptnSlo(input.slo)
  sameAsKeptn(recorded, reading, finding)
  if (input.slo === '' && isAsked) {
    finding.deviations.add('no_slo_file')
    same(finding, 'issues', issueCodes(parsed), ['empty'])
    return finding
  }
  if (reading.kind !== 'read' || expected.errorKind === 'slo-parse') {
    refusedByKeptn(recorded, parsed, reading.kind, isAsked, finding)
    return finding
  }
  const refused = refusals(reading)
  same(finding, 'issues', issueCodes(parsed).toSorted(), [...new Set(refused.values())].toSorted())
  for (const deviation of refused.keys()) finding.deviations.add(deviation)
  noteMisspelt(parsed, finding)
  if (!isAsked) notAsked(recorded, parsed, finding)
  else judged(recorded, parsed, reading.slo, finding)
  return finding
}

function refusedByKeptn(
  { input, expected }: EvaluateCase,
  parsed: Slo | SloError,
  reading: 'read' | 'nothing' | 'rejected',
  isAsked: boolean,
  finding: Finding,
): void {
  if (isAsked && reading === 'nothing') same(finding, 'errorKind', expected.errorKind, 'crash')
  else if (isAsked) same(finding, 'errorKind', expected.errorKind, 'slo-parse')
  if (reading === 'nothing') finding.deviations.add('document_null')
  if (!isAsked) finding.deviations.add('not_asked')
  if (parsed instanceof SloError) {
    if (reading === 'nothing') same(finding, 'issues', issueCodes(parsed), ['empty'])
    return
  }
  sameDialect(input.slo, parsed, finding)
}

/** Nothing could be asked: Keptn ends without looking at anything, Pharos judges twice. */
function notAsked({ input }: EvaluateCase, parsed: Slo | SloError, finding: Finding): void {
  finding.deviations.add('not_asked')
  if (parsed instanceof SloError) return
  const missing = parsed.objectives.map(({ indicator }): Measurement => ({
    ...asked(indicator),
    kind: 'missing',
    outcome: 'upstream',
    message: 'No answer.',
  }))
  const judgement = judge(parsed, missing, candidatesOf(input.previous ?? []), keptnPolicies)
  const isScored = parsed.objectives.some(({ pass }) => pass.length > 0)
  const { pass, warning } = parsed.totalScore
  const resultOf = (score: number) => expectedResult(score, { pass, warning: warning ?? undefined }, false)
  const isKeyed = parsed.objectives.some(({ isKey, pass: sets }) => isKey && sets.length > 0)
  const isUndecided = isScored && (isKeyed || resultOf(0) !== resultOf(100))
  same(finding, 'state', judgement.state, isUndecided ? 'errored' : 'succeeded')
  same(finding, 'score', judgement.score, isUndecided ? null : isScored ? 0 : parsed.objectives.length > 0 ? 100 : 0)
}

function judged(recorded: EvaluateCase, parsed: Slo | SloError, keptnSlo: KeptnSlo, finding: Finding): void {
  const { input, expected } = recorded
  const delivered = (input.sli ?? []).filter((measurement) => measurement !== null)
  const isMeasured = (sli: string) => delivered.some(({ metric, success }) => metric === sli && success === true)
  if (input.historyStatus !== undefined && input.historyStatus !== 200) {
    finding.deviations.add('history_unavailable')
    return
  }
  if (expected.errorKind === 'criteria' || expected.errorKind === 'score') return
  const slo = parsed instanceof SloError ? lenientSlo(keptnSlo, isMeasured) : parsed
  if (slo === undefined) return
  if (!(parsed instanceof SloError)) sameComparison(finding, parsed, keptnSlo)
  const judgement = judge(slo, measurementsOf(delivered, slo), candidatesOf(input.previous ?? []), keptnPolicies)
  sameJudgement(recorded, keptnSlo, slo, judgement, finding)
}

function sameComparison(finding: Finding, slo: Slo, { comparison }: KeptnSlo): void {
  same(finding, 'resultsMax', slo.comparison.resultsMax, keptnLimit(comparison))
  same(finding, 'include', slo.comparison.include, keptnInclude(comparison))
}
