import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import { z } from 'zod'
import { PharosError } from '../errors.ts'
import { readBinary, readStructured, type IncomingEvent } from '../events/cloudevent.ts'
import type { EventOutcome } from '../events/intake.ts'
import { EvaluationWire, toWire } from './wire.ts'

export interface EventsDeps {
  readonly acceptEvent: (event: IncomingEvent) => Promise<EventOutcome>
}

/** For the document only: what is checked is src/events/cloudevent.ts, which must see the bytes. */
const EventDocument = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: z.string(),
    source: z.string(),
    type: z.string(),
    time: z.string().optional(),
    shkeptncontext: z.string().optional(),
    data: z.looseObject({ project: z.string(), stage: z.string(), service: z.string() }),
  })
  .meta({ id: 'Event' })

const Nothing = z.undefined().describe('The type of the event is nothing to Pharos, and the event was not kept')

/** POST /v1/events: what a control plane wants, as CloudEvents. */
export function eventRoutes(deps: EventsDeps): FastifyPluginAsyncZod {
  return async (app) => {
    // Bytes: a signature is of them, and what is no UTF-8 must not become something else first.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    app.post(
      '/v1/events',
      {
        validatorCompiler: () => (value: unknown) => ({ value }),
        schema: {
          consumes: ['application/cloudevents+json'],
          body: EventDocument,
          summary: 'Take an event',
          description:
            'A CloudEvent in structured or binary mode. `evaluation.triggered` accepts an evaluation, which `evaluation.finished` answers; the same event again, by source and id, answers with that evaluation.',
          response: { 200: EvaluationWire, 202: EvaluationWire, 204: Nothing },
        },
      },
      async (request, reply) => {
        const outcome = await deps.acceptEvent(readEvent(request))
        if (outcome.kind === 'ignored') return reply.code(204).send(undefined)
        reply.header('location', `/v1/evaluations/${outcome.evaluation.id}`)
        return reply.code(outcome.kind === 'known' ? 200 : 202).send(toWire(outcome.evaluation))
      },
    )
  }
}

function readEvent({ headers, body }: { headers: IncomingHttpHeaders; body: unknown }): IncomingEvent {
  const contentType = headers['content-type'] ?? ''
  const bytes = body instanceof Uint8Array ? body : new Uint8Array()
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase()
  if (mediaType === 'application/cloudevents+json') return readStructured(bytes)
  const isBinary = headers['ce-specversion'] !== undefined
  if (isBinary && /^application\/(?:[\w.-]+\+)?json$/.test(mediaType ?? ''))
    return readBinary(headers, contentType, bytes)
  if (mediaType === 'application/json') return readStructured(bytes)
  const expected = isBinary ? 'application/json, the type of the data' : 'application/cloudevents+json'
  throw new PharosError(
    'unsupported_media_type',
    `${JSON.stringify(contentType)} is no event: send "Content-Type: ${expected}"`,
  )
}
