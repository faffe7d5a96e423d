import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { readBatch, type IncomingEvent } from '../../intake/cloudevent.ts'
import type { Arrival } from '../../evaluation/evaluation.ts'
import type { EventOutcome } from '../../intake/accept-event.ts'
import { toPharosError } from '../known-error.ts'
import { Problem, toProblem } from '../problem.ts'
import { publicPath } from '../public-path.ts'
import { modeOf, readMember, readOne, readSigned, type TrustedEvent } from '../read-events.ts'
import type { CheckSignatures } from '../../intake/signature.ts'
import { EvaluationWire, named, toWire } from '../wire/evaluation.ts'

export interface EventsResource {
  readonly checkSignatures: CheckSignatures
  readonly accept: (event: IncomingEvent, arrival: Arrival) => Promise<EventOutcome>
}

/** What the problem of one event of a batch is made with. */
interface ProblemDeps {
  /** Where the service is reached; undefined: unknown. */
  readonly publicUrl: string | undefined
  /** Whether an error means that storage is away. */
  readonly isUnavailable: (error: unknown) => boolean
}

const path = '/v1/events'

const BatchItem = z.object({
  id: z.string().nullable().describe('Of the event; null when it has none'),
  status: z.int().describe('What the event alone would have been answered with'),
  evaluation: EvaluationWire.optional(),
  problem: Problem.optional(),
})

const BatchAnswer = z
  .object({ items: z.array(BatchItem).describe('In the order of the batch') })
  .meta({ id: 'EventBatch' })

const Nothing = z.undefined().describe('The type of the event is nothing to Pharos, and the event was not kept')

/** POST /v1/events: what a control plane wants, as CloudEvents. */
export function eventRoutes(events: EventsResource, deps: ProblemDeps): FastifyPluginAsyncZod {
  return async (app) => {
    // Bytes: a signature is of them, and what is no UTF-8 must not become something else first.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    app.post(
      path,
      {
        schema: {
          summary: 'Take events',
          description:
            'A CloudEvent in structured or binary mode, or a batch of them. `evaluation.triggered` accepts an evaluation, which `evaluation.finished` answers; the same event again, by source and id, answers with that evaluation. `evaluation.invalidated` makes one no measure for later ones. A batch is 200 with an item for each event.',
          response: { 200: z.union([EvaluationWire, BatchAnswer]), 202: EvaluationWire, 204: Nothing },
        },
      },
      async (request, reply) => {
        const { headers, raw, body, log } = request
        const incoming = {
          mode: modeOf(headers),
          contentType: headers['content-type'] ?? '',
          headers: raw.headersDistinct,
          bytes: body instanceof Uint8Array ? body : new Uint8Array(),
        }
        const trustOf = await events.checkSignatures(incoming.headers, incoming.bytes)
        if (incoming.mode === 'batch') {
          const members = readSigned(() => readBatch(incoming.bytes), trustOf)
          const takeMember = async (member: unknown) => take(readMember(member, trustOf), request, events)
          const items = await takeBatch(members, takeMember, answering(deps, log))
          return reply.code(200).send({ items })
        }
        const taken = await take(readOne(incoming, trustOf), request, events)
        if (taken.status === 204) return reply.code(204).send(undefined)
        reply.header('location', `/v1/evaluations/${taken.evaluation.id}`)
        return reply.code(taken.status).send(taken.evaluation)
      },
    )
  }
}

type Taken =
  | { readonly status: 200 | 202; readonly evaluation: z.infer<typeof EvaluationWire> }
  /** Nothing was kept. */
  | { readonly status: 204; readonly evaluation?: never }

async function take(
  { event, trust }: TrustedEvent,
  request: FastifyRequest,
  { accept }: EventsResource,
): Promise<Taken> {
  const outcome = await accept(event, { trust, by: request.by })
  if (outcome.kind === 'ignored') return { status: 204 }
  const { evaluation } = outcome
  if (outcome.kind === 'invalidated' && outcome.hasChanged)
    request.noteAct('evaluation invalidated', { ...named(evaluation), source: event.source })
  return { status: outcome.kind === 'accepted' ? 202 : 200, evaluation: toWire(evaluation) }
}

type ItemAnswer = Omit<z.infer<typeof BatchItem>, 'id'>

/** One after the other, as they would come alone; what happens to one is nothing to the next. */
async function takeBatch(
  members: readonly unknown[],
  takeOne: (member: unknown) => Promise<Taken>,
  toAnswer: (error: unknown) => ItemAnswer,
): Promise<z.infer<typeof BatchItem>[]> {
  const items: z.infer<typeof BatchItem>[] = []
  for (const member of members) {
    const answer = await takeOne(member).catch(toAnswer)
    items.push({ id: idOf(member), ...answer })
  }
  return items
}

/** An error as the answer to one event of a batch. */
function answering({ isUnavailable, publicUrl }: ProblemDeps, log: FastifyBaseLogger): (error: unknown) => ItemAnswer {
  return (error) => {
    if (!(error instanceof Error)) throw error
    const known = toPharosError(error, isUnavailable)
    if (known.code === 'internal') log.error({ err: error, url: path }, 'unexpected error')
    const problem = toProblem(known, publicPath(publicUrl, path))
    return { status: problem.status, problem }
  }
}

function idOf(member: unknown): string | null {
  return z.object({ id: z.string() }).safeParse(member).data?.id ?? null
}
