import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import { z } from 'zod'
import type { Explanation } from '../../../slo/index.ts'
import { PharosError } from '../../base/errors.ts'
import type { EvaluateCommand, IdempotencyKey } from '../../evaluation/command.ts'
import type { Accepted, Changed } from '../../evaluation/evaluation-store.ts'
import { type Evaluation, hasEnded, type Trigger } from '../../evaluation/evaluation.ts'
import type { ServiceKey } from '../../base/names.ts'
import { offerOf, type WindowAsked } from '../../evaluation/settle-window.ts'
import { assumedWindow, resolveWindow } from '../../base/window.ts'
import { jsonDigest } from '../canonical.ts'
import { bodyOf, explainedBodyOf, IncludingWire, sendJson } from '../wire/evaluation-body.ts'
import { Uuid } from '../formats.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { preferredWait } from '../prefer.ts'
import { EvaluationRequest, ServicePath } from '../wire/requests.ts'
import { refuseOtherStatus, resultAnswers, StatusWanted, statusOfResult } from '../result-status.ts'
import { EvaluationWire, named, toWire } from '../wire/evaluation.ts'

export interface EvaluationsResource {
  readonly accept: (command: EvaluateCommand) => Promise<Accepted>
  readonly now: () => Date
  /** The evaluation when it has ended, or as it stands after `waitMs`; `justWritten` is how it stands now. */
  readonly wait: (id: string, waitMs: number, justWritten?: Evaluation) => Promise<Evaluation | undefined>
  /** Null when nothing was judged. */
  readonly explain: (evaluation: Evaluation) => Promise<Explanation | null>
  /** Ends what has not ended; answers how it stands then. */
  readonly cancel: (id: string) => Promise<Changed | undefined>
}

const EvaluationPath = z.object({ id: Uuid })

const Included = z.strictObject({
  status: StatusWanted,
  include: z.enum(['explanation'], { error: 'must be explanation, the only part that can be included' }).optional(),
})

/** POST …/evaluations, and GET and DELETE of /v1/evaluations/{id}. */
export function evaluationRoutes(evaluations: EvaluationsResource): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/v1/projects/:project/stages/:stage/services/:service/evaluations',
      {
        schema: {
          summary: 'Judge a service',
          description:
            'Starts an evaluation. With `Prefer: wait=30`, the response is 201 with the result if it is available in time, else 202 with the unfinished evaluation. With `status=result`, the status code depends on the result; body and headers stay the same.',
          params: ServicePath,
          querystring: z.strictObject({ status: StatusWanted }),
          body: EvaluationRequest,
          response: { 200: EvaluationWire, 201: EvaluationWire, 202: EvaluationWire, ...resultAnswers(EvaluationWire) },
        },
      },
      async (request, reply) => {
        const { status } = request.query
        refuseOtherStatus(status)
        const idempotency = idempotencyKey(request.headers['idempotency-key'], request.body)
        const command = {
          ...toCommand(request.params, request.body, idempotency, evaluations.now()),
          trigger: triggerOf(request),
        }
        const { evaluation, replayed } = await evaluations.accept(command)
        const seconds = preferredWait(request.headers.prefer)
        const standing = await waited(evaluation, seconds, replayed)
        notePreference(reply, seconds)
        reply.header('location', `/v1/evaluations/${evaluation.id}`)
        if (replayed) {
          reply.header('idempotency-replayed', 'true')
          return sendJson(reply, status === undefined ? 200 : statusOfResult(standing), bodyOf(standing))
        }
        const inTime = seconds !== undefined && hasEnded(standing)
        if (!inTime) reply.header('retry-after', '1')
        const code = inTime ? 201 : 202
        return sendJson(reply, status === undefined ? code : statusOfResult(standing), bodyOf(standing))
      },
    )

    app.get(
      '/v1/evaluations/:id',
      {
        schema: {
          summary: 'One evaluation',
          description:
            'With `Prefer: wait=30` it answers when the evaluation has ended, or after that time; with `include=explanation` it says why it came to its result and what would have made it another.',
          params: EvaluationPath,
          querystring: Included,
          response: { 200: IncludingWire, 202: IncludingWire, ...resultAnswers(IncludingWire) },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const { status, include } = request.query
        refuseOtherStatus(status)
        const seconds = preferredWait(request.headers.prefer)
        const standing = z.uuid().safeParse(id).success ? await evaluations.wait(id, (seconds ?? 0) * 1000) : undefined
        if (standing === undefined) throw new PharosError('evaluation_not_found', `there is no evaluation ${id}`)
        notePreference(reply, seconds)
        const body = include === undefined ? bodyOf(standing) : await explainedBodyOf(standing, evaluations.explain)
        return sendJson(reply, status === undefined ? 200 : statusOfResult(standing), body)
      },
    )

    app.delete(
      '/v1/evaluations/:id',
      {
        schema: {
          summary: 'Cancel an evaluation',
          description:
            'Ends a queued or running evaluation as `aborted`, and announces it. One that was cancelled before is answered as it is; one that has ended otherwise is 409.',
          params: EvaluationPath,
          response: { 200: EvaluationWire },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const found = z.uuid().safeParse(id).success ? await evaluations.cancel(id) : undefined
        if (found === undefined) throw new PharosError('evaluation_not_found', `there is no evaluation ${id}`)
        const { evaluation, hasChanged } = found
        if (hasChanged) request.noteAct('evaluation cancelled', named(evaluation))
        if (evaluation.state === 'aborted') return reply.code(200).send(toWire(evaluation))
        throw new PharosError(
          'evaluation_ended',
          `evaluation ${id} has ended as ${evaluation.state}: it cannot be cancelled`,
        )
      },
    )

    async function waited(evaluation: Evaluation, seconds: number | undefined, wasThere: boolean): Promise<Evaluation> {
      if (seconds === undefined) return evaluation
      return (await evaluations.wait(evaluation.id, seconds * 1000, wasThere ? undefined : evaluation)) ?? evaluation
    }
  }
}

function notePreference(reply: FastifyReply, seconds: number | undefined): void {
  if (seconds !== undefined) reply.header('preference-applied', `wait=${seconds}`)
}

function toCommand(
  service: ServiceKey,
  body: z.infer<typeof EvaluationRequest>,
  idempotency: IdempotencyKey | undefined,
  now: Date,
): Omit<EvaluateCommand, 'trigger'> {
  return {
    service,
    window: windowAsked(body, now),
    labels: body.labels ?? {},
    slo: body.slo,
    pushed: body.indicators ?? [],
    reported: body.indicatorsFrom?.values ?? [],
    context: body.context,
    gitCommitId: body.gitCommitId,
    idempotency,
  }
}

function triggerOf({ by }: FastifyRequest): Trigger {
  return { kind: 'api', ...(by !== undefined && { by }) }
}

/** If values are pushed without a window, the request does not say when they were measured. */
function windowAsked(
  { window = {}, indicators, indicatorsFrom }: z.infer<typeof EvaluationRequest>,
  now: Date,
): WindowAsked {
  const resolved = resolveWindow(window, now)
  const hasValues = [...(indicators ?? []), ...(indicatorsFrom?.values ?? [])].length > 0
  const isAssumed = 'source' in resolved && resolved.source === 'default' && hasValues
  const offer = offerOf('request', '/window', isAssumed ? assumedWindow(now, indicatorsFrom?.runMs) : resolved)
  return { now, moment: now, reasons: [], offers: [offer] }
}

function idempotencyKey(header: string | string[] | undefined, body: unknown): IdempotencyKey | undefined {
  if (header === undefined) return undefined
  return { key: idempotencyKeyOf(header), bodyDigest: jsonDigest(body) }
}
