import type { JudgedPair } from '../objective.ts'
import type { CriteriaSet } from '../objectives.ts'
import { intervalsOf, nearestBound } from './interval.ts'

/** How far an objective's value is from meeting its pass or its warning criteria. */
export type Distance =
  | { readonly kind: 'met' }
  /** There are no such criteria. */
  | { readonly kind: 'absent' }
  /** No value meets the criteria. */
  | { readonly kind: 'unreachable' }
  | {
      /** `unmeasured`: there is no value, and `to` is the one nearest to the baseline or, if there is none, to zero. */
      readonly kind: 'away' | 'unmeasured'
      /** The double that meets the criteria and is nearest to the value. */
      readonly to: number
      /** The criterion's target: `to` itself or, if the target does not meet the criterion, the double next to it. */
      readonly target: number | null
      /** `to` minus the value, in the indicator's own unit; negative if the value must fall. Null if unmeasured. */
      readonly by: number | null
      /** `by` in per cent of the target; null if the target is 0. */
      readonly percent: number | null
    }

/** The distance from an objective's value to its `pass` or `warning` sets. */
export function distanceTo({ baseline, judged }: JudgedPair, sets: readonly CriteriaSet[]): Distance {
  if (sets.length === 0) return { kind: 'absent' }
  const intervals = intervalsOf(sets, baseline.value)
  const { value } = judged
  const start = value ?? judged.comparedValue ?? 0
  const isInside = intervals.some(({ from, to }) => from.value <= start && start <= to.value)
  if (isInside && value !== null) return { kind: 'met' }
  const bound = isInside ? { value: start, target: start } : nearestBound(intervals, start)
  if (bound === undefined) return { kind: 'unreachable' }
  const { value: to, target } = bound
  if (value === null) return { kind: 'unmeasured', to, target, by: null, percent: null }
  const by = to - value
  return { kind: 'away', to, target, by, percent: target ? (100 * by) / Math.abs(target) : null }
}
