import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'

/** Everything a caller can do, except reading, and triggering, which is logged where events trigger evaluations too. */
type Act =
  | 'evaluation cancelled'
  | 'evaluation invalidated'
  | 'subscription created'
  | 'subscription changed'
  | 'subscription deleted'
  | 'subscription key rotated'
  | 'subscription tested'
  | 'event redelivered'
  | 'events redelivered'
  | 'provider checked'
  | 'provider queried'

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of its token; undefined if none is needed. */
    by: string | undefined
    /** Whether its token is still valid: it may end while the response goes on. */
    isAllowed(): Promise<boolean>
    /** Logs what was done, by whom, and to what. */
    noteAct(act: Act, on: Readonly<Record<string, unknown>>): void
  }
}

/** Adds to requests what acts need. Must be called before any route is added. */
export function noteActs(app: FastifyInstance, log: Pick<Logger, 'info'>): void {
  app.decorateRequest('by', undefined)
  app.decorateRequest('isAllowed', async () => true)
  app.decorateRequest('noteAct', function (this: FastifyRequest, act, on) {
    log.info({ by: this.by, ...on }, act)
  })
}
