import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { PharosError } from '../errors.ts'

/**
 * A check that a request carries one of `tokens`, as a bearer token or in Keptn's `x-token` header.
 * Throws PharosError `unauthorized`. Without tokens everybody may pass.
 */
export function requireToken(tokens: readonly string[]): (request: FastifyRequest) => void {
  const digests = tokens.map(digest)
  return ({ headers }) => {
    if (digests.length === 0) return
    const given = tokenIn(headers)
    if (given === undefined) {
      throw new PharosError('unauthorized', 'a token is needed: send "Authorization: Bearer <token>"')
    }
    const hash = digest(given)
    // Every token is compared, so that the time taken tells nothing.
    const matches = digests.filter((known) => timingSafeEqual(known, hash))
    if (matches.length === 0)
      throw new PharosError('unauthorized', 'the token is not one of those configured in apiTokens')
  }
}

/** What a request shows as its token. */
export function tokenIn(headers: FastifyRequest['headers']): string | undefined {
  const given = bearer(headers.authorization) ?? headers['x-token']
  return typeof given === 'string' ? given : undefined
}

function bearer(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
