import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import { z } from 'zod'
import type { Subscribers } from '../subscribers.ts'
import { deliveryStates, type DeliveryPlace, type PastDelivery } from '../subscriptions.ts'
import { fromCursor, pageOf, toCursor } from './cursor.ts'
import { PageWire } from './request.ts'
import {
  CreatedWire,
  DeliveryWire,
  deliveryToWire,
  IssuedKeyWire,
  issuedKeyToWire,
  RedeliverRequest,
  RotateKeyRequest,
  SubscriptionPatch,
  SubscriptionRequest,
  SubscriptionWire,
  subscriptionToWire,
  toChanges,
  TriedWire,
} from './subscription-wire.ts'

export interface SubscriptionsDeps {
  readonly subscribers: Subscribers
  /** There may be something to deliver now that was not before. */
  readonly wakeSender: () => void
}

const path = '/v1/subscriptions'
const SubscriptionPath = z.object({ id: z.string() })

const DeliveriesQuery = z.strictObject({
  state: z.enum(deliveryStates).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(200).optional(),
})

/** /v1/subscriptions: who is told of events, and what became of each. */
export function subscriptionRoutes({ subscribers, wakeSender }: SubscriptionsDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      path,
      {
        schema: {
          summary: 'Who is told of events',
          description: 'The sinks of pharos.yaml, then the subscriptions, the oldest first.',
          response: {
            200: z.object({ items: z.array(SubscriptionWire), page: PageWire }).meta({ id: 'Subscriptions' }),
          },
        },
      },
      async () => ({ items: (await subscribers.list()).map(subscriptionToWire), page: { next: null, prev: null } }),
    )

    app.post(
      path,
      {
        schema: {
          summary: 'Subscribe to events',
          description:
            'Events written from now on are sent there, signed with a key that is shown in this answer only. It needs PHAROS_SECRET_KEY; addresses that are not public must be allowed in pharos.yaml.',
          body: SubscriptionRequest,
          response: { 201: CreatedWire },
        },
      },
      async ({ body }, reply) => {
        const { types, filter, ...others } = body
        const { subscriber, key } = await subscribers.create({ ...others, filter: { types, ...filter } })
        reply.code(201).header('location', `${path}/${subscriber.id}`).header('cache-control', 'no-store')
        return { ...subscriptionToWire(subscriber), signingKey: key.signingKey }
      },
    )

    app.get(
      `${path}/:id`,
      {
        schema: {
          summary: 'One subscription, or a sink of pharos.yaml',
          params: SubscriptionPath,
          response: { 200: SubscriptionWire },
        },
      },
      async ({ params }) => subscriptionToWire(await subscribers.find(params.id)),
    )

    app.patch(
      `${path}/:id`,
      {
        schema: {
          summary: 'Change a subscription',
          description:
            'What is not in the body stays. Disabled, nothing new is for it; paused, everything is and waits. In both cases nothing is sent.',
          params: SubscriptionPath,
          body: SubscriptionPatch,
          response: { 200: SubscriptionWire },
        },
      },
      async ({ params, body }) => {
        const subscriber = await subscribers.change(params.id, toChanges(body))
        wakeSender()
        return subscriptionToWire(subscriber)
      },
    )

    app.delete(
      `${path}/:id`,
      {
        schema: {
          summary: 'End a subscription',
          description: 'Nothing is sent any more, whatever waits.',
          params: SubscriptionPath,
          response: { 204: z.undefined() },
        },
      },
      async ({ params }, reply) => {
        await subscribers.remove(params.id)
        return reply.code(204).send()
      },
    )

    app.post(
      `${path}/:id/rotate-key`,
      {
        schema: {
          summary: 'Issue a new signing key',
          description:
            'Shown in this answer only. Messages carry a signature of the key before too for as long as `overlap`. A sink of pharos.yaml is signed from its first key on.',
          params: SubscriptionPath,
          body: RotateKeyRequest,
          response: { 201: IssuedKeyWire },
        },
      },
      async ({ params, body }, reply) => {
        const key = await subscribers.rotateKey(params.id, body)
        return reply.code(201).header('cache-control', 'no-store').send(issuedKeyToWire(key))
      },
    )

    app.post(
      `${path}/:id/test`,
      {
        schema: {
          summary: 'Send a test event now',
          description:
            'Of type `pharos.subscription.test`, signed as every other, once, also to one that is disabled or paused. The answer says whether it was taken; a sink of pharos.yaml that had said it is gone is sent to again then.',
          params: SubscriptionPath,
          response: { 200: TriedWire },
        },
      },
      async ({ params }) => {
        const tried = await subscribers.test(params.id)
        if (tried.ok) wakeSender()
        return tried
      },
    )

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
          params: SubscriptionPath.extend({ eventId: z.string() }),
          response: { 202: z.undefined() },
        },
      },
      async ({ params }, reply) => {
        await subscribers.redeliver(params.id, params.eventId)
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
      async ({ params, body }, reply) => {
        const events = await subscribers.redeliverSince(params.id, body.since)
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
