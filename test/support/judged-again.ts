import { z } from 'zod'
import { engineVersion, judge, parseSlo } from '../../slo/index.ts'
import { CandidateRow, MeasurementRow, PoliciesRow } from '../../src/storage/inputs.ts'

/** Said of the window when the evaluation was accepted, beside the judgement. */
const ofWindow: readonly unknown[] = ['clock_skew', 'window_clamped']

const JudgedReasons = z
  .array(z.looseObject({ code: z.string() }))
  .transform((reasons) => reasons.filter(({ code }) => !ofWindow.includes(code)))

/** The columns of `evaluations` that judging again needs or must reproduce. */
const Row = z.object({
  state: z.string(),
  result: z.string(),
  baseline_result: z.string(),
  score: z.number().nullable(),
  reasons: JudgedReasons,
  objectives: z.unknown(),
  compared_evaluations: z.unknown(),
  engine_version: z.literal(engineVersion),
  slo_text: z.string(),
  policies: PoliciesRow,
  measurements: z.array(MeasurementRow),
  candidates: z.array(CandidateRow),
})

/** What a row says was judged, and what judging it again from that row alone says; both as JSON has them. */
export function judgedAgain(value: unknown): { readonly recorded: object; readonly again: object } {
  const row = Row.parse(value)
  const judgement = judge(parseSlo(row.slo_text), row.measurements, row.candidates, row.policies)
  return {
    recorded: {
      state: row.state,
      result: row.result,
      baselineResult: row.baseline_result,
      score: row.score,
      reasons: row.reasons,
      objectives: row.objectives,
      comparedEvaluations: row.compared_evaluations,
    },
    // As JSON, which is how a row keeps it.
    again: JSON.parse(JSON.stringify(judgement)),
  }
}
