import { missing, type Answer } from '../../answer.ts'
import { redacted, redactedAnswer } from '../../credentials.ts'
import { budgetOf, checkBudget, type Budget } from '../../http/http.ts'
import type {
  IndicatorQuery,
  IndicatorReply,
  MeasureRequest,
  ProviderContext,
  ProviderHealth,
  QueryValidation,
} from '../../provider.ts'
import type { DynatraceConfig } from '../config.ts'
import { DynatraceOptions } from '../options.ts'
import { parseQuery } from '../query.ts'
import { GrailClient, unansweredIn } from './client.ts'
import type { PlatformConfig } from './config.ts'
import { OAuthTokens } from './oauth.ts'
import { cancelDql, measureDql } from './query.ts'
import { fixedToken } from './tokens.ts'

/** Reads no data, but checks the credentials. */
const probe = 'data record(v = 1)'

/** Runs DQL on Grail, the platform of an environment. */
export class GrailProvider {
  readonly #config: DynatraceConfig
  readonly #client: GrailClient
  /** Pending cancellations of abandoned queries. */
  readonly #cancellations = new Set<Promise<void>>()

  constructor(config: DynatraceConfig, platform: PlatformConfig, context: ProviderContext) {
    this.#config = config
    const settings = {
      baseUrl: platform.url,
      concurrency: config.concurrency,
      timeoutMs: config.timeout,
      asked: {
        endpoint: platform.url,
        credentials: 'token' in platform ? `token ${platform.token}` : 'the scopes and permissions of oauth.client',
        notFoundCure: 'is platform.url correct? Its host differs from that of the environment API',
      },
      random: context.random,
      proxy: config.proxy,
    }
    const tokens =
      'token' in platform ? fixedToken(platform.token, context) : new OAuthTokens(platform.oauth, context, settings)
    this.#client = new GrailClient(settings, tokens)
  }

  async measure({ window, indicators, onReply, ...call }: MeasureRequest): Promise<readonly IndicatorReply[]> {
    const budget = budgetOf(call)
    return Promise.all(
      indicators.map(async (indicator, index) => {
        const reply = await this.#reply(indicator, window, budget)
        onReply?.(index, reply)
        return reply
      }),
    )
  }

  async check(signal: AbortSignal): Promise<ProviderHealth> {
    const now = new Date()
    const window = { start: new Date(now.getTime() - 60_000), end: now }
    const budget = checkBudget(signal)
    const reply = await this.#reply({ name: 'check', query: `DQL;${probe}` }, window, budget)
    const { durationMs: latencyMs } = reply
    if (reply.outcome === 'measured') return { ok: true, message: 'DQL works', latencyMs }
    return { ok: false, message: reply.message, latencyMs }
  }

  /** Whether Grail accepts the query; reads no data. */
  async validateQuery({ query }: IndicatorQuery, signal: AbortSignal): Promise<QueryValidation> {
    const parsed = parseQuery(query, this.#config.language)
    if (parsed.kind !== 'dql') return { kind: 'unknown', message: 'only DQL can be validated without running it' }
    const conversation = this.#client.begin(checkBudget(signal))
    try {
      const { valid, notifications } = await conversation.assistance.queryVerify({ body: { query: parsed.dql } })
      const notes = (notifications ?? []).map(({ message }) => message ?? '').join('; ')
      return valid ? { kind: 'valid' } : { kind: 'invalid', message: `DQL error: ${notes}` }
    } catch (error) {
      const answer = unansweredIn(error)
      if (answer === undefined) throw error
      const message = redacted(answer.message, conversation.secrets())
      return { kind: answer.outcome === 'bad_query' ? 'invalid' : 'unknown', message }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#cancellations)
    await this.#client.close()
  }

  async #reply(
    { query, options: given }: IndicatorQuery,
    window: MeasureRequest['window'],
    budget: Budget,
  ): Promise<IndicatorReply> {
    const startedAt = performance.now()
    const replied = (answer: Answer, attempts: number, secrets: readonly string[] = []): IndicatorReply => ({
      ...redactedAnswer(answer, secrets),
      query: redacted(query, secrets),
      attempts,
      durationMs: performance.now() - startedAt,
    })
    const options = DynatraceOptions.safeParse(given ?? {})
    if (!options.success) return replied(missing('config', `invalid options: ${options.error.message}`), 0)
    const parsed = parseQuery(query, this.#config.language)
    if (parsed.kind !== 'dql') return replied(missing('bad_query', 'the query is not DQL'), 0)
    const conversation = this.#client.begin(budget)
    const question = { dql: parsed.dql, window, options: options.data }
    const answer = await measureDql(question, conversation, budget, (requestToken) => this.#cancel(requestToken))
    return replied(answer, conversation.attempts(), conversation.secrets())
  }

  #cancel(requestToken: string): void {
    const cancellation = cancelDql(requestToken, (budget) => this.#client.begin(budget))
    this.#cancellations.add(cancellation)
    void cancellation.finally(() => this.#cancellations.delete(cancellation))
  }
}
