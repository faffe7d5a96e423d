import { Agent, request } from 'undici'

/** What came back, whatever its status. */
export interface HttpReply {
  readonly status: number
  /** Empty when the header is missing, like the next. */
  readonly contentType: string
  readonly retryAfter: string
  readonly isJson: boolean
  readonly body: string
}

export interface SendOptions {
  /** The Authorization header's value. */
  readonly authorization: string | undefined
  readonly signal: AbortSignal
  /** Called before each request that is sent; a GET after a refused POST is a second one. */
  readonly onSend?: () => void
}

const replyBytesMax = 10 * 1024 * 1024

/** HTTP to one base URL: bounded replies, no redirects, no retries, and no deadline but the caller's signal. */
export class PrometheusClient {
  readonly #baseUrl: string
  /** Compressed replies are not asked for, so that a small body cannot become a large one. */
  readonly #agent = new Agent({ maxResponseSize: replyBytesMax, headersTimeout: 0, bodyTimeout: 0 })
  /** A proxy that forbids POST once will do so again. */
  #isPostRefused = false

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl
  }

  /** A form by POST, because proxies cut long URLs; by GET where POST is refused (405, 501). */
  async send(path: string, form: URLSearchParams, options: SendOptions): Promise<HttpReply> {
    const encoded = form.toString()
    if (this.#isPostRefused) return this.get(`${path}?${encoded}`, options)
    const reply = await this.#request('POST', path, encoded, options)
    if (reply.status !== 405 && reply.status !== 501) return reply
    this.#isPostRefused = true
    return this.get(`${path}?${encoded}`, options)
  }

  /** Rejects with `signal.reason`, or with the network's error. */
  get(path: string, options: SendOptions): Promise<HttpReply> {
    return this.#request('GET', path, undefined, options)
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #request(
    method: 'GET' | 'POST',
    path: string,
    form: string | undefined,
    options: SendOptions,
  ): Promise<HttpReply> {
    options.onSend?.()
    const { statusCode, headers, body } = await request(this.#baseUrl + path, {
      method,
      dispatcher: this.#agent,
      signal: options.signal,
      headers: {
        accept: 'application/json',
        'user-agent': 'pharos',
        ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' }),
        ...(options.authorization !== undefined && { authorization: options.authorization }),
      },
      ...(form !== undefined && { body: form }),
    })
    const contentType = String(headers['content-type'] ?? '')
    return {
      status: statusCode,
      contentType,
      retryAfter: String(headers['retry-after'] ?? ''),
      isJson: /^application\/([\w.-]+\+)?json\b/i.test(contentType),
      body: await body.text(),
    }
  }
}
