import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { tokenIn } from './auth.ts'

/**
 * Who a request comes from, as far as places are shared out: the digest of its token, or its address while nobody needs a token.
 * The token has been checked before.
 */
export function clientOf({ headers, ip }: FastifyRequest, isAuthenticated: boolean): string {
  const token = isAuthenticated ? tokenIn(headers) : undefined
  return token === undefined ? ip : createHash('sha256').update(token).digest('hex')
}
