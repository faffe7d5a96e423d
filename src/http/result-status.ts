import { z } from 'zod'
import { PharosError } from '../base/errors.ts'
import { hasEnded, type Evaluation } from '../evaluation/evaluation.ts'

/** The query parameter; `refuseOtherStatus` refuses any other value. */
export const StatusWanted = z
  .string()
  .optional()
  .meta({ enum: ['result'] })
  .describe(
    'With `result`, the status code depends on the outcome: 200 for pass and warning, 412 for fail, 424 for errored, aborted and invalidated, 202 until it has finished',
  )

/** The responses that it adds to a route; 200 and 202 keep their descriptions. */
export function resultAnswers<Answer extends z.ZodType>(answer: Answer) {
  return { 412: answer, 424: answer }
}

/** 422 would be taken for a mistake in the body. */
export function refuseOtherStatus(wanted: string | undefined): void {
  if (wanted === undefined || wanted === 'result') return
  throw new PharosError('invalid_query', `the query parameter status must be result, not ${JSON.stringify(wanted)}`)
}

/** The HTTP status of an evaluation's outcome, for callers that read only the status. */
export function statusOfResult(evaluation: Evaluation): 200 | 202 | 412 | 424 {
  if (!hasEnded(evaluation)) return 202
  if (evaluation.state !== 'succeeded' || evaluation.invalidation !== null) return 424
  return evaluation.result === 'fail' ? 412 : 200
}
