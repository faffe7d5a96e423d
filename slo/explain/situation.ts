import { conclude, resultRank } from '../judge.ts'
import type { Candidate, Judgement, Policies, Result } from '../judgement.ts'
import type { Coverage } from '../measurement.ts'
import { judgeObjective, type JudgedPair } from '../objective.ts'
import type { Slo } from '../slo.ts'
import { besides, endsOf, intervalsOf, nearer } from './interval.ts'

/** A judgement with all its inputs, so that it can be judged again with other values. */
export interface Situation {
  readonly slo: Slo
  readonly pairs: readonly JudgedPair[]
  readonly candidates: readonly Candidate[]
  readonly policies: Policies
  readonly judgement: Judgement
}

/** A different value for one indicator. */
export interface Change {
  readonly indicator: string
  /** Null if it was not measured. */
  readonly from: number | null
  readonly to: number
}

/** The indexes of each indicator's objectives, in file order. */
export function placesOf({ pairs }: Situation): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>()
  for (const [place, { objective }] of pairs.entries()) {
    const group = groups.get(objective.indicator)
    if (group === undefined) groups.set(objective.indicator, [place])
    else group.push(place)
  }
  return groups
}

/** Judges again with some indicators' values changed. */
export function judgedWith({ slo, pairs, candidates, policies }: Situation, changes: readonly Change[]): Judgement {
  const values = new Map(changes.map(({ indicator, to }) => [indicator, to]))
  const unmeasured = new Set(pairs.filter(({ judged }) => judged.value === null).map(({ judged }) => judged.indicator))
  const changed = pairs.map((pair) => {
    const { indicator } = pair.objective
    const value = values.get(indicator)
    if (value === undefined) return pair
    return withValue(pair, value, unmeasured.has(indicator) ? undefined : pair.judged.coverage)
  })
  return conclude(slo, changed, candidates, policies)
}

/** The value of an indicator; null if any of its objectives has none, such as a key objective with too few samples. */
export function valueOf(pairs: readonly JudgedPair[]): number | null {
  const values = pairs.map(({ judged }) => judged.value)
  return values.includes(null) ? null : (values[0] ?? null)
}

/**
 * The same objective, judged as if its indicator had this value. That value would be based on the same samples, so `coverage`
 * is kept; if there is none, the samples count as enough.
 */
export function withValue(pair: JudgedPair, value: number, coverage: Coverage | undefined): JudgedPair {
  const { objective, baseline, judged } = pair
  const { indicator, provider, name, definition, query } = judged
  const measurement = { kind: 'measured', indicator, provider, name, definition, query, warnings: [], value } as const
  return { ...pair, isPartial: false, judged: judgeObjective(objective, measurement, baseline, coverage) }
}

/**
 * Values of one indicator that could improve its objectives, the nearest to the current value first. For an indicator without
 * a value, these are followed by values that meet nothing: any value may be enough to settle a result.
 */
export function betterValues(pairs: readonly JudgedPair[]): readonly number[] {
  const value = valueOf(pairs)
  const start = value ?? pairs[0]?.judged.comparedValue ?? 0
  const intervals = pairs.flatMap(({ objective, baseline }) => [
    ...intervalsOf(objective.pass, baseline.value),
    ...intervalsOf(objective.warning, baseline.value),
  ])
  const byDistance = (one: number, other: number): number => nearer(start, one, other)
  const inside = endsOf(intervals, start).toSorted(byDistance)
  return value === null ? [...inside, ...besides(intervals).toSorted(byDistance)] : inside
}

export function isBetter(result: Result, than: Result): boolean {
  return resultRank[result] < resultRank[than]
}

/** How many objectives and criteria may be visited to find changes; in a larger SLO, one change would hardly help a reader. */
export const workMax = 4_000_000

/** About how many objectives and criteria are visited when every value of every indicator is tried. */
export function workOf(situation: Situation): number {
  const { pairs } = situation
  const criteria = pairs.map(({ objective }) => [...objective.pass, ...objective.warning].flat().length)
  const sets = pairs.map(({ objective }) => objective.pass.length + objective.warning.length)
  return [...placesOf(situation).values()].reduce((sum, places) => {
    const tries = 1 + 2 * places.reduce((count, place) => count + (sets[place] ?? 0), 0)
    return sum + tries * (pairs.length + places.reduce((count, place) => count + (criteria[place] ?? 0), 0))
  }, 0)
}
