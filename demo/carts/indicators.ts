import type { Observation } from './load.ts'

/** A value as an evaluation request takes it. */
export interface PushedIndicator {
  readonly metric: string
  readonly value: number
}

/**
 * The indicators of the example SLO, counted from what the load generator saw during `windowMs`: what Prometheus would
 * have been asked for. Throws when nothing was observed.
 */
export function indicatorsOf(observations: readonly Observation[], windowMs: number): readonly PushedIndicator[] {
  const seconds = observations.map(({ durationMs }) => durationMs / 1000).toSorted((one, other) => one - other)
  const errors = observations.filter(({ failed }) => failed).length
  return [
    { metric: 'response_time_p95', value: nearestRank(seconds, 0.95) },
    { metric: 'response_time_p50', value: nearestRank(seconds, 0.5) },
    { metric: 'error_rate', value: (100 * errors) / observations.length },
    { metric: 'throughput', value: observations.length / (windowMs / 1000) },
  ]
}

/** The smallest of `sorted` that at least `fraction` (above 0, to 1) of them do not exceed. */
function nearestRank(sorted: readonly number[], fraction: number): number {
  const value = sorted[Math.ceil(fraction * sorted.length) - 1]
  if (value === undefined) throw new Error('no request was observed')
  return value
}
