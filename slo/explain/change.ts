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

/** Why no change is named. */
export type NoChange =
  /** It is a pass already. */
  | 'passed'
  /** There are no objectives, so nothing can pass. */
  | 'no_objectives'
  /** Several indicators must change. */
  | 'several_needed'
  /** The values could be no better: a policy caps the result, or some criteria are met by no value. */
  | 'unreachable'
  /** The SLO is so large that the changes were not tried. */
  | 'too_large'

/** Changes after which the result is a better one. */
export type Flip =
  | {
      readonly kind: 'change'
      readonly changes: readonly Change[]
      readonly result: Result
      readonly score: number | null
    }
  | { readonly kind: 'none'; readonly code: NoChange }

export interface Flips {
  /** The one indicator that needs the least change. */
  readonly smallestChange: Flip
  /** The fewest indicators; the same where one is enough. */
  readonly smallestSet: Flip
}

/** What would have made the result a better one. */
export function flipsOf(situation: Situation): Flips {
  const hindrance = hindranceOf(situation)
  if (hindrance !== undefined) return { smallestChange: none(hindrance), smallestSet: none(hindrance) }
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
 * The change of one indicator with the least effort. An indicator that has a value comes before any that has none, whose
 * effort cannot be told. What would earn its own objectives fewer points is no advice, also where it would settle a result
 * that is undecided.
 */
function leastChange(situation: Situation): Flip | undefined {
  const flips = [...placesOf(situation)].flatMap(([indicator, places]) => flipOf(situation, indicator, places))
  return flips.toSorted((one, other) => one.effort - other.effort)[0]?.flip
}

/** The nearest value of one indicator that makes the result a better one, if any does. */
function flipOf(situation: Situation, indicator: string, places: readonly number[]) {
  const pairs = places.flatMap((place) => situation.pairs[place] ?? [])
  const nextBetter = situation.judgement.result === 'fail' ? 'warning' : 'pass'
  if (!mayReach(situation, nextBetter, allOf(pairs))) return []
  const from = valueOf(pairs)
  for (const to of betterValues(pairs)) {
    const changes = [{ indicator, from, to }]
    const { result, score, objectives } = judgedWith(situation, changes)
    if (!isBetter(result, situation.judgement.result)) continue
    const before = standingOf(situation.judgement.objectives, places)
    const after = standingOf(objectives, places)
    if (after.keysFailed >= before.keysFailed && after.points < before.points) continue
    const flip: Flip = { kind: 'change', changes, result, score }
    return [{ flip, effort: from === null ? Infinity : effort(from, to) }]
  }
  return []
}

/** What an indicator could bring at most. */
function allOf(pairs: readonly JudgedPair[]): Gain {
  const scored = pairs.filter(({ judged }) => judged.status !== 'info')
  return {
    keysMended: scored.filter(({ judged }) => judged.isKey && judged.status === 'fail').length,
    pointsGained: scored.reduce((sum, { judged }) => sum + judged.weight - judged.points, 0),
  }
}

/**
 * The fewest indicators that make the result a better one when each gets the value that is best for its objectives.
 * None of them can be left out.
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

function hindranceOf(situation: Situation): NoChange | undefined {
  if (situation.judgement.result === 'pass') return 'passed'
  if (situation.pairs.length === 0) return 'no_objectives'
  return workOf(situation) > workMax ? 'too_large' : undefined
}

interface BestChange extends Change, Gain {
  readonly isUnmeasured: boolean
}

/** Of every indicator that has something to gain, the change that gains most: failed key objectives first, then points. */
function bestChanges(situation: Situation): readonly BestChange[] {
  return [...placesOf(situation)].flatMap(([indicator, places]) => {
    const pairs = places.flatMap((place) => situation.pairs[place] ?? [])
    const before = standingOf(situation.judgement.objectives, places)
    const from = valueOf(pairs)
    const gains = betterValues(pairs).map((to) => {
      const after = pairs.map((pair) => withValue(pair, to, from === null ? undefined : pair.judged.coverage).judged)
      const { keysFailed, points } = standingOf(after, [...after.keys()])
      const gained = { keysMended: before.keysFailed - keysFailed, pointsGained: points - before.points }
      return { indicator, from, to, ...gained, isUnmeasured: from === null }
    })
    const best = gains.toSorted((one, other) => moreGained(one, other) || nearer(from ?? 0, one.to, other.to))[0]
    const isGain = best !== undefined && (best.keysMended > 0 || best.pointsGained > 0 || best.isUnmeasured)
    return isGain ? [best] : []
  })
}

/** How some objectives stand together. */
function standingOf(objectives: readonly JudgedObjective[], places: readonly number[]) {
  const some = places.flatMap((place) => objectives[place] ?? [])
  return {
    keysFailed: some.filter(({ isKey, status }) => isKey && status === 'fail').length,
    points: some.reduce((sum, { points }) => sum + points, 0),
  }
}

function moreGained(one: BestChange, other: BestChange): number {
  return other.keysMended - one.keysMended || other.pointsGained - one.pointsGained
}

function gainOf(changes: readonly BestChange[]): Gain {
  return {
    keysMended: changes.reduce((sum, { keysMended }) => sum + keysMended, 0),
    pointsGained: changes.reduce((sum, { pointsGained }) => sum + pointsGained, 0),
  }
}

/** Adds changes until the result is the wanted one or better, then leaves out whatever was not needed. */
function fewest(situation: Situation, best: readonly BestChange[], wanted: Result): readonly Change[] | undefined {
  const isReached = (changes: readonly BestChange[]): boolean =>
    mayReach(situation, wanted, gainOf(changes)) && !isBetter(wanted, judgedWith(situation, changes).result)
  // Which of the two first orders is right depends on what stands in the way; leaving out settles the rest.
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
