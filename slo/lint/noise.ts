import { average, percentile } from '../baseline.ts'
import type { Criterion } from '../criterion.ts'

/** How far values of builds that change nothing lie apart, as a standard deviation; both numbers in the values' unit. */
export interface Noise {
  readonly mean: number
  readonly likely: number
  /** With 95 % confidence it is not less than this: 0.65 of the likely one from 5 values, 0.79 from 20. */
  readonly atLeast: number
}

/** Of a normal distribution's absolute differences of two values, the median is so many standard deviations. */
const medianDifference = 0.6745 * Math.SQRT2

/**
 * The noise of several lists of values, each of one build and in the order they came, at least two in a list. It is the
 * smaller of their standard deviation around each list's mean and of what the median step from one to the next says: a step
 * up that stays is a change of the surroundings, not noise.
 */
export function noiseOf(builds: readonly (readonly number[])[]): Noise {
  const mean = average(builds.flat())
  const degrees = builds.reduce((sum, values) => sum + values.length - 1, 0)
  const squares = builds.flatMap((values) => {
    const own = average(values)
    return values.map((value) => (value - own) ** 2)
  })
  const deviation = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / degrees)
  const steps = builds.flatMap((values) =>
    values.slice(1).map((value, place) => Math.abs(value - (values[place] ?? value))),
  )
  const likely = Math.min(deviation, percentile(steps, 0.5) / medianDifference)
  return { mean, likely, atLeast: likely * Math.sqrt(degrees / chiSquare95(degrees)) }
}

/** What 95 % of the sums of so many squares stay below. Source: Wilson and Hilferty, 1931. */
function chiSquare95(degrees: number): number {
  const part = 2 / (9 * degrees)
  return degrees * (1 - part + 1.645 * Math.sqrt(part)) ** 3
}

/**
 * How often a build that changed nothing misses a bound in per cent of the mean of `count` earlier ones, were its values
 * normally distributed: value less bound then has the mean -t · m and the variance s² · (1 + (1 + t)² ÷ count).
 */
export function falseFails({ operator, amount }: Criterion, mean: number, deviation: number, count: number): number {
  const factor = 1 + amount / 100
  const spread = deviation * Math.sqrt(1 + (factor * factor) / count)
  const distance = operator.startsWith('<') ? mean * factor - mean : mean - mean * factor
  return 1 - normal(distance / spread)
}

/** The share of a normal distribution below `x` standard deviations, to three places. Source: Abramowitz and Stegun, 7.1.25. */
function normal(x: number): number {
  const t = 1 / (1 + 0.47047 * (Math.abs(x) / Math.SQRT2))
  const tail = ((0.7478556 * t - 0.0958798) * t + 0.3480242) * t * Math.exp((-x * x) / 2)
  return x < 0 ? tail / 2 : 1 - tail / 2
}
