import { z } from 'zod'
import { missing, shortened, type Answer } from '../answer.ts'
import { timesOf, type Answered, type Call, type Window } from './call.ts'
import type { Conversation } from './client.ts'
import { malformed } from './failure.ts'

const api = { name: 'Service level objectives API', scope: 'slo.read' }

const Slo = z.object({ evaluatedPercentage: z.number(), error: z.string().nullish() })

/** In per cent, for the window, not the SLO's own timeframe. */
export async function measureSlo(id: string, window: Window, conversation: Conversation): Promise<Answered> {
  const path = `/api/v2/slo/${encodeURIComponent(id)}`
  const call: Call = { api, path, parameters: { ...timesOf(window), timeFrame: 'GTF' } }
  const replied = await conversation.ask(call)
  return { call, answer: replied.kind === 'refused' ? replied.answer : answerOf(replied.body) }
}

/** Source: keptn-contrib/dynatrace-service 3da42c7, internal/sli/v1/slo/query_processing.go. */
function answerOf(body: unknown): Answer {
  const slo = Slo.safeParse(body)
  if (!slo.success) return malformed(body)
  const { evaluatedPercentage, error } = slo.data
  if (error === 'NONE') return { outcome: 'measured', value: evaluatedPercentage, warnings: [] }
  return missing('upstream', `Dynatrace API returned an error: ${shortened(error ?? 'no error field')}`)
}
