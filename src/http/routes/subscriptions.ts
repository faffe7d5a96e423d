import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import { z } from 'zod'
import type { Subscribers } from '../../announcing/subscriptions/manage.ts'
import { shownUrl } from '../../base/shown-url.ts'
import { PageWire } from '../wire/requests.ts'
import {
  CreatedWire,
  SubscriptionPatch,
  SubscriptionRequest,
  SubscriptionWire,
  subscriptionToWire,
  toChanges,
} from '../wire/subscription.ts'

export interface SubscriptionsResource {
  readonly subscribers: Subscribers
  /** There may be something to deliver now that was not before. */
  readonly wakeSender: () => void
}

export const subscriptionsPath = '/v1/subscriptions'
const path = subscriptionsPath

export const SubscriptionPath = z.object({ id: z.string().meta({ minLength: 1 }) })

/** /v1/subscriptions: who is told of events. */
export function subscriptionRoutes({ subscribers, wakeSender }: SubscriptionsResource): FastifyPluginAsyncZod {
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
      async (request, reply) => {
        const { body } = request
        const { types, filter, ...others } = body
        const { subscriber, key } = await subscribers.create({ ...others, filter: { types, ...filter } })
        request.noteAct('subscription created', { subscription: subscriber.id, url: shownUrl(subscriber.url) })
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
      async (request) => {
        const { params, body } = request
        const subscriber = await subscribers.change(params.id, toChanges(body))
        request.noteAct('subscription changed', {
          subscription: subscriber.id,
          url: shownUrl(subscriber.url),
          changed: Object.keys(body),
        })
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
      async (request, reply) => {
        const { id } = request.params
        await subscribers.remove(id)
        request.noteAct('subscription deleted', { subscription: id })
        return reply.code(204).send()
      },
    )
  }
}
