import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import { SubscriptionPath, subscriptionsPath as path, type SubscriptionsResource } from './subscriptions.ts'
import { IssuedKeyWire, issuedKeyToWire, RotateKeyRequest, TriedWire } from '../wire/subscription.ts'

/** /v1/subscriptions/{id}/…: its signing key, and whether it takes what is signed with it. */
export function subscriptionKeyRoutes({ subscribers, wakeSender }: SubscriptionsResource): FastifyPluginAsyncZod {
  return async (app) => {
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
      async (request, reply) => {
        const { id } = request.params
        const key = await subscribers.rotateKey(id, request.body)
        request.noteAct('subscription key rotated', { subscription: id, generation: key.generation })
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
      async (request) => {
        const { id } = request.params
        const tried = await subscribers.test(id)
        request.noteAct('subscription tested', { subscription: id, ok: tried.ok })
        if (tried.ok) wakeSender()
        return tried
      },
    )
  }
}
