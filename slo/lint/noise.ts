import { average, percentile } from '../baseline.ts'
import type { Criterion } from '../criterion.ts'

/** How much the values of unchanged builds vary, as a standard deviation in the values' unit. */
export interface Noise {
  readonly mean: number
  readonly likely: number
  /** A lower bound with 95 % confidence: 0.65 of `likely` for 5 values, 0.79 for 20. */
  readonly atLeast: number
}

/** The median absolute difference of two normally distributed values, in standard deviations. */
const medianDifference = 0.6745 * Math.SQRT2

/**
 * The noise of several lists of values, each from one build in chronological order, with at least two values in a list. It is
 * the smaller of the standard deviation around each list's mean and an estimate from the median step between neighbours: a
 * lasting step is a change in the environment, not noise.
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

/** The 95th percentile of the chi-square distribution. Source: Wilson and Hilferty, 1931. */
function chiSquare95(degrees: number): number {
  const part = 2 / (9 * degrees)
  return degrees * (1 - part + 1.645 * Math.sqrt(part)) ** 3
}

/**
 * How often an unchanged build misses a percentage limit on the mean of `count` earlier values, assuming that values are
 * normally distributed: value minus limit then has the mean -t · m and the variance s² · (1 + (1 + t)² ÷ count).
 */
export function falseFails({ operator, amount }: Criterion, mean: number, deviation: number, count: number): number {
  const factor = 1 + amount / 100
  const spread = deviation * Math.sqrt(1 + (factor * factor) / count)
  const distance = operator.startsWith('<') ? mean * factor - mean : mean - mean * factor
  return 1 - normal(distance / spread)
}

/** The share of a normal distribution below `x` standard deviations, accurate to three decimal places. Source: Abramowitz and Stegun, 7.1.25. */
function normal(x: number): number {
  const t = 1 / (1 + 0.47047 * (Math.abs(x) / Math.SQRT2))
  const tail = ((0.7478556 * t - 0.0958798) * t + 0.3480242) * t * Math.exp((-x * x) / 2)
  return x < 0 ? tail / 2 : 1 - tail / 2
}
