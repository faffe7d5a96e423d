import { once } from 'node:events'
import { z } from 'zod'
import { missing, shortened, type MissingAnswer } from '../../answer.ts'
import { readHeaderSecret } from '../../credentials.ts'
import { answerOfStatus, type Asked } from '../../http/failure.ts'
import type { HttpReply } from '../../http/reply.ts'
import { HttpClient, type Budget, type HttpSettings } from '../../http/http.ts'
import { parseJson } from '../../json.ts'
import type { ProviderContext } from '../../provider.ts'
import type { OAuthConfig } from './config.ts'
import type { TokenAnswer, TokenSource } from './tokens.ts'

const Granted = z.object({ access_token: z.string().regex(/^[\x21-\x7e]+$/), expires_in: z.number().positive() })

const Refused = z.object({ error: z.string(), error_description: z.string().nullish() })

/** How long before its expiry a token is renewed; short-lived tokens are renewed half way. */
const renewalMs = 30_000

/** Tokens of an OAuth client: each is shared until it expires, and requested only once at a time. A refusal is not cached. */
export class OAuthTokens implements TokenSource {
  readonly #config: OAuthConfig
  readonly #context: ProviderContext
  readonly #http: HttpClient
  readonly #asked: Asked
  /** `goodUntil` is a time of `performance.now`. */
  #held: { readonly answer: TokenAnswer & { readonly kind: 'token' }; readonly goodUntil: number } | undefined
  #asking: Promise<TokenAnswer> | undefined

  constructor(
    config: OAuthConfig,
    context: ProviderContext,
    settings: Pick<HttpSettings, 'timeoutMs' | 'proxy' | 'random'>,
  ) {
    this.#config = config
    this.#context = context
    this.#asked = {
      endpoint: config.url,
      credentials: `oauth.client and oauth.secret ${config.secret}`,
      notFoundCure: 'is oauth.url right?',
    }
    this.#http = new HttpClient({ ...settings, baseUrl: config.url, concurrency: 1, asked: this.#asked })
  }

  async current(budget: Budget): Promise<TokenAnswer> {
    const held = this.#current()
    if (held !== undefined) return held
    if (this.#asking !== undefined) {
      const answer = await Promise.race([this.#asking, aborted(budget.signal)])
      // The other caller ran out of time or left; there may be enough time for this one.
      if (answer !== undefined && (answer.kind === 'token' || answer.answer.outcome !== 'timeout')) return answer
    }
    return this.#begin(budget)
  }

  refuse(token: string): boolean {
    if (this.#held?.answer.token === token) this.#held = undefined
    return true
  }

  close(): Promise<void> {
    return this.#http.close()
  }

  #current(): TokenAnswer | undefined {
    const held = this.#held
    return held !== undefined && performance.now() < held.goodUntil ? held.answer : undefined
  }

  async #begin(budget: Budget): Promise<TokenAnswer> {
    const asking = this.#ask(budget)
    this.#asking ??= asking
    try {
      return await asking
    } finally {
      if (this.#asking === asking) this.#asking = undefined
    }
  }

  async #ask(budget: Budget): Promise<TokenAnswer> {
    const { client, scopes, account } = this.#config
    const secret = await readHeaderSecret(this.#config.secret, this.#context)
    if (secret instanceof Error) return { kind: 'none', answer: missing('config', secret.message), secrets: [] }
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client,
      client_secret: secret,
      scope: scopes.join(' '),
      ...(account !== undefined && { resource: account }),
    })
    const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' }
    const request = { method: 'POST', path: '', headers, body: form.toString() } as const
    // The token is shared by all callers: requesting it takes no turn, and does not start the caller's time.
    const answered = await this.#http.send(() => request, { ...budget, turn: undefined })
    const none = (answer: MissingAnswer): TokenAnswer => ({ kind: 'none', answer, secrets: [secret] })
    if (answered.kind === 'failed') return none(answered.answer)
    const granted = Granted.safeParse(answered.reply.status === 200 ? parseJson(answered.reply.body) : undefined)
    if (!granted.success) return none(this.#refusalOf(answered.reply))
    const { access_token: token, expires_in: seconds } = granted.data
    const answer = { kind: 'token', token, secrets: [secret, token] } as const
    const lifeMs = seconds * 1000
    this.#held = { answer, goodUntil: performance.now() + Math.max(lifeMs - renewalMs, lifeMs / 2) }
    return answer
  }

  #refusalOf(reply: HttpReply): MissingAnswer {
    const { status, body } = reply
    const refused = Refused.safeParse(parseJson(body))
    if (status >= 400 && status < 500 && status !== 429 && refused.success) {
      const { error, error_description: description } = refused.data
      const why = shortened(description ? `${error}: ${description}` : error)
      return missing('unauthorized', `no token (${status}): ${why}; check ${this.#asked.credentials}`)
    }
    if (status !== 200) return answerOfStatus(reply, this.#asked)
    return missing('upstream', `malformed reply from ${this.#asked.endpoint}: it contains no token`)
  }
}

/** Undefined once `signal` has aborted. */
async function aborted(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await once(signal, 'abort')
}
