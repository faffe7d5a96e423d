import type { JudgedObjective, Result } from '../judgement.ts'
import type { JudgedPair } from '../objective.ts'
import { mayReach, type Gain } from './bound.ts'
import { effort, nearer } from './interval.ts'
import {
  betterValues,
  isBetter,
  judgedWith,
  placesOf,
  valueOf,
  withValue,
  workMax,
  workOf,
  type Change,
  type Situation,
} from './situation.ts'

/** Why no change is given. */
export type NoChange =
  /** The result is already a pass. */
  | 'passed'
  /** There are no objectives, so nothing can pass. */
  | 'no_objectives'
  /** Several indicators must change. */
  | 'several_needed'
  /** Better values would not help: a policy caps the result, or no value meets some criteria. */
  | 'unreachable'
  /** The SLO is too large to try changes. */
  | 'too_large'

/** Changes that would improve the result. */
export type Flip =
  | {
      readonly kind: 'change'
      readonly changes: readonly Change[]
      readonly result: Result
      readonly score: number | null
    }
  | { readonly kind: 'none'; readonly code: NoChange }

export interface Flips {
  /** The smallest change of a single indicator. */
  readonly smallestChange: Flip
  /** The fewest indicators; the same as `smallestChange` if one is enough. */
  readonly smallestSet: Flip
}

/** The changes that would have improved the result. */
export function flipsOf(situation: Situation): Flips {
  const obstacle = obstacleOf(situation)
  if (obstacle !== undefined) return { smallestChange: none(obstacle), smallestSet: none(obstacle) }
  const smallestChange = leastChange(situation)
  if (smallestChange !== undefined) return { smallestChange, smallestSet: smallestChange }
  const smallestSet = fewestChanges(situation)
  const code = smallestSet === undefined ? 'unreachable' : 'several_needed'
  return { smallestChange: none(code), smallestSet: smallestSet ?? none(code) }
}

function none(code: NoChange): Flip {
  return { kind: 'none', code }
}

/**
 * The change of one indicator with the least effort. Indicators with a value come before those without, whose effort is
 * unknown. A change that would earn the indicator's own objectives fewer points is never suggested, even if it would settle
 * an undecided result.
 */
function leastChange(situation: Situation): Flip | undefined {
  const flips = [...placesOf(situation)].flatMap(([indicator, places]) => flipOf(situation, indicator, places))
  return flips.toSorted((one, other) => one.effort - other.effort)[0]?.flip
}

/** The nearest value of one indicator that improves the result, if there is one. */
function flipOf(situation: Situation, indicator: string, places: readonly number[]) {
  const pairs = places.flatMap((place) => situation.pairs[place] ?? [])
  const nextBetter = situation.judgement.result === 'fail' ? 'warning' : 'pass'
  if (!mayReach(situation, nextBetter, allOf(pairs))) return []
  const from = valueOf(pairs)
  for (const to of betterValues(pairs)) {
    const changes = [{ indicator, from, to }]
    const { result, score, objectives } = judgedWith(situation, changes)
    if (!isBetter(result, situation.judgement.result)) continue
    const before = totalsOf(situation.judgement.objectives, places)
    const after = totalsOf(objectives, places)
    if (after.keysFailed >= before.keysFailed && after.points < before.points) continue
    const flip: Flip = { kind: 'change', changes, result, score }
    return [{ flip, effort: from === null ? Infinity : effort(from, to) }]
  }
  return []
}

/** The most that an indicator could gain. */
function allOf(pairs: readonly JudgedPair[]): Gain {
  const scored = pairs.filter(({ judged }) => judged.status !== 'info')
  return {
    keysFixed: scored.filter(({ judged }) => judged.isKey && judged.status === 'fail').length,
    pointsGained: scored.reduce((sum, { judged }) => sum + judged.weight - judged.points, 0),
  }
}

/**
 * The fewest indicators that improve the result if each gets the best value for its objectives. None of them can be left
 * out.
 */
function fewestChanges(situation: Situation): Flip | undefined {
  const best = bestChanges(situation)
  const flips = (['warning', 'pass'] as const).flatMap((wanted) => {
    if (!isBetter(wanted, situation.judgement.result)) return []
    const needed = fewest(situation, best, wanted)
    return needed === undefined ? [] : [needed]
  })
  const changes = flips.toSorted((one, other) => one.length - other.length)[0]
  if (changes === undefined) return undefined
  const { result, score } = judgedWith(situation, changes)
  return { kind: 'change', changes, result, score }
}

function obstacleOf(situation: Situation): NoChange | undefined {
  if (situation.judgement.result === 'pass') return 'passed'
  if (situation.pairs.length === 0) return 'no_objectives'
  return workOf(situation) > workMax ? 'too_large' : undefined
}

interface BestChange extends Change, Gain {
  readonly isUnmeasured: boolean
}

/** The change that gains most for each indicator with something to gain: failed key objectives first, then points. */
function bestChanges(situation: Situation): readonly BestChange[] {
  return [...placesOf(situation)].flatMap(([indicator, places]) => {
    const pairs = places.flatMap((place) => situation.pairs[place] ?? [])
    const before = totalsOf(situation.judgement.objectives, places)
    const from = valueOf(pairs)
    const gains = betterValues(pairs).map((to) => {
      const after = pairs.map((pair) => withValue(pair, to, from === null ? undefined : pair.judged.coverage).judged)
      const { keysFailed, points } = totalsOf(after, [...after.keys()])
      const gained = { keysFixed: before.keysFailed - keysFailed, pointsGained: points - before.points }
      return { indicator, from, to, ...gained, isUnmeasured: from === null }
    })
    const best = gains.toSorted((one, other) => moreGained(one, other) || nearer(from ?? 0, one.to, other.to))[0]
    const isGain = best !== undefined && (best.keysFixed > 0 || best.pointsGained > 0 || best.isUnmeasured)
    return isGain ? [best] : []
  })
}

/** The combined outcome of some objectives. */
function totalsOf(objectives: readonly JudgedObjective[], places: readonly number[]) {
  const some = places.flatMap((place) => objectives[place] ?? [])
  return {
    keysFailed: some.filter(({ isKey, status }) => isKey && status === 'fail').length,
    points: some.reduce((sum, { points }) => sum + points, 0),
  }
}

function moreGained(one: BestChange, other: BestChange): number {
  return other.keysFixed - one.keysFixed || other.pointsGained - one.pointsGained
}

function gainOf(changes: readonly BestChange[]): Gain {
  return {
    keysFixed: changes.reduce((sum, { keysFixed }) => sum + keysFixed, 0),
    pointsGained: changes.reduce((sum, { pointsGained }) => sum + pointsGained, 0),
  }
}

/** Adds changes until the result is as wanted or better, then removes the changes that were not needed. */
function fewest(situation: Situation, best: readonly BestChange[], wanted: Result): readonly Change[] | undefined {
  const isReached = (changes: readonly BestChange[]): boolean =>
    mayReach(situation, wanted, gainOf(changes)) && !isBetter(wanted, judgedWith(situation, changes).result)
  // Which order needs fewer changes depends on what prevents the result, so both are tried.
  const orders = [
    best.toSorted(moreGained),
    best.toSorted((one, other) => Number(other.isUnmeasured) - Number(one.isUnmeasured) || moreGained(one, other)),
  ]
  const found = orders.flatMap((order) => {
    const length = order.findIndex((_, last) => isReached(order.slice(0, last + 1))) + 1
    if (length === 0) return []
    const needed = order.slice(0, length).toReversed()
    return [
      needed.reduce((kept, change) => {
        const without = kept.filter((other) => other !== change)
        return isReached(without) ? without : kept
      }, needed),
    ]
  })
  const shortest = found.toSorted((one, other) => one.length - other.length)[0]
  return shortest?.toReversed().map(({ indicator, from, to }) => ({ indicator, from, to }))
}
