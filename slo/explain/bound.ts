import type { Result } from '../judgement.ts'
import type { Situation } from './situation.ts'

/** The most that some changes can gain. */
export interface Gain {
  readonly keysFixed: number
  readonly pointsGained: number
}

/** Allows for rounding when sums of half points are divided. */
const slack = 1 + 1e-9

/**
 * Whether a gain may be enough for a result: false only if it cannot be, which saves judging again. There is no such bound
 * for an undecided result.
 */
export function mayReach({ slo, judgement }: Situation, wanted: Result, { keysFixed, pointsGained }: Gain): boolean {
  if (judgement.state === 'errored') return true
  const scored = judgement.objectives.filter(({ status }) => status !== 'info')
  const keysFailed = scored.filter(({ isKey, status }) => isKey && status === 'fail').length
  if (keysFailed > keysFixed) return false
  const possible = scored.reduce((sum, { weight }) => sum + weight, 0)
  const earned = scored.reduce((sum, { points }) => sum + points, 0)
  const { pass, warning } = slo.totalScore
  const needed = wanted === 'pass' ? pass : Math.min(pass, warning ?? pass)
  return possible === 0 || slack * 100 * ((earned + pointsGained) / possible) >= needed
}
