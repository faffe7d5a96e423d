import type { Result } from '../judgement.ts'
import type { Situation } from './situation.ts'

/** What some changes bring at most. */
export interface Gain {
  readonly keysMended: number
  readonly pointsGained: number
}

/** For sums of halves that a division has rounded. */
const slack = 1 + 1e-9

/**
 * Whether a gain may be enough for a result: false only when it cannot be, which spares judging again. How an undecided
 * result comes about has no such bound.
 */
export function mayReach({ slo, judgement }: Situation, wanted: Result, { keysMended, pointsGained }: Gain): boolean {
  if (judgement.state === 'errored') return true
  const scored = judgement.objectives.filter(({ status }) => status !== 'info')
  const keysFailed = scored.filter(({ isKey, status }) => isKey && status === 'fail').length
  if (keysFailed > keysMended) return false
  const possible = scored.reduce((sum, { weight }) => sum + weight, 0)
  const earned = scored.reduce((sum, { points }) => sum + points, 0)
  const { pass, warning } = slo.totalScore
  const needed = wanted === 'pass' ? pass : Math.min(pass, warning ?? pass)
  return possible === 0 || slack * 100 * ((earned + pointsGained) / possible) >= needed
}
