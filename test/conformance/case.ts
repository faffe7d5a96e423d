import { z } from 'zod'

// Recorded cases, in the form of the vectors' README: what an input gave in Keptn 1.4.5.

const AnyNumber = z.union([z.number(), z.enum(['Infinity', '-Infinity', 'NaN']).transform(Number)])

const Delivered = z.object({
  metric: z.string().optional(),
  value: z.number().nullish(),
  success: z.boolean().nullish(),
  message: z.string().optional(),
  comparedValue: z.number().optional(),
})
export type Delivered = z.infer<typeof Delivered>

const RecordedTarget = z.object({ criteria: z.string(), targetValue: AnyNumber, violated: z.boolean() })

const RecordedObjective = z.object({
  score: z.number(),
  status: z.enum(['pass', 'warning', 'fail', 'info']),
  displayName: z.string(),
  keySli: z.boolean(),
  value: z
    .object({
      metric: z.string(),
      value: z.number().default(0),
      comparedValue: z.number().default(0),
      success: z.boolean(),
      message: z.string().optional(),
    })
    .nullable(),
  passTargets: z.array(RecordedTarget).nullable(),
  warningTargets: z.array(RecordedTarget).nullable(),
})
export type RecordedObjective = z.infer<typeof RecordedObjective>

const Result = z.enum(['pass', 'warning', 'fail'])

export const EvaluateCase = z.object({
  input: z.object({
    slo: z.string(),
    sli: z.array(Delivered.nullable()).nullish(),
    previous: z.array(z.array(Delivered.nullable()).nullable()).nullish(),
    sliEvent: z.object({ status: z.string(), result: z.string(), message: z.string() }).optional(),
    historyStatus: z.number().optional(),
  }),
  expected: z.object({
    errorKind: z.enum(['slo-parse', 'criteria', 'score', 'history', 'crash', 'unserializable']).nullable(),
    status: z.enum(['succeeded', 'errored']).nullable(),
    result: Result.nullable(),
    evaluationResult: Result.nullable(),
    score: AnyNumber.nullable(),
    maximumAchievableScore: z.number().nullable(),
    indicatorResults: z.array(RecordedObjective).nullable(),
    comparedEvents: z.number().nullable(),
    selection: z.object({ limit: z.number(), includeResult: z.enum(['all', 'pass', 'pass_or_warn']) }).nullable(),
  }),
})
export type EvaluateCase = z.infer<typeof EvaluateCase>

const RecordedSets = z.array(z.object({ criteria: z.array(z.string()).nullable() }).nullable()).nullable()

/** An `slo.yaml` as Keptn reads it, with Keptn's defaults. */
export const KeptnSlo = z.object({
  spec_version: z.string(),
  filter: z.record(z.string(), z.string()).nullable(),
  comparison: z.object({
    compare_with: z.string(),
    include_result_with_score: z.string(),
    number_of_comparison_results: z.number(),
    aggregate_function: z.string(),
  }),
  objectives: z
    .array(
      z.object({
        sli: z.string(),
        displayName: z.string(),
        pass: RecordedSets,
        warning: RecordedSets,
        weight: z.number(),
        key_sli: z.boolean(),
      }),
    )
    .nullable(),
  total_score: z.object({ pass: z.string(), warning: z.string() }).nullable(),
})
export type KeptnSlo = z.infer<typeof KeptnSlo>
export type KeptnObjective = NonNullable<KeptnSlo['objectives']>[number]

export const ParseCase = z.object({
  input: z.object({ slo: z.string() }),
  expected: z.object({ error: z.string().nullable(), slo: KeptnSlo.nullable() }),
})
export type ParseCase = z.infer<typeof ParseCase>

export const CriteriaCase = z.object({
  input: z.object({ criteria: z.string() }),
  expected: z.object({
    error: z.string().nullable(),
    operator: z.string().optional(),
    value: AnyNumber.optional(),
    checkPercentage: z.boolean().optional(),
    isComparison: z.boolean().optional(),
    checkIncrease: z.boolean().optional(),
  }),
})

export const AggregateCase = z.object({
  input: z.object({ function: z.string(), results: z.array(Delivered) }),
  expected: z.object({ value: AnyNumber, skip: z.boolean() }),
})

export const PercentileCase = z.object({
  input: z.object({ values: z.array(z.number()), p: z.number() }),
  expected: z.object({ value: AnyNumber }),
})

export const AverageCase = z.object({
  input: z.object({ values: z.array(z.number()) }),
  expected: z.object({ value: AnyNumber }),
})

export const CompareCase = z.object({
  input: z.object({ measured: z.number(), operator: z.string(), target: z.number() }),
  expected: z.object({ satisfied: z.boolean(), error: z.string().nullable() }),
})

export const ScoreCase = z.object({
  input: z.object({
    maximumAchievableScore: z.number(),
    totalScore: z.object({ pass: z.string(), warning: z.string() }).nullable(),
    indicatorResults: z.array(RecordedObjective).nullable(),
    keySli: z.object({ failed: z.boolean() }),
  }),
  expected: z.object({ error: z.string().nullable(), result: z.string(), score: AnyNumber }),
})

export const AnyCase = z.object({ id: z.string(), kind: z.string(), input: z.unknown(), expected: z.unknown() })
export type AnyCase = z.infer<typeof AnyCase>
