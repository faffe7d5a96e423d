const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_HEADERS_OVERFLOW: 'it answers with more headers than are read',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up',
  ETIMEOUT: 'its name cannot be looked up',
  ESERVFAIL: 'its name cannot be looked up',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: write http:// if that was meant',
}

/** What a connection failed of, in words and with the code that Node or undici gives it; undefined when it has no code. */
export function connectionFailure(
  error: Error,
): { readonly code: string; readonly words: string | undefined } | undefined {
  if (!('code' in error) || typeof error.code !== 'string') return undefined
  const { code } = error
  return { code, words: words[code] === undefined ? undefined : `${words[code]} (${code})` }
}
