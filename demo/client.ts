import type { z } from 'zod'
import { EvaluationWire } from '../src/http/wire/evaluation.ts'
import type { PushedIndicator } from './carts/indicators.ts'

/** An evaluation as the API tells it. */
export type Evaluation = z.infer<typeof EvaluationWire>

export interface EvaluationRequest {
  readonly window: { readonly timeframe: string } | { readonly start: string; readonly end: string }
  readonly labels: Readonly<Record<string, string>>
  readonly indicators?: readonly PushedIndicator[]
}

const evaluationsPath = '/v1/projects/shop/stages/staging/services/carts/evaluations'
export const scoreHistoryPath = '/v1/projects/shop/stages/staging/services/carts/score-history'

/** Asks for an evaluation and waits up to `waitSeconds` for its end; may answer an unfinished one. Throws on a refusal. */
export async function postEvaluation(
  url: string,
  request: EvaluationRequest,
  waitSeconds: number,
): Promise<Evaluation> {
  const reply = await fetch(url + evaluationsPath, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...waiting(waitSeconds) },
    body: JSON.stringify(request),
  })
  return evaluationOf(reply)
}

/** An evaluation as it stands, or as it ended within `waitSeconds`. Throws when there is none. */
export async function getEvaluation(url: string, id: string, waitSeconds: number): Promise<Evaluation> {
  return evaluationOf(await fetch(evaluationUrl(url, id), { headers: waiting(waitSeconds) }))
}

export function evaluationUrl(url: string, id: string): string {
  return `${url}/v1/evaluations/${id}`
}

function waiting(seconds: number): Record<string, string> {
  return seconds === 0 ? {} : { prefer: `wait=${seconds}` }
}

async function evaluationOf(reply: Response): Promise<Evaluation> {
  const body = await reply.text()
  if (!reply.ok) throw new Error(`${reply.url} answered ${reply.status}: ${body}`)
  return EvaluationWire.parse(JSON.parse(body))
}
