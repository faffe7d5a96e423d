import { z } from 'zod'
import { missing, shortened, type Answer, type MissingAnswer } from '../answer.ts'
import { malformed } from './failure.ts'

/** The part of a reply for one metric expression. */
const Collection = z.object({
  /** Shares of the API's limits; at 1, it left something out. */
  dataPointCountRatio: z.number().nullish(),
  dimensionCountRatio: z.number().nullish(),
  warnings: z.array(z.string()).nullish(),
  data: z.array(z.object({ values: z.array(z.number().nullable()).nullish() })),
})
export type Collection = z.infer<typeof Collection>

/** The reply of `/api/v2/metrics/query`. */
const MetricsReply = z.object({
  resolution: z.string().nullish(),
  nextPageKey: z.string().nullish(),
  result: z.array(Collection),
})
export type MetricsReply = z.infer<typeof MetricsReply>

/** The outcome of one collection: an answer, or more than one value. */
export type Reduced =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'values'; readonly answer: MissingAnswer }

/** An answer if the body is not in the API's format. */
export function metricsReplyOf(body: unknown): MetricsReply | MissingAnswer {
  const parsed = MetricsReply.safeParse(body)
  return parsed.success ? parsed.data : malformed(body)
}

/**
 * Reduces the reply to one metric expression.
 * Source of the rules and their words: keptn-contrib/dynatrace-service 3da42c7, internal/sli/metrics/metrics_processing.go.
 */
export function reducedReply({ result, nextPageKey }: MetricsReply): Reduced {
  const [collection] = result
  if (collection === undefined) return answered('no_data', 'zero metric series collections')
  if (result.length > 1) return answered('ambiguous', `${result.length} metric series collections`)
  if (typeof nextPageKey === 'string') {
    return answered('ambiguous', 'more metric series than fit one page but only one is supported')
  }
  return reducedCollection(collection)
}

function reducedCollection(collection: Collection): Reduced {
  const { data } = collection
  const warnings = (collection.warnings ?? []).map((warning) => shortened(warning))
  const [series] = data
  if (series === undefined) return answered('no_data', `zero metric series${noted(warnings)}`, warnings)
  if (data.length > 1) {
    const fix = 'merge them with :splitBy() or :merge(), or select one'
    return answered('ambiguous', `${data.length} metric series but only one is supported: ${fix}`, warnings)
  }
  const values = series.values ?? []
  const [value] = values
  if (value === undefined) return answered('no_data', 'zero values', warnings)
  if (values.length > 1) {
    const answer = unusable('ambiguous', `${values.length} values but only one is supported`, warnings)
    return { kind: 'values', answer }
  }
  if (value === null) return answered('no_data', "'null' as value", warnings)
  return { kind: 'answer', answer: measured(value, collection, warnings) }
}

function measured(value: number, collection: Collection, warnings: readonly string[]): Answer {
  const ratio = Math.max(collection.dataPointCountRatio ?? 0, collection.dimensionCountRatio ?? 0)
  if (ratio < 1) return { outcome: 'measured', value, warnings }
  const note = 'the query exceeds a limit of the Metrics API v2, which omitted data'
  return { outcome: 'measured', value, partial: 'unless_key', warnings: [...warnings, note] }
}

/** If a metric or dimension is misspelt, the warnings mention it. */
function noted(warnings: readonly string[]): string {
  if (warnings.length > 0) return `. Warnings: ${warnings.join(', ')}`
  return '; if that means zero, end the selector with :default(0,always)'
}

function answered(outcome: MissingAnswer['outcome'], what: string, warnings: readonly string[] = []): Reduced {
  return { kind: 'answer', answer: unusable(outcome, what, warnings) }
}

function unusable(outcome: MissingAnswer['outcome'], what: string, warnings: readonly string[]): MissingAnswer {
  return missing(outcome, `could not process metrics query: Metrics API v2 returned ${what}`, warnings)
}
