import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import { z } from 'zod'
import { PharosError } from '../errors.ts'
import type { Subscribers } from '../subscribers.ts'
import { deliveryStates } from '../subscriptions.ts'
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
          response: { 200: z.object({ items: z.array(SubscriptionWire) }).meta({ id: 'Subscriptions' }) },
        },
      },
      async () => ({ items: (await subscribers.list()).map(subscriptionToWire) }),
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
            200: z
              .object({ items: z.array(DeliveryWire), page: z.object({ next: z.string().nullable() }) })
              .meta({ id: 'Deliveries' }),
          },
        },
      },
      async ({ params, query: { state, limit, cursor } }) => {
        const before = cursor === undefined ? undefined : toPosition(cursor)
        const found = await subscribers.deliveries(params.id, { state, before, limit })
        const shown = found.slice(0, limit)
        const last = found.length > limit ? shown.at(-1) : undefined
        return { items: shown.map(deliveryToWire), page: { next: last === undefined ? null : toCursor(last.position) } }
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

function toCursor(position: string): string {
  return Buffer.from(JSON.stringify(['older', position])).toString('base64url')
}

const Cursor = z.tuple([z.literal('older'), z.string().regex(/^\d{1,18}$/)])

function toPosition(cursor: string): string {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))[1]
  } catch (cause) {
    throw new PharosError('invalid_cursor', 'the cursor is not one of this list: take it from page.next', { cause })
  }
}
