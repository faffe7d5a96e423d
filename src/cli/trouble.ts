import { connectionFailure } from '../net/connection-failure.ts'

/** Why no answer came. `isFinal`: asking again would be no use. */
export interface Trouble {
  readonly why: string
  readonly isFinal: boolean
}

/** What came in the way of a request, from what `fetch` or the reading of its answer threw. */
export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof Error)) return { why: String(error), isFinal: false }
  if (error.name === 'TimeoutError') return { why: 'it does not answer in time', isFinal: false }
  // What `fetch` says before it sends anything is about the request, which stays as it is.
  if (error instanceof TypeError && error.cause === undefined) return { why: error.message, isFinal: true }
  const cause = error.cause instanceof Error ? error.cause : error
  const failure = connectionFailure(cause)
  if (cause.name === 'HTTPParserError') return { why: 'what answers there is no HTTP', isFinal: false }
  if (cause.message === 'bad port') return { why: 'no HTTP client asks that port', isFinal: true }
  if (failure === undefined) return { why: cause.message, isFinal: false }
  const { code, words } = failure
  return { why: words ?? `${cause.message.trim()} (${code})`, isFinal: isAboutTls(code) }
}

/** A certificate stays as it is, and so does a port that is no TLS. */
function isAboutTls(code: string): boolean {
  return /^(ERR_SSL|ERR_TLS|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/.test(code)
}
