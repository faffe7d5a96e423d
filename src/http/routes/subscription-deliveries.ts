import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import { z } from 'zod'
import { deliveryStates, type DeliveryPlace, type PastDelivery } from '../../announcing/subscriptions/subscriptions.ts'
import { fromCursor, pageOf, toCursor } from '../cursor.ts'
import { Uuid } from '../formats.ts'
import { CursorText, pageLimit, PageWire } from '../wire/requests.ts'
import { SubscriptionPath, subscriptionsPath as path, type SubscriptionsResource } from './subscriptions.ts'
import { DeliveryWire, deliveryToWire, RedeliverRequest } from '../wire/subscription.ts'

const DeliveriesQuery = z.strictObject({
  state: z.enum(deliveryStates).optional(),
  limit: pageLimit(50, 100),
  cursor: CursorText.optional(),
})

/** /v1/subscriptions/{id}/…: what became of its events, and each of them once more. */
export function subscriptionDeliveryRoutes({ subscribers, wakeSender }: SubscriptionsResource): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      `${path}/:id/deliveries`,
      {
        schema: {
          summary: 'What became of its events, newest first',
          params: SubscriptionPath,
          querystring: DeliveriesQuery,
          response: {
            200: z.object({ items: z.array(DeliveryWire), page: PageWire }).meta({ id: 'Deliveries' }),
          },
        },
      },
      async ({ params, query: { state, limit, cursor } }) => {
        const place = cursor === undefined ? undefined : toPlace(cursor)
        const { entries, hasMore } = await subscribers.deliveries(params.id, { state, place, limit })
        return { items: entries.map(deliveryToWire), page: pageOf(entries, place, hasMore, cursorOf) }
      },
    )

    app.post(
      `${path}/:id/deliveries/:eventId/redeliver`,
      {
        schema: {
          summary: 'Deliver an event again',
          description: 'Under the same id and with the same bytes, before what else waits of its service.',
          params: SubscriptionPath.extend({ eventId: Uuid }),
          response: { 202: z.undefined() },
        },
      },
      async (request, reply) => {
        const { id, eventId } = request.params
        await subscribers.redeliver(id, eventId)
        request.noteAct('event redelivered', { subscription: id, eventId })
        wakeSender()
        return reply.code(202).send()
      },
    )

    app.post(
      `${path}/:id/redeliver`,
      {
        schema: {
          summary: 'Deliver events again since a time',
          params: SubscriptionPath,
          body: RedeliverRequest,
          response: { 202: z.object({ events: z.int() }).meta({ id: 'Redelivered' }) },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const { since } = request.body
        const events = await subscribers.redeliverSince(id, since)
        request.noteAct('events redelivered', { subscription: id, since, events })
        wakeSender()
        return reply.code(202).send({ events })
      },
    )
  }
}

const Cursor = z.tuple([z.enum(['older', 'newer']), z.string().regex(/^\d{1,18}$/)])

function cursorOf(towards: DeliveryPlace['towards'], { position }: PastDelivery): string {
  return toCursor([towards, position])
}

function toPlace(cursor: string): DeliveryPlace {
  const [towards, position] = fromCursor(Cursor, cursor)
  return { towards, position }
}
