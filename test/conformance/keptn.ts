import { aggregateFunctions, aggregates } from '../../slo/index.ts'
import type { Delivered, EvaluateCase, KeptnObjective, KeptnSlo, RecordedObjective } from './case.ts'
import { same, type Finding } from './finding.ts'
import { pair } from './input.ts'
import { keptnCriterion, keptnThreshold, type KeptnCriterion } from './keptn-number.ts'
import type { KeptnReading } from './keptn-slo.ts'
import { keptnInclude, keptnLimit } from './lenient.ts'
import { compares, earlierValues, expectedResult } from './oracle.ts'

/** What Keptn 1.4.5 answers, quirks and all, from its specification: a recorded answer must be exactly this. */
type KeptnAnswer = EvaluateCase['expected']

const nothing = { score: 0, indicatorResults: null, comparedEvents: 0 } as const
const failed = { ...nothing, result: 'fail', evaluationResult: 'fail' } as const

/** Compares the recorded answer with the specification, so that no deviation hides a wrong record. */
export function sameAsKeptn({ input, expected }: EvaluateCase, reading: KeptnReading, finding: Finding): void {
  // Of a crash nothing is recorded but its input.
  if (expected.errorKind === 'crash') return
  const answer = keptnAnswer(input, reading, expected.errorKind === 'slo-parse')
  for (const field of ['errorKind', 'status', 'result', 'evaluationResult', 'score', 'comparedEvents'] as const) {
    same(finding, `recorded ${field}`, expected[field], answer[field])
  }
  same(finding, 'recorded maximumAchievableScore', expected.maximumAchievableScore, answer.maximumAchievableScore)
  same(finding, 'recorded selection', expected.selection, answer.selection)
  same(finding, 'recorded objectives', shown(expected.indicatorResults), shown(answer.indicatorResults))
}

/** Null and empty lists mean the same; synthesised messages are Keptn's own words. */
function shown(objectives: KeptnAnswer['indicatorResults']) {
  return (objectives ?? []).map(({ value, passTargets, warningTargets, ...rest }) => ({
    ...rest,
    value: value && { ...value, message: undefined },
    passTargets: passTargets ?? [],
    warningTargets: warningTargets ?? [],
  }))
}

function keptnAnswer(input: EvaluateCase['input'], reading: KeptnReading, isDialect: boolean): KeptnAnswer {
  const unknown = { maximumAchievableScore: null, selection: null }
  if (['errored', 'aborted'].includes(input.sliEvent?.status ?? '')) {
    return { ...failed, ...unknown, errorKind: null, status: 'errored', evaluationResult: 'pass' }
  }
  if (input.slo === '') {
    return { ...nothing, ...unknown, errorKind: null, status: 'succeeded', result: 'pass', evaluationResult: 'pass' }
  }
  if (reading.kind !== 'read' || isDialect) return { ...failed, ...unknown, errorKind: 'slo-parse', status: 'errored' }
  const { comparison } = reading.slo
  const selection = { limit: keptnLimit(comparison), includeResult: keptnInclude(comparison) }
  if ((input.historyStatus ?? 200) !== 200) {
    return { ...failed, maximumAchievableScore: null, selection, errorKind: 'history', status: 'errored' }
  }
  return { ...judgedByKeptn(input, reading.slo), selection }
}

function judgedByKeptn(input: EvaluateCase['input'], slo: KeptnSlo): Omit<KeptnAnswer, 'selection'> {
  const objectives = slo.objectives ?? []
  const previous = input.previous ?? []
  const limit = keptnLimit(slo.comparison)
  const comparedEvents = limit < 0 ? previous.length : previous.slice(0, limit).length
  const pairing = pair(
    input.sli ?? [],
    objectives.map(({ sli }) => sli),
  )
  const results = objectives.map((objective, place) => {
    const values = earlierValues(previous, objective.sli, limit).keptn
    return keptnObjective(objective, pairing[place]?.keptn, keptnAggregate(values, slo.comparison.aggregate_function))
  })
  const possible = objectives.reduce((sum, { pass, weight }) => (pass?.length ? sum + weight : sum), 0)
  const maximumAchievableScore = objectives.length === 0 ? 100 : possible
  const shownResults = results.filter((result) => result !== undefined)
  if (shownResults.length < results.length) {
    return { ...failed, errorKind: 'criteria', status: 'succeeded', maximumAchievableScore: 100, comparedEvents }
  }
  const thresholds = keptnThresholds(slo.total_score)
  if (thresholds === undefined) return { ...failed, errorKind: 'score', status: 'errored', maximumAchievableScore }
  const isKeyFailed = shownResults.some(({ status }, place) => status === 'fail' && objectives[place]?.key_sli)
  const counting = shownResults.filter(({ passTargets }) => passTargets && passTargets.length > 0)
  const earned = counting.reduce((sum, { score }) => sum + score, 0)
  const score = maximumAchievableScore === 0 ? 100 : 100 * (earned / maximumAchievableScore)
  const evaluationResult = maximumAchievableScore === 0 ? 'pass' : expectedResult(score, thresholds, isKeyFailed)
  const isFailed = objectives.length === 0 || input.sliEvent?.result === 'fail'
  const common = {
    status: 'succeeded',
    result: isFailed ? 'fail' : evaluationResult,
    evaluationResult,
    score,
    maximumAchievableScore,
  } as const
  if (!shownResults.every(isFinite))
    return { ...common, errorKind: 'unserializable', indicatorResults: null, comparedEvents: 0 }
  return { ...common, errorKind: null, indicatorResults: shownResults, comparedEvents }
}

/** An unknown function is 0 as soon as there is a value (Q5). */
function keptnAggregate(values: readonly number[], aggregate: string): number | undefined {
  if (values.length === 0) return undefined
  const known = aggregates.find((candidate) => candidate === aggregate)
  return known === undefined ? 0 : aggregateFunctions[known](values)
}

function keptnThresholds(totalScore: KeptnSlo['total_score']) {
  const pass = keptnThreshold(totalScore?.pass ?? '')
  const warning = totalScore?.warning ? keptnThreshold(totalScore.warning) : undefined
  const isReadable = pass !== undefined && (!totalScore?.warning || warning !== undefined)
  return isReadable ? { pass, warning } : undefined
}

/** Undefined when a criterion stops the whole evaluation. */
function keptnObjective(
  objective: KeptnObjective,
  delivered: Delivered | undefined,
  baseline: number | undefined,
): RecordedObjective | undefined {
  const { sli, displayName, weight } = objective
  const pass = (objective.pass ?? []).map((set) => (set?.criteria ?? []).map((text) => readCriterion(text)))
  const warning = (objective.warning ?? []).map((set) => (set?.criteria ?? []).map((text) => readCriterion(text)))
  const isMeasured = delivered?.success === true
  const comparedValue = delivered?.comparedValue ?? 0
  const value = { metric: sli, value: delivered?.value ?? 0, success: isMeasured, comparedValue }
  if (pass.length === 0 || !isMeasured) {
    const listed = { passTargets: listedTargets(pass, baseline), warningTargets: listedTargets(warning, baseline) }
    const status = pass.length === 0 ? 'info' : 'fail'
    const shownValue = status === 'info' && delivered === undefined ? null : value
    return { displayName, score: 0, keySli: false, status, value: shownValue, ...listed }
  }
  const passTargets = pass.flat().map((criterion) => judgedTarget(criterion, value.value, baseline))
  const warningTargets = warning.flat().map((criterion) => judgedTarget(criterion, value.value, baseline))
  if (pass.flat().some(({ criterion }) => criterion === undefined)) return undefined
  const isSwallowed = warning.flat().some(({ criterion }) => criterion === undefined)
  const isMet = (sets: readonly (readonly ReadCriterion[])[]) =>
    sets.some((set) => set.every((criterion) => !judgedTarget(criterion, value.value, baseline).violated))
  const status = isMet(pass) ? 'pass' : !isSwallowed && isMet(warning) ? 'warning' : 'fail'
  const isCompared = [...pass, ...warning].flat().length > 0
  return {
    displayName,
    score: status === 'pass' ? weight : status === 'warning' ? 0.5 * weight : 0,
    keySli: objective.key_sli,
    status,
    value: { ...value, comparedValue: isCompared ? (baseline ?? 0) : comparedValue },
    passTargets,
    warningTargets: isSwallowed ? [] : warningTargets,
  }
}

interface ReadCriterion {
  readonly text: string
  readonly criterion: KeptnCriterion | undefined
}

function readCriterion(text: string): ReadCriterion {
  return { text, criterion: keptnCriterion(text) }
}

/** Of an objective that is not judged: bad criteria left out, relative ones with the bare earlier value (Q13, Q14, Q22). */
function listedTargets(sets: readonly (readonly ReadCriterion[])[], baseline: number | undefined) {
  return sets.flat().flatMap(({ text, criterion }) => {
    if (criterion === undefined) return []
    const isRelative = criterion.isPercent || criterion.sign !== ''
    return [{ criteria: text, targetValue: isRelative ? (baseline ?? 0) : criterion.number, violated: true }]
  })
}

function judgedTarget({ text, criterion }: ReadCriterion, value: number, baseline: number | undefined) {
  if (criterion === undefined) return { criteria: text, targetValue: 0, violated: true }
  const { operator, number, sign, isPercent } = criterion
  const isRelative = isPercent || sign !== ''
  if (isRelative && baseline === undefined) return { criteria: text, targetValue: 0, violated: false }
  const change = sign === '-' ? -number : number
  const base = baseline ?? 0
  const target = !isRelative ? number : isPercent ? (base * (100 + change)) / 100 : base + change
  return { criteria: text, targetValue: target, violated: !compares(value, operator, target) }
}

function isFinite({ value, passTargets, warningTargets }: RecordedObjective): boolean {
  const targets = [...(passTargets ?? []), ...(warningTargets ?? [])]
  return Number.isFinite(value?.comparedValue ?? 0) && targets.every(({ targetValue }) => Number.isFinite(targetValue))
}
