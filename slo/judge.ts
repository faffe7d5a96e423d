import { baselineOf, indexHistory } from './baseline.ts'
import { capCauses, cappedReason, type Cap } from './cap.ts'
import type { Candidate, JudgedObjective, Judgement, Policies, Reason, Result } from './judgement.ts'
import { coverageText, unaskedOutcomes, type Measurement } from './measurement.ts'
import { judgeObjective, type JudgedPair } from './objective.ts'
import { indicatorReasons, misspeltReasons, scoreReasons, type Verdict } from './reasons.ts'
import type { Slo } from './slo.ts'
import type { TotalScore } from './total-score.ts'

/** The version of the rules in this folder, recorded with each evaluation; it changes whenever an outcome could change. */
export const engineVersion = '2'

/**
 * Judges measurements against objectives and history: Keptn's arithmetic for the score, `policies` for caps on the
 * result. Pure: the same arguments give the same judgement, on any machine.
 *
 * `measurements` are matched by `indicator`; if several objectives name the same indicator, they take its measurements in
 * order and share the last one. An objective without a measurement counts as `no_data`. `candidates` are earlier
 * evaluations, newest first; this function skips those that do not count. Never throws.
 */
export function judge(
  slo: Slo,
  measurements: readonly Measurement[],
  candidates: readonly Candidate[],
  policies: Policies,
): Judgement {
  return conclude(slo, judgePairs(slo, measurements, candidates), candidates, policies)
}

/** The judgement that follows from judged objectives; `candidates` determine the order of `comparedEvaluations`. */
export function conclude(
  slo: Slo,
  pairs: readonly JudgedPair[],
  candidates: readonly Candidate[],
  policies: Policies,
): Judgement {
  const objectives = pairs.map(({ judged }) => judged)
  const verdict = pointsVerdict(slo, objectives)
  const isAnyUnasked = objectives.some(({ outcome }) => isUnasked(outcome))
  const verdictIfAsked = isAnyUnasked ? pointsVerdict(slo, objectives.map(asIfPassed)) : verdict
  const compared = new Set(objectives.flatMap(({ comparedWith }) => comparedWith))
  const comparedEvaluations = candidates.map(({ id }) => id).filter((id) => compared.has(id))

  if (verdict.result !== verdictIfAsked.result) {
    const reasons = indicatorReasons(pairs, { failed: verdict.result, passed: verdictIfAsked.result })
    return {
      state: 'errored',
      result: 'fail',
      baselineResult: 'fail',
      score: null,
      reasons,
      objectives,
      comparedEvaluations,
    }
  }
  const reasons = [
    ...misspeltReasons(slo, policies),
    ...scoreReasons(slo, verdict, objectives),
    ...indicatorReasons(pairs, undefined),
  ]
  const missingData = { policy: 'missingData', allowed: policies.missingData, isChosen: true } as const
  const baselineResult = capped(verdict.result, missingData, reasons)
  const result = resultCaps(slo, objectives, policies).reduce(
    (before, cap) => capped(before, cap, reasons),
    baselineResult,
  )
  return { state: 'succeeded', result, baselineResult, score: verdict.score, reasons, objectives, comparedEvaluations }
}

/** Every objective with its measurement and baseline, in file order. */
export function judgePairs(
  slo: Slo,
  measurements: readonly Measurement[],
  candidates: readonly Candidate[],
): readonly JudgedPair[] {
  const history = indexHistory(slo.comparison, candidates)
  const byIndicator = groupByIndicator(measurements)
  const taken = new Map<string, number>()
  return slo.objectives.map((objective) => {
    const own = byIndicator.get(objective.indicator) ?? []
    const place = taken.get(objective.indicator) ?? 0
    taken.set(objective.indicator, place + 1)
    const given = own[place] ?? own.at(-1) ?? unmeasured(objective.indicator)
    const measurement = usable(given, objective.isKey)
    const baseline = baselineOf(history, measurement)
    const isPartial = given.kind === 'measured' && given.partial !== undefined
    const coverage = given.kind === 'measured' ? given.coverage : undefined
    const judged = judgeObjective(objective, measurement, baseline, coverage)
    return { objective, baseline, isPartial, judged, ...(given.basis !== undefined && { basis: given.basis }) }
  })
}

function groupByIndicator(measurements: readonly Measurement[]): ReadonlyMap<string, readonly Measurement[]> {
  const groups = new Map<string, Measurement[]>()
  for (const measurement of measurements) {
    const group = groups.get(measurement.indicator)
    if (group === undefined) groups.set(measurement.indicator, [measurement])
    else group.push(measurement)
  }
  return groups
}

function pointsVerdict(slo: Slo, objectives: readonly JudgedObjective[]): Verdict {
  if (objectives.length === 0) return { result: 'fail', score: 0 }
  const scored = objectives.filter(({ status }) => status !== 'info')
  const possible = scored.reduce((sum, { weight }) => sum + weight, 0)
  const earned = scored.reduce((sum, { points }) => sum + points, 0)
  const isKeyFailed = scored.some(({ isKey, status }) => isKey && status === 'fail')
  return verdictOf(slo.totalScore, earned, possible, isKeyFailed)
}

/**
 * The result of earning `earned` of `possible` points. If there is nothing to earn, it is a pass with a score of 100,
 * whatever failed.
 * The order of operations is Keptn's: 100 × (57 ÷ 100) is 56.99999999999999.
 * Source: keptn 1.4.5, lighthouse-service/event_handler/evaluate_sli_handler.go, calculateScore.
 */
export function verdictOf(
  { pass, warning }: TotalScore,
  earned: number,
  possible: number,
  isKeyFailed: boolean,
): Verdict {
  if (possible === 0) return { result: 'pass', score: 100 }
  const score = 100 * (earned / possible)
  if (isKeyFailed) return { result: 'fail', score }
  if (score >= pass) return { result: 'pass', score }
  return { result: warning !== null && score >= warning ? 'warning' : 'fail', score }
}

/** The best possible outcome of an objective whose indicator could not be queried. */
function asIfPassed(objective: JudgedObjective): JudgedObjective {
  if (objective.status === 'info' || !isUnasked(objective.outcome)) return objective
  return { ...objective, status: 'pass', points: objective.weight }
}

function isUnasked(outcome: JudgedObjective['outcome']): boolean {
  return outcome !== 'measured' && unaskedOutcomes.some((unasked) => unasked === outcome)
}

/** From best to worst. */
export const resultRank: Readonly<Record<Result, number>> = { pass: 0, warning: 1, fail: 2 }

/** Caps in the order in which they apply after `missingData`; later baselines ignore them. */
function resultCaps(slo: Slo, objectives: readonly JudgedObjective[], policies: Policies): readonly Cap[] {
  const { misspeltKeys, noBaseline, windowLength } = policies
  return [
    { policy: 'misspeltKeys', allowed: misspeltKeys === 'keptn' ? 'keptn' : 'fail', isChosen: misspeltKeys === 'fail' },
    ungatedCap(slo, objectives, policies),
    { policy: 'noBaseline', allowed: noBaseline, isChosen: true },
    { policy: 'windowLength', allowed: windowLength, isChosen: true },
  ]
}

/** If nothing was measured, even an SLO that gates nothing cannot say anything about the service. */
function ungatedCap(slo: Slo, objectives: readonly JudgedObjective[], { ungated }: Policies): Cap {
  const policy = 'ungated'
  if (ungated === 'pass' || slo.gate === 'none') return { policy, allowed: 'pass', isChosen: true }
  const isNothing = objectives.every(({ status, outcome }) => status === 'info' && outcome !== 'measured')
  return { policy, allowed: isNothing ? 'fail' : ungated, isChosen: ungated === 'fail' || !isNothing }
}

/** The result that a policy allows; adds a reason to `reasons` if that is worse than `result`. */
function capped(result: Result, cap: Cap, reasons: Reason[]): Result {
  const { policy, allowed } = cap
  const causes: readonly string[] = capCauses[policy]
  const caused = reasons.filter(({ code }) => causes.includes(code))
  if (caused.length === 0 || allowed === 'keptn' || resultRank[allowed] <= resultRank[result]) return result
  reasons.push(cappedReason(cap, result, allowed, caused))
  return allowed
}

/**
 * NaN cannot be compared, but a caller without types may pass it. Partial data or coverage must not decide a key objective,
 * unless the indicator's author allows it.
 */
function usable(measurement: Measurement, isKey: boolean): Measurement {
  if (measurement.kind === 'missing') return measurement
  const { value, partial, coverage, ...asked } = measurement
  if (!Number.isFinite(value)) {
    const message = `The value ${value} is not a finite number.`
    return { ...asked, kind: 'missing', outcome: 'invalid_value', message }
  }
  if (!isKey) return measurement
  if (partial === 'unless_key') {
    const message = `The value ${value} is based on only part of the data, which is not enough for a key objective.`
    return { ...asked, kind: 'missing', outcome: 'upstream', message }
  }
  if (coverage?.isEnough !== false) return measurement
  const message = `The value ${value} is based on ${coverageText(coverage)}, which is not enough for a key objective.`
  return { ...asked, kind: 'missing', outcome: 'no_data', message }
}

function unmeasured(indicator: string): Measurement {
  const message = 'No measurement of this indicator was given.'
  const asked = { indicator, provider: '', name: indicator, definition: null, query: null, warnings: [] }
  return { ...asked, kind: 'missing', outcome: 'no_data', message }
}
