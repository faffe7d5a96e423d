import type { Evaluation } from './client.ts'
import type { Expectation } from './narrator.ts'

export function hasResult(evaluation: Evaluation, expected: Evaluation['result']): Expectation {
  return { told: `the result is ${expected}`, expected, got: evaluation.result }
}

/** `told` names the earlier one for people. */
export function wasComparedWith(evaluation: Evaluation, earlier: Evaluation, told: string): Expectation {
  return { told: `it was compared with ${told}`, expected: [earlier.id], got: evaluation.comparedEvaluations }
}

export function hasReason(evaluation: Evaluation, code: string, told: string): Expectation {
  return { told, expected: true, got: evaluation.reasons.some((reason) => reason.code === code) }
}
