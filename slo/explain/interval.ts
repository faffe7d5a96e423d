import { targetOf } from '../criterion.ts'
import type { CriteriaSet } from '../objectives.ts'
import { nextAbove, nextBelow } from './number.ts'

/** An end of an interval. */
export interface Bound {
  /** The last double inside. */
  readonly value: number
  /** The number the criterion names; beside `value` when it is not inside itself. Null: there is no end on this side. */
  readonly target: number | null
}

/** All doubles that meet one criteria set; `from` is not above `to`. */
export interface Interval {
  readonly from: Bound
  readonly to: Bound
}

const lowest: Bound = { value: -Number.MAX_VALUE, target: null }
const highest: Bound = { value: Number.MAX_VALUE, target: null }

/** The values that meet some criteria, one interval for each set that any value meets, in file order. */
export function intervalsOf(sets: readonly CriteriaSet[], baseline: number | undefined): readonly Interval[] {
  return sets.flatMap((set) => intervalOf(set, baseline))
}

function intervalOf(set: CriteriaSet, baseline: number | undefined): readonly Interval[] {
  let from = lowest
  let to = highest
  for (const criterion of set) {
    const target = targetOf(criterion, baseline)
    // Without a baseline it holds, whatever the value.
    if (target === undefined) continue
    if (!Number.isFinite(target)) return []
    const { operator } = criterion
    const least = operator === '>' ? nextAbove(target) : operator === '<' || operator === '<=' ? -Infinity : target
    const most = operator === '<' ? nextBelow(target) : operator === '>' || operator === '>=' ? Infinity : target
    if (least > from.value) from = { value: withoutNegativeZero(least), target }
    if (most < to.value) to = { value: withoutNegativeZero(most), target }
  }
  return from.value <= to.value ? [{ from, to }] : []
}

/** It is judged like 0, and JSON knows no other. */
function withoutNegativeZero(number: number): number {
  return number === 0 ? 0 : number
}

/** The ends of some intervals, and `value` itself; every way to be in more of the intervals begins at one of them. */
export function endsOf(intervals: readonly Interval[], value: number): readonly number[] {
  const ends = intervals.flatMap(({ from, to }) => [from, to]).filter(({ target }) => target !== null)
  return [...new Set([value, ...ends.map((end) => end.value)])]
}

/** The doubles right beside some intervals. */
export function besides(intervals: readonly Interval[]): readonly number[] {
  const doubles = intervals.flatMap(({ from, to }) => [nextBelow(from.value), nextAbove(to.value)])
  return doubles.filter((double) => Number.isFinite(double)).map(withoutNegativeZero)
}

/** The end of some interval that is nearest to `value`, which is in none of them; undefined when there is no interval. */
export function nearestBound(intervals: readonly Interval[], value: number): Bound | undefined {
  const bounds = intervals.map(({ from, to }) => (value < from.value ? from : to))
  return bounds.toSorted((one, other) => nearer(value, one.value, other.value))[0]
}

/**
 * How much of a change it is from one number to another, from 0 for none to 1, which is any from zero: the distance by the
 * sum of distance and `from`. It has no unit, and so compares changes of different indicators; and it grows with the
 * distance, on either side.
 */
export function effort(from: number, to: number): number {
  const larger = Math.max(Math.abs(from), Math.abs(to))
  if (larger === 0) return 0
  // Two finite numbers may be further apart than any number says.
  const distance = Math.abs(to / larger - from / larger)
  return distance / (distance + Math.abs(from / larger))
}

/** For sorting: the nearest first. On one side of `from` the numbers themselves decide, exact where `effort` is rounded. */
export function nearer(from: number, one: number, other: number): number {
  if (one >= from && other >= from) return one - other
  if (one <= from && other <= from) return other - one
  return effort(from, one) - effort(from, other) || one - other
}
