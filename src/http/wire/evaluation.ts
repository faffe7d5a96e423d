import { z } from 'zod'
import { missingOutcomes, reasonCodes, results } from '../../../slo/index.ts'
import type { JudgedObjective } from '../../../slo/index.ts'
import type { Evaluation } from '../../evaluation/evaluation.ts'
import { Timestamp, Uuid } from '../formats.ts'
import { windowSources } from '../../base/window.ts'

const TargetWire = z.object({ criteria: z.string(), targetValue: z.number().nullable(), violated: z.boolean() })

/** How much of the window the value is based on; absent if it is one sample or was measured elsewhere. */
export const CoverageWire = z
  .object({
    found: z.int().describe('Steps of the window with a sample'),
    nan: z.int().describe('Steps with only NaN'),
    expected: z.int().describe('All steps of the window'),
    isEnough: z.boolean().describe('Whether the coverage reaches minCoverage'),
  })
  .meta({ id: 'Coverage' })

const IndicatorResultWire = z.object({
  metric: z.string(),
  displayName: z.string(),
  provider: z.string(),
  query: z.string().nullable(),
  status: z.enum([...results, 'info']),
  score: z.number(),
  weight: z.number(),
  keySli: z.boolean(),
  value: z.number().nullable(),
  comparedValue: z.number().nullable(),
  comparedWith: z.array(Uuid),
  success: z.boolean(),
  outcome: z.enum(['measured', ...missingOutcomes]),
  message: z.string(),
  coverage: CoverageWire.optional(),
  passTargets: z.array(TargetWire),
  warningTargets: z.array(TargetWire),
})

const ReasonWire = z.looseObject({
  code: z.enum(reasonCodes).or(z.string()),
  message: z.string(),
  indicator: z.string().optional(),
})
const WarningWire = z.looseObject({ code: z.string(), message: z.string() })
export const WindowWire = z.object({
  start: Timestamp,
  end: Timestamp,
  source: z
    .enum(windowSources)
    .or(z.string())
    .describe('Where it comes from; assumed: values were pushed without a window, so the real one is unknown'),
})
const InvalidationWire = z.object({
  reason: z.string(),
  at: Timestamp,
  by: z.string().describe('The source of the event'),
  byToken: z.string().optional().describe('The name of the API token that the event came with'),
})

export const EvaluationWire = z
  .object({
    id: Uuid,
    project: z.string(),
    stage: z.string(),
    service: z.string(),
    state: z.enum(['queued', 'running', 'succeeded', 'errored', 'aborted']),
    result: z.enum(results).nullable(),
    score: z.number().nullable(),
    reasons: z.array(ReasonWire),
    warnings: z.array(WarningWire),
    window: WindowWire,
    labels: z.record(z.string(), z.string()),
    context: Uuid,
    gitCommitId: z.string().nullable(),
    trigger: z.looseObject({
      kind: z.enum(['api', 'event']),
      by: z.string().optional().describe('The name of the API token that it came with'),
      unsigned: z.literal(true).optional().describe('Signatures are configured, but this event had none'),
    }),
    attempt: z.int(),
    retryOf: Uuid.nullable().describe(
      'The previous evaluation with the same labels and SLO over an overlapping window',
    ),
    retry: z.int().nullable().describe('The number of this retry, from 1; null if it is not a retry'),
    slo: z
      .object({
        digest: z.string(),
        source: z.string(),
        inline: z.boolean(),
        totalScore: z.object({ pass: z.number(), warning: z.number().nullable() }),
      })
      .nullable(),
    indicatorResults: z.array(IndicatorResultWire),
    comparedEvaluations: z.array(Uuid),
    engineVersion: z.string(),
    acceptedAt: Timestamp,
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    invalidation: InvalidationWire.nullable(),
  })
  .meta({ id: 'Evaluation' })

/** Which evaluation a line of the log is about. */
export function named({ id, project, stage, service }: Evaluation): Readonly<Record<string, string>> {
  return { evaluationId: id, project, stage, service }
}

/** An evaluation in the words of the API. */
export function toWire(evaluation: Evaluation): z.infer<typeof EvaluationWire> {
  const { window, slo, invalidation, startedAt, finishedAt } = evaluation
  return {
    id: evaluation.id,
    project: evaluation.project,
    stage: evaluation.stage,
    service: evaluation.service,
    state: evaluation.state,
    result: evaluation.result,
    score: evaluation.score,
    reasons: [...evaluation.reasons],
    warnings: [...evaluation.warnings],
    window: { start: window.start.toISOString(), end: window.end.toISOString(), source: window.source },
    labels: evaluation.labels,
    context: evaluation.context,
    gitCommitId: evaluation.gitCommitId,
    trigger: { ...evaluation.trigger },
    attempt: evaluation.attempt,
    retryOf: evaluation.retryOf,
    retry: evaluation.retry,
    slo: slo && { digest: slo.digest, source: slo.source, inline: slo.inline, totalScore: slo.totalScore },
    indicatorResults: evaluation.objectives.map(toIndicatorResult),
    comparedEvaluations: [...evaluation.comparedEvaluations],
    engineVersion: evaluation.engineVersion,
    acceptedAt: evaluation.acceptedAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
    invalidation: invalidation && { ...invalidation, at: invalidation.at.toISOString() },
  }
}

function toIndicatorResult(objective: JudgedObjective): z.infer<typeof IndicatorResultWire> {
  return {
    metric: objective.indicator,
    displayName: objective.displayName,
    provider: objective.provider,
    query: objective.query,
    status: objective.status,
    score: objective.points,
    weight: objective.weight,
    keySli: objective.isKey,
    value: objective.value,
    comparedValue: objective.comparedValue,
    comparedWith: [...objective.comparedWith],
    success: objective.outcome === 'measured',
    outcome: objective.outcome,
    message: objective.message,
    ...(objective.coverage !== undefined && { coverage: objective.coverage }),
    passTargets: [...objective.passTargets],
    warningTargets: [...objective.warningTargets],
  }
}
