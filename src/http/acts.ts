import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'

/** Everything that a caller can do beside reading and triggering, whose line is written where events may trigger too. */
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
    /** The name of the token that it came with; undefined where none is needed. */
    by: string | undefined
    /** Whether it would still be let in: a token may end while its answer goes on. */
    isAllowed(): Promise<boolean>
    /** Writes a line of what was done, with who did it, and on what. */
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
