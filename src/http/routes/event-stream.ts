import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import { z } from 'zod'
import { results } from '../../../slo/index.ts'
import { PharosError } from '../../base/errors.ts'
import { eventTypes, typePrefix } from '../../base/event-filter.ts'
import { followEvents, type FollowDeps } from '../../announcing/event-stream.ts'
import { Name, ServiceName } from '../../base/names.ts'
import type { ClientAddress } from '../client-address.ts'
import { createClientPlaces, type ClientPlaces } from '../client-places.ts'
import { invalidRequest } from '../problem.ts'

export interface EventStreamResource {
  readonly follow: FollowDeps
  /** Every stream ends with the service. */
  readonly stopping: AbortSignal
}

/** Open at once in one process; each costs a query a second. */
const streamsMax = 100
/** Streams that one client may have, so that there is room for others. */
const streamsOfClientMax = 20

/** How often to check that the token of a stream is still valid. */
const allowedMs = 1_000

const Position = z.string().regex(/^\d{1,18}$/, 'must be the id of an event of this stream, a whole number')

const Filter = z.strictObject({
  type: z.enum([...eventTypes, ...eventTypes.map((type) => `${typePrefix}${type}` as const)]).optional(),
  project: Name.optional(),
  stage: Name.optional(),
  service: ServiceName.optional(),
  result: z.enum(results).optional().describe('Of evaluations that have ended; what only began is left out'),
})

/** GET /v1/events/stream: what is announced, as it happens. */
export function eventStreamRoutes(
  { follow, stopping }: EventStreamResource,
  clientAddress: ClientAddress,
): FastifyPluginAsyncZod {
  const places = createClientPlaces(streamsMax, streamsOfClientMax)
  return async (app) => {
    app.get(
      '/v1/events/stream',
      {
        schema: {
          summary: 'Follow what is announced',
          description:
            'Server-sent events, the same of every process: `id` is a position, `event` the type, `data` the CloudEvent. With `Last-Event-ID` it goes on right after that one, else from now on; an event `reset` says that the place is gone, and all that there is follows.',
          querystring: Filter,
          produces: ['text/event-stream'],
        },
      },
      async (request, reply) => {
        const last = lastEventId(request.headers['last-event-id'])
        const client = request.by ?? clientAddress(request) ?? request.socket.remoteAddress ?? ''
        takePlace(places, client)
        const { type, project, stage, service, result } = request.query
        const gone = new AbortController()
        const events = followEvents(
          last,
          { type, project, stage, service, result },
          follow,
          AbortSignal.any([gone.signal, stopping]),
        )
        const stream = Readable.from(events)
        const watch = setInterval(
          () => void request.isAllowed().then((isAllowed) => isAllowed || gone.abort()),
          allowedMs,
        )
        let isOver = false
        const end = (): void => {
          if (isOver) return
          isOver = true
          clearInterval(watch)
          gone.abort()
          places.free(client)
        }
        request.raw.once('close', end)
        reply.raw.once('close', end)
        stream.once('close', end)
        // A connection that is kept after its stream would hold up the end of the service.
        reply.header('connection', 'close').header('cache-control', 'no-store').header('x-accel-buffering', 'no')
        return reply.type('text/event-stream').send(stream)
      },
    )
  }
}

function takePlace(places: ClientPlaces, client: string): void {
  const took = places.take(client)
  if (took === 'client full') {
    const message = `this token or address already has ${streamsOfClientMax} streams open at this process: close one, or try again later`
    throw new PharosError('too_many_streams_of_client', message)
  }
  if (took === 'all full') {
    throw new PharosError('too_many_streams', `this process has ${streamsMax} streams open: try again later`)
  }
}

function lastEventId(header: string | string[] | undefined): string | undefined {
  if (header === undefined || header === '') return undefined
  const position = Position.safeParse(header)
  if (!position.success) throw invalidRequest(position.error, 'Last-Event-ID header')
  return position.data
}
