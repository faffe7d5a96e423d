import { errors } from 'undici'
import { excerpt, missing, type MissingAnswer } from '../answer.ts'
import type { HttpReply } from './reply.ts'

export const tooLarge = 'the reply is larger than 1 MiB: aggregate in the query, with sum() or avg(), or select less'

/** The endpoint and credentials of a request, as far as error messages may show them. */
export interface Asked {
  /** Without user and password. */
  readonly endpoint: string
  /** Where the credentials come from (`token env:PROM_TOKEN`), never their content; undefined if there are none. */
  readonly credentials: string | undefined
  /** The usual fix if `endpoint` does not exist. */
  readonly notFoundCure: string
}

/** The meaning of an unsuccessful reply, from its status; each message includes the usual fix. `detail` is the server's own message. */
export function answerOfStatus(reply: HttpReply, asked: Asked, detail: string = excerpt(reply.body)): MissingAnswer {
  const { status, attempts = 1 } = reply
  const said = (detail === '' ? '' : `: ${detail}`) + triesOf(attempts)
  if (status === 401 || status === 403) {
    const what = status === 401 ? 'authentication failed' : 'not permitted'
    return missing('unauthorized', `${what} (${status}): ${fixFor(asked)}`)
  }
  if (status === 404) return missing('config', `endpoint not found (404) at ${asked.endpoint}: ${asked.notFoundCure}`)
  if (status === 429) {
    const wait = /^\d{1,9}$/.test(reply.retryAfter) ? `, the server asks to wait ${reply.retryAfter} s` : ''
    return missing('rate_limited', `rate limited (429)${wait}${said}`)
  }
  if (status >= 300 && status < 400) {
    const fix = 'redirects are not followed: set url to the final address, or check for a login page in front of it'
    return missing('config', `redirected (${status}) by ${asked.endpoint}: ${fix}`)
  }
  return missing('upstream', `${asked.endpoint} failed with ${status}${said}`)
}

/** For the end of a sentence: the number of attempts, if more than one. */
export function triesOf(attempts: number): string {
  return attempts > 1 ? ` (${attempts} attempts)` : ''
}

/**
 * The meaning of an error while waiting for a reply. Undefined for errors that do not come from the network or the client
 * library: those are bugs.
 */
export function answerOfError(error: unknown, asked: Asked): MissingAnswer | undefined {
  const { host } = new URL(asked.endpoint)
  if (error instanceof errors.HTTPParserError) {
    return missing('upstream', `${host} does not speak HTTP: is the port correct?`)
  }
  const code = codeOf(error)
  if (code === undefined) return undefined
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return missing('upstream', tooLarge)
  }
  if (/ALERT/.test(code)) {
    return missing(
      'upstream',
      `${host} refuses TLS: ${code}; does it require a client certificate, or a different one?`,
    )
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/.test(code)) {
    const fix = 'set tls.ca, or start Pharos with NODE_EXTRA_CA_CERTS=<file>, if you use your own certificate authority'
    return missing('upstream', `certificate of ${host} not trusted: ${code}; ${fix}`)
  }
  if (/SSL|TLS|^EPROTO$/.test(code))
    return missing('upstream', `no TLS with ${host}: ${code}; should the URL begin with http://?`)
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/.test(code)) {
    return missing('upstream', `cannot connect: ${code} ${host}`)
  }
  return missing('upstream', `connection to ${host} lost before the reply was complete: ${code}`)
}

/** The code of an error of the network or of undici. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Why there is no answer after `signal` aborted: it timed out, or the caller cancelled. */
export function unfinished(signal: AbortSignal, startedAt: number, when: string): MissingAnswer {
  const isLate = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  return missing('timeout', isLate ? `timed out after ${seconds} s, ${when}` : `cancelled after ${seconds} s, ${when}`)
}

function fixFor(asked: Asked): string {
  if (asked.credentials === undefined) return 'no token is configured: set token: env:NAME'
  return `check ${asked.credentials}`
}
