import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Explanation } from '../../../slo/index.ts'
import type { Evaluation } from '../../evaluation/evaluation.ts'
import { ExplanationWire, explanationToWire } from './explanation.ts'
import { EvaluationWire, toWire } from './evaluation.ts'

export const IncludingWire = EvaluationWire.extend({
  explanation: ExplanationWire.nullable()
    .optional()
    .describe('With `include=explanation`; null when nothing was judged'),
}).meta({ id: 'EvaluationWithExplanation' })

/** The bytes of the evaluations that are being answered with: many may wait for a large one. */
const written = new WeakMap<Evaluation, Buffer>()
const explained = new WeakMap<Evaluation, Promise<Buffer>>()

/** An evaluation as the body of a response: made once, and the same bytes for all who are given the same evaluation. */
export function bodyOf(evaluation: Evaluation): Buffer {
  const known = written.get(evaluation)
  if (known !== undefined) return known
  const body = Buffer.from(JSON.stringify(z.encode(EvaluationWire, toWire(evaluation))))
  written.set(evaluation, body)
  return body
}

/** The same with its explanation. */
export function explainedBodyOf(
  evaluation: Evaluation,
  explain: (evaluation: Evaluation) => Promise<Explanation | null>,
): Promise<Buffer> {
  const known = explained.get(evaluation)
  if (known !== undefined) return known
  const body = explain(evaluation).then((explanation) => {
    const wire = { ...toWire(evaluation), explanation: explanation === null ? null : explanationToWire(explanation) }
    return Buffer.from(JSON.stringify(z.encode(IncludingWire, wire)))
  })
  explained.set(evaluation, body)
  body.catch(() => explained.delete(evaluation))
  return body
}

/** The types of a route's responses do not know bytes that are JSON already. */
export function sendJson(reply: FastifyReply, status: number, body: Buffer): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}
