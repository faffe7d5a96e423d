import { z } from 'zod'
import { missingOutcomes, reasonCodes, results } from '../../slo/index.ts'
import type { JudgedObjective, Reason, UnknownCode } from '../../slo/index.ts'
import type { Evaluation, Trigger } from '../evaluation/evaluation.ts'
import type { Warning } from '../base/warning.ts'
import { CoverageRow } from './inputs.ts'
import { windowSources } from '../base/window.ts'

const Target = z.object({ criteria: z.string(), targetValue: z.number().nullable(), violated: z.boolean() })

const Objective = z.object({
  indicator: z.string(),
  displayName: z.string(),
  provider: z.string(),
  name: z.string(),
  definition: z.string().nullable(),
  query: z.string().nullable(),
  status: z.enum([...results, 'info']),
  points: z.number(),
  weight: z.number(),
  isKey: z.boolean(),
  value: z.number().nullable(),
  comparedValue: z.number().nullable(),
  comparedWith: z.array(z.string()),
  outcome: z.enum(['measured', ...missingOutcomes]),
  message: z.string(),
  coverage: CoverageRow.exactOptional(),
  passTargets: z.array(Target),
  warningTargets: z.array(Target),
}) satisfies z.ZodType<JudgedObjective>

const ReasonRow: z.ZodType<Reason> = z.looseObject({
  // An older process reads what a newer one wrote.
  code: z.enum(reasonCodes).or(z.custom<UnknownCode>((code) => typeof code === 'string')),
  message: z.string(),
  indicator: z.string().exactOptional(),
})

const WarningRow: z.ZodType<Warning> = z.looseObject({ code: z.string(), message: z.string() })

const By = z.string().exactOptional()

const NamedEvent = z.object({ id: z.string(), source: z.string(), type: z.string(), by: By })

const TriggerRow: z.ZodType<Trigger> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('api'), by: By }),
  z.object({
    kind: z.literal('event'),
    ...NamedEvent.shape,
    unsigned: z.literal(true).exactOptional(),
    joined: NamedEvent.exactOptional(),
  }),
])

/** The columns every reader of an evaluation selects, from `evaluations as e`. */
export const evaluationColumns = `e.id, e.project, e.stage, e.service, e.context, e.trigger, e.labels, e.git_commit_id,
       e.window_start, e.window_end, e.window_source, e.attempt, e.retry_of, e.retry,
       e.slo_text, e.slo_digest, e.slo_source, e.slo_inline, e.total_score, e.engine_version,
       e.state, e.accepted_at, e.started_at, e.finished_at,
       e.result, e.score, e.reasons, e.warnings, e.objectives, e.compared_evaluations, e.invalidation`

const EvaluationRow = z.object({
  id: z.string(),
  project: z.string(),
  stage: z.string(),
  service: z.string(),
  context: z.string(),
  trigger: TriggerRow,
  labels: z.record(z.string(), z.string()),
  git_commit_id: z.string().nullable(),
  window_start: z.date(),
  window_end: z.date(),
  // An older process reads what a newer one wrote.
  window_source: z.enum(windowSources).or(z.custom<UnknownCode>((source) => typeof source === 'string')),
  attempt: z.number(),
  retry_of: z.string().nullable(),
  retry: z.number().nullable(),
  slo_text: z.string().nullable(),
  slo_digest: z.string().nullable(),
  slo_source: z.string().nullable(),
  slo_inline: z.boolean(),
  total_score: z.object({ pass: z.number(), warning: z.number().nullable() }).nullable(),
  engine_version: z.string(),
  accepted_at: z.date(),
  started_at: z.date().nullable(),
  reasons: z.array(ReasonRow),
  warnings: z.array(WarningRow),
  objectives: z.array(Objective),
  compared_evaluations: z.array(z.string()),
  invalidation: z.object({ reason: z.string(), at: z.coerce.date(), by: z.string(), byToken: By }).nullable(),
})

const OpenRow = z
  .object({ state: z.enum(['queued', 'running']), result: z.null(), score: z.null(), finished_at: z.null() })
  .transform(({ finished_at: finishedAt, ...open }) => ({ ...open, finishedAt }))

const EndedRow = z
  .object({
    state: z.enum(['succeeded', 'errored', 'aborted']),
    result: z.enum(results),
    score: z.number().nullable(),
    finished_at: z.date(),
  })
  .transform(({ finished_at: finishedAt, ...ended }) => ({ ...ended, finishedAt }))

/** How far it came: the table's constraints allow nothing else. */
const ProgressRow = z.union([OpenRow, EndedRow])

/** A row of `evaluationColumns` as the record it is. */
export function toEvaluation(value: unknown): Evaluation {
  const row = EvaluationRow.parse(value)
  const progress = ProgressRow.parse(value)
  const base = {
    id: row.id,
    project: row.project,
    stage: row.stage,
    service: row.service,
    context: row.context,
    trigger: row.trigger,
    labels: row.labels,
    gitCommitId: row.git_commit_id,
    window: { start: row.window_start, end: row.window_end, source: row.window_source },
    attempt: row.attempt,
    retryOf: row.retry_of,
    retry: row.retry,
    slo: toSlo(row),
    engineVersion: row.engine_version,
    acceptedAt: row.accepted_at,
    startedAt: row.started_at,
    warnings: row.warnings,
    reasons: row.reasons,
    objectives: row.objectives,
    comparedEvaluations: row.compared_evaluations,
    invalidation: row.invalidation,
  }
  return { ...base, ...progress }
}

function toSlo(row: z.infer<typeof EvaluationRow>): Evaluation['slo'] {
  const { slo_text: text, slo_digest: digest, slo_source: source, total_score: totalScore } = row
  if (text === null || digest === null || source === null || totalScore === null) return null
  return { text, digest, source, inline: row.slo_inline, totalScore }
}
