import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import { z } from 'zod'
import { PharosError } from '../../base/errors.ts'

const Health = z.object({ status: z.literal('ok') })

export interface HealthDeps {
  /** Rejects when storage does not answer. */
  readonly ping: () => Promise<void>
  readonly isStopping: () => boolean
}

/** /livez: the process answers. /readyz: it can also do its work. Neither needs a token. */
export function healthRoutes(deps: HealthDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const schema = { response: { 200: Health } }
    app.get('/livez', { schema: { summary: 'The process answers', ...schema } }, async () => ({
      status: 'ok' as const,
    }))
    app.get('/readyz', { schema: { summary: 'The service can do its work', ...schema } }, async () => {
      if (deps.isStopping()) throw new PharosError('shutting_down', 'the service is stopping')
      await deps.ping()
      return { status: 'ok' as const }
    })
  }
}
