import type { JudgedObjective } from '../../slo/index.ts'
import type { KeptnObjective, RecordedObjective } from './case.ts'
import { same, type Finding } from './finding.ts'
import { keptnCriterion } from './keptn-number.ts'
import { expectedObjective, type ExpectedObjective, type ExpectedTarget } from './oracle.ts'

/** What is known of one objective before it is judged. */
export interface ObjectiveInput {
  readonly objective: KeptnObjective
  /** Undefined when it is not measured. */
  readonly value: number | undefined
  readonly baseline: number | undefined
}

/**
 * What Keptn recorded, turned into what Pharos shows: where nothing was measured, nothing earlier was there, or the
 * objective is informational, Keptn showed placeholders. Status, points and every other target stay as recorded.
 */
export function asPharosShows(recorded: RecordedObjective, input: ObjectiveInput, finding: Finding): ExpectedObjective {
  const { objective, value, baseline } = input
  const shown = expectedObjective(objective, value, baseline)
  const isEvaluated = (objective.pass ?? []).length > 0 && value !== undefined
  if (recorded.keySli !== objective.key_sli) finding.deviations.add('key_shown')
  return {
    status: recorded.status,
    score: recorded.score,
    value: shown.value,
    comparedValue: shown.comparedValue,
    passTargets: targets(recorded.passTargets ?? [], shown.passTargets, input, isEvaluated, finding),
    warningTargets: targets(recorded.warningTargets ?? [], shown.warningTargets, input, isEvaluated, finding),
  }
}

function targets(
  recorded: readonly ExpectedTarget[],
  shown: readonly ExpectedTarget[],
  input: ObjectiveInput,
  isEvaluated: boolean,
  finding: Finding,
): readonly ExpectedTarget[] {
  return recorded.map((target, place) => {
    const { targetValue = null, violated = true } = shown[place] ?? {}
    const criterion = keptnCriterion(target.criteria)
    const isRelative = criterion !== undefined && (criterion.isPercent || criterion.sign !== '')
    if (isEvaluated && (!isRelative || input.baseline !== undefined)) return target
    if (isEvaluated) finding.deviations.add('no_baseline_target')
    else finding.deviations.add(input.value === undefined ? 'unmeasured_target' : 'informational_target')
    return { criteria: target.criteria, targetValue, violated: isEvaluated ? target.violated : violated }
  })
}

/** Compares everything Pharos says of one objective. */
export function sameObjective(
  judged: JudgedObjective,
  expected: ExpectedObjective,
  objective: KeptnObjective,
  deliveredMessage: string,
  finding: Finding,
): void {
  const what = `objective ${JSON.stringify(objective.sli)}`
  same(finding, `${what} indicator`, judged.indicator, objective.sli)
  same(finding, `${what} displayName`, judged.displayName, objective.displayName)
  same(finding, `${what} isKey`, judged.isKey, objective.key_sli)
  same(finding, `${what} weight`, judged.weight, objective.weight)
  same(finding, `${what} status`, judged.status, expected.status)
  same(finding, `${what} points`, judged.points, expected.score)
  same(finding, `${what} value`, judged.value, expected.value)
  same(finding, `${what} comparedValue`, judged.comparedValue, expected.comparedValue)
  same(finding, `${what} passTargets`, judged.passTargets, expected.passTargets)
  same(finding, `${what} warningTargets`, judged.warningTargets, expected.warningTargets)
  if (expected.value === null && deliveredMessage !== '') {
    same(finding, `${what} message`, judged.message, deliveredMessage)
  }
}
