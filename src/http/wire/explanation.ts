import { z } from 'zod'
import { explanationText, results, type Explanation } from '../../../slo/index.ts'
import { Uuid } from '../formats.ts'

const Figure = z.number().nullable()
const Result = z.enum(results)
const State = z.enum(['succeeded', 'errored'])

const DistanceWire = z.object({
  kind: z.enum(['met', 'absent', 'unreachable', 'away', 'unmeasured']),
  to: z.number().optional().describe('The exact number that meets the criteria'),
  target: Figure.optional().describe('The number a criterion names'),
  by: Figure.optional().describe('In the unit of the indicator'),
  percent: Figure.optional().describe('Of the target'),
})

const FlipWire = z.object({
  kind: z.enum(['change', 'none']),
  code: z.enum(['passed', 'no_objectives', 'several_needed', 'unreachable', 'too_large']).optional(),
  changes: z.array(z.object({ indicator: z.string(), from: Figure, to: z.number() })).optional(),
  result: Result.optional(),
  score: Figure.optional(),
})

/** Why an evaluation came to its result, and what would have made it another. */
export const ExplanationWire = z.object({
  text: z.string().describe('The rest in words'),
  sentence: z.string(),
  state: State,
  result: Result,
  score: Figure,
  objectives: z.array(
    z.object({
      indicator: z.string(),
      displayName: z.string(),
      status: z.enum([...results, 'info']),
      points: z.number(),
      weight: z.number(),
      value: Figure,
      comparedValue: Figure,
      comparedWith: z.array(Uuid),
      toPass: DistanceWire,
      toWarning: DistanceWire,
    }),
  ),
  smallestChange: FlipWire,
  smallestSet: FlipWire,
  comparedEvaluations: z.array(
    z.object({
      id: Uuid,
      indicators: z.array(z.string()),
      without: z.object({ state: State, result: Result, score: Figure }),
    }),
  ),
  skippedEvaluations: z.array(z.object({ id: Uuid.optional(), message: z.string() })),
})

/** An explanation in the words of the API: the structure, and the text that is made of it. */
export function explanationToWire(explanation: Explanation): z.infer<typeof ExplanationWire> {
  return ExplanationWire.parse({ text: explanationText(explanation), ...explanation })
}
