import { errors } from 'undici'
import { excerpt, missing, type MissingAnswer } from './answer.ts'
import type { HttpReply } from './client.ts'
import { rejectionOf } from './reply.ts'

/** Who asks whom, as far as an error message may tell. */
export interface Asked {
  /** Without user and password. */
  readonly endpoint: string
  /** Where the credentials come from (`token env:PROM_TOKEN`), never what they are; undefined without. */
  readonly credentials: string | undefined
}

/**
 * What a reply that is no success means, from its status; each message names the usual cure.
 * Source: prometheus 2.42, web/api/v1/api.go (`respondError`).
 */
export function answerOfStatus(reply: HttpReply, asked: Asked): MissingAnswer {
  const rejection = reply.isJson ? rejectionOf(reply.body) : undefined
  const detail = rejection?.message ?? excerpt(reply.body)
  const { status } = reply
  if (status === 401 || status === 403) {
    return missing(
      'unauthorized',
      `${status === 401 ? 'authentication failed' : 'not permitted'} (${status}): ${cureOf(asked)}`,
    )
  }
  if (status === 404) {
    return missing(
      'config',
      `endpoint not found (404) at ${asked.endpoint}: wrong base path in url? try it with /prometheus`,
    )
  }
  if (status === 429) {
    const wait = /^\d{1,6}$/.test(reply.retryAfter) ? `, it asks to wait ${reply.retryAfter} s` : ''
    return missing('rate_limited', `rate limited (429)${wait}: ${detail}`)
  }
  if ((status === 400 || status === 422) && rejection !== undefined) {
    return missing('bad_query', `query rejected by Prometheus: ${detail}`)
  }
  if (status >= 300 && status < 400) {
    const cure = 'redirects are not followed: put the final address into url, or look for a login page before it'
    return missing('config', `redirected (${status}) by ${asked.endpoint}: ${cure}`)
  }
  if (rejection?.errorType === 'timeout') return missing('timeout', `timed out in Prometheus (${status}): ${detail}`)
  return missing('upstream', `${asked.endpoint} failed with ${status}${detail === '' ? '' : `: ${detail}`}`)
}

export function notJson(reply: HttpReply): MissingAnswer {
  const type = reply.contentType === '' ? 'no content type' : `unexpected content type ${excerpt(reply.contentType)}`
  return missing(
    'upstream',
    `${type} (${reply.status}): a login page, or not a Prometheus? ${excerpt(reply.body)}`.trimEnd(),
  )
}

/**
 * What an error on the way to the reply means. Undefined for errors that are neither the network's nor the client
 * library's: those are ours.
 */
export function answerOfError(error: unknown, asked: Asked): MissingAnswer | undefined {
  const { host } = new URL(asked.endpoint)
  if (error instanceof errors.HTTPParserError) {
    return missing('upstream', `no HTTP from ${host}: is it another port?`)
  }
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  const { code } = error
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return missing(
      'upstream',
      'the reply is larger than 10 MiB: put sum() or avg() around the query, or select fewer series',
    )
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/.test(code)) {
    const cure = 'start Pharos with NODE_EXTRA_CA_CERTS=<file> if its authority is your own'
    return missing('upstream', `certificate of ${host} not trusted: ${code}; ${cure}`)
  }
  if (/SSL|TLS|^EPROTO$/.test(code)) return missing('upstream', `no TLS with ${host}: ${code}; is it http:// there?`)
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/.test(code)) {
    return missing('upstream', `cannot connect: ${code} ${host}`)
  }
  return missing('upstream', `connection to ${host} broke before the reply was complete: ${code}`)
}

function cureOf(asked: Asked): string {
  if (asked.credentials === undefined) return 'no token is configured, set token: env:NAME'
  return `look at ${asked.credentials}`
}
