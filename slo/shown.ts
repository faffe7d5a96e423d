import { rounded, shortestWhere } from './explain/number.ts'
import type { Target } from './judgement.ts'
import type { TotalScore } from './total-score.ts'

/** One objective's numbers, formatted to be read next to each other. */
export interface ShownObjective {
  /** Null if there is no value. */
  readonly value: string | null
  /** The baseline; null without one. */
  readonly comparedValue: string | null
  /** The limit of each of `passTargets`; null if the criterion's text contains it or if it is not a number. */
  readonly limits: readonly (string | null)[]
}

/** The parts of an objective that determine how its numbers are shown. */
interface Numbers {
  readonly value: number | null
  readonly comparedValue: number | null
  readonly passTargets: readonly Target[]
  readonly warningTargets: readonly Target[]
}

/**
 * The numbers of an objective, as short as possible while the value stays on its side of everything it was compared with: a
 * value that violates a criterion never reads as if it met it, or the reverse. Whole numbers stay whole.
 */
export function shownObjective({ value, comparedValue, passTargets, warningTargets }: Numbers): ShownObjective {
  const shownLimits = passTargets.map((target) => (saysItsLimit(target) ? null : target.targetValue))
  if (value === null) {
    return { value, comparedValue: shortOrNull(comparedValue), limits: shownLimits.map(shortOrNull) }
  }
  const exactLimits = [...passTargets.filter(saysItsLimit), ...warningTargets].flatMap(
    ({ targetValue }) => targetValue ?? [],
  )
  const roundedLimits = [comparedValue, ...shownLimits].flatMap((limit) =>
    limit === null || limit === value ? [] : Number(beside(limit, value)),
  )
  const text = beside(value, ...exactLimits, ...roundedLimits)
  const textOf = (limit: number | null): string | null =>
    limit === null ? null : limit === value ? text : beside(limit, value)
  return { value: text, comparedValue: textOf(comparedValue), limits: shownLimits.map(textOf) }
}

/** A score that stays on its side of the minimums for a pass and a warning. */
export function shownScore(score: number, { pass, warning }: TotalScore): string {
  return beside(score, pass, ...(warning === null ? [] : [warning]))
}

/** Points that read as all or none only if they are. */
export function shownPoints(points: number, weight: number): string {
  return beside(points, weight, 0)
}

/** A number that is not compared with anything. */
export function shownAlone(number: number): string {
  return beside(number)
}

/** Whether a criterion contains its limit: `<600` does, `<=+10%` does not. Also true if it has no limit. */
function saysItsLimit({ criteria, targetValue }: Target): boolean {
  return targetValue === null || Number(criteria.replaceAll(' ', '').replace(/^[<=>]+(?![+-])/, '')) === targetValue
}

function shortOrNull(number: number | null): string | null {
  return number === null ? null : beside(number)
}

/**
 * A number as short as possible while it still differs from each of `others` at the same number of digits, and is on the same
 * side of them as in full: 99.99994 beside 99.99995, although 99.9999 is less than that too.
 */
function beside(number: number, ...others: readonly number[]): string {
  return shortestWhere(number, (text, digits) =>
    others.every((other) => {
      const isOnItsSide = Math.sign(Number(text) - other) === Math.sign(number - other)
      return isOnItsSide && (other === number || rounded(other, digits) !== text)
    }),
  )
}
