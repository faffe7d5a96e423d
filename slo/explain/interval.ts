import { targetOf } from '../criterion.ts'
import type { CriteriaSet } from '../objectives.ts'
import { nextAbove, nextBelow } from './number.ts'

/** An end of an interval. */
export interface Bound {
  /** The last double inside. */
  readonly value: number
  /** The criterion's target, next to `value` if it is not inside the interval itself. Null if this side is unbounded. */
  readonly target: number | null
}

/** All doubles that meet one criteria set; `from` is never above `to`. */
export interface Interval {
  readonly from: Bound
  readonly to: Bound
}

const lowest: Bound = { value: -Number.MAX_VALUE, target: null }
const highest: Bound = { value: Number.MAX_VALUE, target: null }

/** The values that meet some criteria sets: one interval for each set that can be met, in file order. */
export function intervalsOf(sets: readonly CriteriaSet[], baseline: number | undefined): readonly Interval[] {
  return sets.flatMap((set) => intervalOf(set, baseline))
}

function intervalOf(set: CriteriaSet, baseline: number | undefined): readonly Interval[] {
  let from = lowest
  let to = highest
  for (const criterion of set) {
    const target = targetOf(criterion, baseline)
    // Without a baseline, it holds for any value.
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

/** -0 is judged like 0, and JSON does not preserve it. */
function withoutNegativeZero(number: number): number {
  return number === 0 ? 0 : number
}

/** The ends of some intervals, and `value` itself. Any set of intervals that a value can be inside is reached at one of these. */
export function endsOf(intervals: readonly Interval[], value: number): readonly number[] {
  const ends = intervals.flatMap(({ from, to }) => [from, to]).filter(({ target }) => target !== null)
  return [...new Set([value, ...ends.map((end) => end.value)])]
}

/** The doubles just outside some intervals. */
export function besides(intervals: readonly Interval[]): readonly number[] {
  const doubles = intervals.flatMap(({ from, to }) => [nextBelow(from.value), nextAbove(to.value)])
  return doubles.filter((double) => Number.isFinite(double)).map(withoutNegativeZero)
}

/** The end of an interval that is nearest to `value`, which must be outside all of them; undefined if there are none. */
export function nearestBound(intervals: readonly Interval[], value: number): Bound | undefined {
  const bounds = intervals.map(({ from, to }) => (value < from.value ? from : to))
  return bounds.toSorted((one, other) => nearer(value, one.value, other.value))[0]
}

/**
 * The size of a change from one number to another: the distance divided by the sum of the distance and `from`. It is 0 for no
 * change, and 1 for any change from zero. It has no unit, so changes of different indicators can be compared, and it grows
 * with the distance in both directions.
 */
export function effort(from: number, to: number): number {
  const larger = Math.max(Math.abs(from), Math.abs(to))
  if (larger === 0) return 0
  // The difference of two finite numbers may overflow.
  const distance = Math.abs(to / larger - from / larger)
  return distance / (distance + Math.abs(from / larger))
}

/** Sorts the nearest first. On the same side of `from`, it compares the numbers, which is exact; `effort` is rounded. */
export function nearer(from: number, one: number, other: number): number {
  if (one >= from && other >= from) return one - other
  if (one <= from && other <= from) return other - one
  return effort(from, one) - effort(from, other) || one - other
}
