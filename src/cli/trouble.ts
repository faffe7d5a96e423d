/** Why no answer came. `isFinal`: asking again would be no use. */
export interface Trouble {
  readonly why: string
  readonly isFinal: boolean
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: write http:// if that was meant',
}

/** What came in the way of a request, from what `fetch` or the reading of its answer threw. */
export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof Error)) return { why: String(error), isFinal: false }
  if (error.name === 'TimeoutError') return { why: 'it does not answer in time', isFinal: false }
  const cause = error.cause instanceof Error ? error.cause : error
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  if (cause.name === 'HTTPParserError') return { why: 'what answers there is no HTTP', isFinal: false }
  if (cause.message === 'bad port') return { why: 'no HTTP client asks that port', isFinal: true }
  if (code === undefined) return { why: cause.message, isFinal: false }
  const why = words[code] === undefined ? `${cause.message.trim()} (${code})` : `${words[code]} (${code})`
  return { why, isFinal: isAboutTls(code) }
}

/** A certificate stays as it is, and so does a port that is no TLS. */
function isAboutTls(code: string): boolean {
  return /^(ERR_SSL|ERR_TLS|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/.test(code)
}
