import { z } from 'zod'
import { missing, type MissingAnswer } from '../answer.ts'
import { timesOf, type Answered, type Api, type Call, type Window } from './call.ts'
import type { Conversation, Replied } from './client.ts'
import { malformed } from './failure.ts'
import type { MetricsQuery } from './metrics-query.ts'
import { metricsReplyOf, reducedReply, type Reduced } from './metrics-reply.ts'

const api: Api = { name: 'Metrics API v2', scope: 'metrics.read' }

/** The reply of `/api/v2/metrics/<selector>`. */
const Definition = z.object({
  resolutionInfSupported: z.boolean().nullish(),
  defaultAggregation: z.object({ type: z.string() }).nullish(),
})

const wholeWindow = 'Inf'

/**
 * One value for the window. If the author chose no resolution, the raw data of the whole window is aggregated at once
 * (`resolution=Inf`); otherwise, or if a metric does not support that, `:fold` combines the values.
 * Source of the rules: keptn-contrib/dynatrace-service 3da42c7, internal/sli/metrics/metrics_processing.go, which first asks
 * without a resolution and needs two more requests for the same result.
 */
export async function measureMetrics(
  query: MetricsQuery,
  window: Window,
  conversation: Conversation,
): Promise<Answered> {
  const call = firstCall(query, window)
  const replied = await conversation.ask(call)
  const first = reducedReplied(replied)
  if (!needsFold(first, replied, query)) return { answer: first.answer, call }
  const folded = await foldedQuery(query, conversation, first.answer)
  if ('outcome' in folded) return { answer: folded, call }
  const second = metricsCall(folded, window)
  const { answer } = reducedReplied(await conversation.ask(second))
  return { answer, call: answer.outcome === 'measured' ? second : call }
}

/** The first request for a query. */
export function firstCall(query: MetricsQuery, window: Window): Call {
  if (query.resolution !== undefined || query.metricSelector.includes(':fold')) return metricsCall(query, window)
  return metricsCall({ ...query, resolution: wholeWindow }, window)
}

function metricsCall(query: MetricsQuery, window: Window): Call {
  return { api, path: '/api/v2/metrics/query', parameters: { ...query, ...timesOf(window) } }
}

function reducedReplied(replied: Replied): Reduced {
  if (replied.kind === 'refused') return { kind: 'answer', answer: replied.answer }
  const reply = metricsReplyOf(replied.body)
  if ('outcome' in reply) return { kind: 'answer', answer: reply }
  const reduced = reducedReply(reply)
  const isWhole = reply.resolution?.toLowerCase() === wholeWindow.toLowerCase()
  return isWhole ? { kind: 'answer', answer: reduced.answer } : reduced
}

/** Whether there are several values instead of one, or the metric refuses the resolution we chose. */
function needsFold(first: Reduced, replied: Replied, { resolution }: MetricsQuery): boolean {
  if (first.kind === 'values') return true
  if (replied.kind === 'body' || replied.status !== 400 || resolution !== undefined) return false
  return /resolution/i.test(replied.detail)
}

/** An answer if nothing can be folded: the `first` one if the resolution was not the problem. */
async function foldedQuery(
  query: MetricsQuery,
  conversation: Conversation,
  first: Reduced['answer'],
): Promise<MetricsQuery | MissingAnswer> {
  const path = `/api/v2/metrics/${encodeURIComponent(query.metricSelector)}`
  const replied = await conversation.ask({ api, path, parameters: {} })
  if (replied.kind === 'refused') return replied.answer
  const definition = Definition.safeParse(replied.body)
  if (!definition.success) return malformed(replied.body)
  const { resolutionInfSupported, defaultAggregation } = definition.data
  if (first.outcome === 'bad_query' && resolutionInfSupported === true) return first
  if (defaultAggregation?.type !== 'value') return { ...query, metricSelector: `(${query.metricSelector}):fold` }
  const fix = 'remove the aggregation at its end, or add a fold, such as :fold(avg)'
  return missing(
    'bad_query',
    `unable to apply ':fold' to the metric selector as the default aggregation type is 'value': ${fix}`,
  )
}
