import type { FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { digestOf, type ApiTokens } from '../access/tokens.ts'
import { PharosError } from '../base/errors.ts'
import type { ClientAddress } from './client-address.ts'
import type { WrongTokens } from './wrong-tokens.ts'

export interface AuthDeps {
  readonly tokens: ApiTokens
  readonly wrongTokens: WrongTokens
  readonly clientAddress: ClientAddress
  readonly log: Pick<Logger, 'warn'>
}

/** A wrong token came too often. Valid tokens are still accepted. */
export class TooManyWrongTokens extends PharosError {
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    const message = `too many wrong tokens: try again in ${retryAfterSeconds} s; a valid token is always accepted`
    super('too_many_wrong_tokens', message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/**
 * A check that a request carries one of the tokens, as a bearer token or in Keptn's `x-token` header; it notes in `by` whose.
 * Throws PharosError `unauthorized` or `too_many_wrong_tokens`. Without tokens everybody may pass.
 */
export function requireToken(deps: AuthDeps): (request: FastifyRequest) => Promise<void> {
  const { tokens } = deps
  return async (request) => {
    if (tokens.isOpen) return
    const given = bearer(request.headers.authorization) ?? request.headers['x-token']
    if (typeof given !== 'string') {
      throw new PharosError('unauthorized', 'a token is needed: send "Authorization: Bearer <token>"')
    }
    const digest = digestOf(given)
    const name = await tokens.nameOf(digest)
    if (name === undefined) throw refusal(digest, request, deps)
    request.by = name
    request.isAllowed = async () => (await tokens.nameOf(digest)) !== undefined
  }
}

/** Answers at once, since a delayed answer would hold a connection. */
function refusal(digest: Buffer, request: FastifyRequest, { wrongTokens, clientAddress, log }: AuthDeps): PharosError {
  const client = clientAddress(request)
  const refused = wrongTokens.count([`token ${digest.toString('base64')}`, ...(client === undefined ? [] : [client])])
  const { method, socket } = request
  const from = { method, path: request.routeOptions.url, peer: socket.remoteAddress, client }
  if (refused.kind === 'refused') {
    log.warn(from, 'token refused')
    return new PharosError('unauthorized', 'the token is not one of those configured in apiTokens')
  }
  const retryAfterSeconds = Math.max(1, Math.ceil(refused.waitMs / 1000))
  // Further ones are not logged, so that they cannot fill the log.
  if (refused.isFirst) log.warn({ ...from, retryAfterSeconds }, 'token refused too often: answering 429')
  return new TooManyWrongTokens(retryAfterSeconds)
}

function bearer(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
}
