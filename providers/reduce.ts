export const seriesReducers = ['sum', 'avg', 'min', 'max'] as const

export const timeReducers = [
  'last',
  'first',
  ...seriesReducers,
  'count',
  'median',
  'p90',
  'p95',
  'p99',
  'stddev',
] as const
export type TimeReducer = (typeof timeReducers)[number]

/** How many values a statistic needs: a single value has no deviation, which is not the same as 0. */
export function valuesNeeded(reducer: TimeReducer): number {
  return reducer === 'stddev' ? 2 : 1
}

/** Combines values, at least one, in chronological order. */
export function reduced(values: readonly number[], reducer: TimeReducer): number {
  switch (reducer) {
    case 'first':
      return values.at(0) ?? Number.NaN
    case 'last':
      return values.at(-1) ?? Number.NaN
    case 'sum':
      return sumOf(values)
    case 'avg':
      return sumOf(values) / values.length
    case 'min':
      return values.reduce((least, value) => Math.min(least, value), Infinity)
    case 'max':
      return values.reduce((most, value) => Math.max(most, value), -Infinity)
    case 'count':
      return values.length
    case 'median':
      return quantileOf(values, 0.5)
    case 'p90':
      return quantileOf(values, 0.9)
    case 'p95':
      return quantileOf(values, 0.95)
    case 'p99':
      return quantileOf(values, 0.99)
    case 'stddev':
      return deviationOf(values)
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/** The population standard deviation, as in Prometheus' `stddev`. */
function deviationOf(values: readonly number[]): number {
  const average = sumOf(values) / values.length
  return Math.sqrt(sumOf(values.map((value) => (value - average) ** 2)) / values.length)
}

/** Interpolated between neighbours: type 7 of Hyndman and Fan, as `quantile_over_time` does. */
function quantileOf(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  const place = (sorted.length - 1) * fraction
  const lower = sorted[Math.floor(place)] ?? Number.NaN
  const upper = sorted[Math.ceil(place)] ?? Number.NaN
  return lower === upper ? lower : lower + (place - Math.floor(place)) * (upper - lower)
}
