import type { Judgement, Slo } from '../../slo/index.ts'
import type { EvaluateCase, KeptnSlo } from './case.ts'
import type { Deviation } from './deviations.ts'
import { same, type Finding } from './finding.ts'
import { pair } from './input.ts'
import { asPharosShows, sameObjective } from './objective.ts'
import { aggregateOf, earlierValues, expectedObjective, expectedResult, type ExpectedObjective } from './oracle.ts'

/** Compares a judgement with what was recorded; what deviates is compared with the specification written again. */
export function sameJudgement(
  { input, expected }: EvaluateCase,
  keptnSlo: KeptnSlo,
  slo: Slo,
  judgement: Judgement,
  finding: Finding,
): void {
  // Of a bad warning criterion Keptn swallows all of the objective's warning.
  const objectives = (keptnSlo.objectives ?? []).map((objective, place) =>
    slo.objectives[place]?.warning.length === 0 ? { ...objective, warning: null } : objective,
  )
  const pairing = pair(
    input.sli ?? [],
    objectives.map(({ sli }) => sli),
  )
  const previous = input.previous ?? []
  const wholeDeviation = wholeDeviationOf(input, expected, finding)
  if (input.sliEvent?.result === 'fail' && expected.result !== expected.evaluationResult) {
    finding.deviations.add('measured_as_whole')
  }
  same(finding, 'number of objectives', judgement.objectives.length, objectives.length)

  let isArithmeticChanged = wholeDeviation
  const shown = objectives.map((objective, place): ExpectedObjective => {
    const { pharos, keptn } = pairing[place] ?? { pharos: undefined, keptn: undefined }
    const earlier = earlierValues(previous, objective.sli, slo.comparison.resultsMax)
    const baseline = aggregateOf(earlier.pharos, slo.comparison.aggregate)
    const value = pharos?.success === true ? (pharos.value ?? undefined) : undefined
    const changes: readonly Deviation[] = [
      ...(pharos === keptn ? [] : (['duplicate_sli'] as const)),
      ...(pharos?.success === true && value === undefined ? (['value_null'] as const) : []),
      ...(earlier.pharos.length === earlier.keptn.length ? [] : (['baseline_per_indicator'] as const)),
    ]
    for (const deviation of changes) finding.deviations.add(deviation)
    const recordedObjective = expected.indicatorResults?.[place]
    if (wholeDeviation || changes.length > 0 || recordedObjective === undefined) {
      isArithmeticChanged = true
      return expectedObjective(objective, value, baseline)
    }
    return asPharosShows(recordedObjective, { objective, value, baseline }, finding)
  })
  judgement.objectives.forEach((judgedObjective, place) => {
    const objective = objectives[place]
    const expectation = shown[place]
    if (objective && expectation) {
      sameObjective(judgedObjective, expectation, objective, pairing[place]?.pharos?.message ?? '', finding)
    }
  })
  sameScore(expected, slo, judgement, shown, isArithmeticChanged, finding)
  if (!wholeDeviation) sameCompared(previous, slo, judgement, finding)
}

/** Nothing of the recorded objectives can be used: Keptn crashed, or could not write them. */
function wholeDeviationOf(input: EvaluateCase['input'], expected: EvaluateCase['expected'], finding: Finding): boolean {
  if (expected.errorKind === 'crash') {
    same(finding, 'crash by a null measurement', input.sli?.includes(null), true)
    finding.deviations.add('measurement_null')
    return true
  }
  if (expected.errorKind !== 'unserializable') return false
  finding.deviations.add('target_not_finite')
  return true
}

function sameScore(
  expected: EvaluateCase['expected'],
  slo: Slo,
  judgement: Judgement,
  shown: readonly ExpectedObjective[],
  isArithmeticChanged: boolean,
  finding: Finding,
): void {
  same(finding, 'state', judgement.state, 'succeeded')
  const possible = slo.objectives.reduce((sum, { pass, weight }) => (pass.length > 0 ? sum + weight : sum), 0)
  const earned = shown.reduce((sum, { score }) => sum + score, 0)
  const isKeyFailed = slo.objectives.some(({ isKey }, place) => isKey && shown[place]?.status === 'fail')
  if (slo.objectives.length === 0) {
    same(finding, 'result', judgement.result, expected.result)
    same(finding, 'score', judgement.score, expected.score)
    return
  }
  if (!isArithmeticChanged) {
    same(finding, 'result', judgement.result, expected.evaluationResult)
    same(finding, 'score', judgement.score, expected.score)
    return
  }
  const thresholds = { pass: slo.totalScore.pass, warning: slo.totalScore.warning ?? undefined }
  const score = possible === 0 ? 100 : 100 * (earned / possible)
  same(finding, 'score', judgement.score, score)
  same(finding, 'result', judgement.result, possible === 0 ? 'pass' : expectedResult(score, thresholds, isKeyFailed))
}

function sameCompared(
  previous: NonNullable<EvaluateCase['input']['previous']>,
  slo: Slo,
  judgement: Judgement,
  finding: Finding,
): void {
  const limit = slo.comparison.resultsMax < 0 ? previous.length : slo.comparison.resultsMax
  const used = new Set<number>()
  for (const { indicator } of slo.objectives) {
    const holding = previous
      .slice(0, 50)
      .flatMap((indicators, place) =>
        indicators?.some((earlier) => earlier?.metric === indicator && earlier.success === true) ? [place] : [],
      )
    for (const place of holding.slice(0, limit)) used.add(place)
  }
  const inOrder = [...used].toSorted((one, other) => one - other)
  const fetched = previous.slice(0, limit).length
  same(finding, 'comparedEvaluations', judgement.comparedEvaluations, inOrder.map(String))
  if (inOrder.length !== fetched) finding.deviations.add('compared_only_used')
}
