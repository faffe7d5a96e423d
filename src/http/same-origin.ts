import type { FastifyRequest } from 'fastify'
import { PharosError } from '../errors.ts'

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A browser sends some requests for any page that its user looks at, without asking. Throws PharosError `cross_origin` when such a
 * page is of somewhere else and would change something; programs name no origin.
 */
export function requireSameOrigin({ method, headers: { origin, host } }: FastifyRequest): void {
  if (origin === undefined || reading.has(method) || URL.parse(origin)?.host === host) return
  throw new PharosError('cross_origin', `a page of ${JSON.stringify(origin)} may not change anything here`)
}
