import { errors } from 'undici'
import { excerpt, missing, type MissingAnswer } from '../answer.ts'
import type { HttpReply } from './reply.ts'

export const tooLarge = 'the reply is larger than 1 MiB: aggregate in the query, with sum() or avg(), or select less'

/** Who asks whom, as far as an error message may tell. */
export interface Asked {
  /** Without user and password. */
  readonly endpoint: string
  /** Where the credentials come from (`token env:PROM_TOKEN`), never what they are; undefined without. */
  readonly credentials: string | undefined
  /** What is usually wrong when there is nothing at `endpoint`. */
  readonly notFoundCure: string
}

/** What a reply that is no success means, from its status; each message names the usual cure. `detail` is the server's own word. */
export function answerOfStatus(reply: HttpReply, asked: Asked, detail: string = excerpt(reply.body)): MissingAnswer {
  const { status, attempts = 1 } = reply
  const said = (detail === '' ? '' : `: ${detail}`) + triesOf(attempts)
  if (status === 401 || status === 403) {
    const what = status === 401 ? 'authentication failed' : 'not permitted'
    return missing('unauthorized', `${what} (${status}): ${cureOf(asked)}`)
  }
  if (status === 404) return missing('config', `endpoint not found (404) at ${asked.endpoint}: ${asked.notFoundCure}`)
  if (status === 429) {
    const wait = /^\d{1,9}$/.test(reply.retryAfter) ? `, it asks to wait ${reply.retryAfter} s` : ''
    return missing('rate_limited', `rate limited (429)${wait}${said}`)
  }
  if (status >= 300 && status < 400) {
    const cure = 'redirects are not followed: put the final address into url, or look for a login page before it'
    return missing('config', `redirected (${status}) by ${asked.endpoint}: ${cure}`)
  }
  return missing('upstream', `${asked.endpoint} failed with ${status}${said}`)
}

/** For the end of a sentence: how often it was tried, when that was more than once. */
export function triesOf(attempts: number): string {
  return attempts > 1 ? ` (${attempts} attempts)` : ''
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
  const code = codeOf(error)
  if (code === undefined) return undefined
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return missing('upstream', tooLarge)
  }
  if (/ALERT/.test(code)) {
    return missing('upstream', `${host} refuses TLS: ${code}; does it want a client's certificate, or another one?`)
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/.test(code)) {
    const cure = 'set tls.ca, or start Pharos with NODE_EXTRA_CA_CERTS=<file>, if its authority is your own'
    return missing('upstream', `certificate of ${host} not trusted: ${code}; ${cure}`)
  }
  if (/SSL|TLS|^EPROTO$/.test(code)) return missing('upstream', `no TLS with ${host}: ${code}; is it http:// there?`)
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/.test(code)) {
    return missing('upstream', `cannot connect: ${code} ${host}`)
  }
  return missing('upstream', `connection to ${host} broke before the reply was complete: ${code}`)
}

/** The code of an error of the network or of undici. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Why there is no answer after `signal` aborted: the time was over, or the caller left. */
export function unfinished(signal: AbortSignal, startedAt: number, when: string): MissingAnswer {
  const isLate = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  return missing('timeout', isLate ? `timed out after ${seconds} s, ${when}` : `cancelled after ${seconds} s, ${when}`)
}

function cureOf(asked: Asked): string {
  if (asked.credentials === undefined) return 'no token is configured, set token: env:NAME'
  return `look at ${asked.credentials}`
}
