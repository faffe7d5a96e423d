import { missing, type Answer } from '../answer.ts'
import { readHeaderSecret, redacted } from '../credentials.ts'
import type { Asked } from '../http/failure.ts'
import { budgetOf, checkBudget } from '../http/http.ts'
import type {
  IndicatorQuery,
  IndicatorReply,
  MeasureRequest,
  Provider,
  ProviderContext,
  ProviderHealth,
} from '../provider.ts'
import { askTogether, type Together } from './batch.ts'
import { pathOf, type Answered, type Window } from './call.ts'
import { EnvironmentApi, type Conversation } from './client.ts'
import type { DynatraceConfig } from './config.ts'
import { measureMetrics } from './metrics.ts'
import { measureProblems } from './problems.ts'
import { parseQuery, type ClassicQuery } from './query.ts'
import { measureSlo } from './slo.ts'
import { measureUsql } from './usql.ts'

/** One Dynatrace environment. All evaluations of the process share its connections and its limit of concurrent requests. */
export class DynatraceProvider implements Provider {
  readonly #config: DynatraceConfig
  readonly #context: ProviderContext
  readonly #api: EnvironmentApi

  constructor(config: DynatraceConfig, context: ProviderContext) {
    this.#config = config
    this.#context = context
    const asked: Asked = {
      endpoint: config.url,
      credentials: config.token && `token ${config.token}`,
      notFoundCure: 'wrong path in url? Managed and ActiveGates need /e/<environment id>',
    }
    this.#api = new EnvironmentApi({
      baseUrl: config.url,
      concurrency: config.concurrency,
      timeoutMs: config.timeout,
      asked,
      random: context.random,
      proxy: config.proxy,
    })
  }

  async measure(request: MeasureRequest): Promise<readonly IndicatorReply[]> {
    const token = await this.#token()
    const budget = budgetOf(request)
    const queries = request.indicators.map(({ query }) => parseQuery(query, this.#config.language))
    const metrics = queries.flatMap((query) => (query.kind === 'metrics' ? [query.query] : []))
    const begin = (apiToken: string): Conversation => this.#api.begin(apiToken, budget)
    const together = token instanceof Error ? alone : askTogether(metrics, request.window, () => begin(token))
    return Promise.all(
      request.indicators.map(async (indicator, index) => {
        const startedAt = performance.now()
        const conversation = token instanceof Error ? token : withShared(begin(token), together)
        const answered = await this.#answered(indicator, request.window, conversation)
        const reply = {
          ...redactedAnswer(answered, token),
          attempts: conversation instanceof Error ? 0 : conversation.attempts(),
          durationMs: performance.now() - startedAt,
        }
        request.onReply?.(index, reply)
        return reply
      }),
    )
  }

  async check(signal: AbortSignal): Promise<ProviderHealth> {
    const startedAt = performance.now()
    const health = await this.#health(signal)
    return { ...health, latencyMs: performance.now() - startedAt }
  }

  close(): Promise<void> {
    return this.#api.close()
  }

  async #answered({ query }: IndicatorQuery, window: Window, conversation: Conversation | Error): Promise<Shown> {
    const parsed = parseQuery(query, this.#config.language)
    if (parsed.kind === 'invalid') return { answer: missing('bad_query', parsed.message), query }
    if (parsed.kind === 'dql') {
      return {
        answer: missing('config', withoutPlatform),
        query,
      }
    }
    if (conversation instanceof Error) return { answer: missing('config', conversation.message), query }
    const { answer, call } = await measureClassic(parsed, window, conversation)
    return { answer, query: pathOf(call) }
  }

  /** Any token with `metrics.read` can list one metric. */
  async #health(signal: AbortSignal): Promise<Omit<ProviderHealth, 'latencyMs'>> {
    const token = await this.#token()
    if (token instanceof Error) return { ok: false, message: token.message }
    const budget = checkBudget(signal)
    const replied = await this.#api.begin(token, budget).ask(oneMetric)
    if (replied.kind === 'body') return { ok: true, message: 'metrics queries work' }
    return { ok: false, message: redacted(replied.answer.message, [token]) }
  }

  async #token(): Promise<string | Error> {
    const { token } = this.#config
    if (token === undefined) return new Error(withoutToken)
    const secret = await readHeaderSecret(token, this.#context)
    if (secret instanceof Error || !secret.startsWith('dt0s')) return secret
    return new Error(`${token} is a platform or OAuth token, but the environment API needs an API token, dt0c01…`)
  }
}

export const withoutPlatform =
  'DQL is not configured: set platform: in this provider, because the environment API cannot run DQL'
export const withoutToken = 'no API token is configured: set token: env:NAME'

const alone: Together = async () => undefined

/** A conversation that uses shared replies if there are any. */
function withShared(conversation: Conversation, together: Together): Conversation {
  let shared = 0
  return {
    ask: async (call) => {
      const known = await together(call)
      if (known === undefined) return conversation.ask(call)
      shared += known.attempts
      return known.replied
    },
    attempts: () => shared + conversation.attempts(),
  }
}

interface Shown {
  readonly answer: Answer
  readonly query: string
}

const oneMetric = {
  api: { name: 'Metrics API v2', scope: 'metrics.read' },
  path: '/api/v2/metrics',
  parameters: { pageSize: '1' },
}

async function measureClassic(query: ClassicQuery, window: Window, conversation: Conversation): Promise<Answered> {
  switch (query.kind) {
    case 'metrics': {
      const { answer, call } = await measureMetrics(query.query, window, conversation)
      return { answer: noted(divided(answer, query.divisor), query.unscaledUnit), call }
    }
    case 'slo':
      return measureSlo(query.id, window, conversation)
    case 'problems':
    case 'security_problems':
      return measureProblems(query.kind, query.selectors, window, conversation)
    case 'usql':
      return measureUsql(query.query, window, conversation)
  }
}

function divided(answer: Answer, divisor: number): Answer {
  return answer.outcome === 'measured' ? { ...answer, value: answer.value / divisor } : answer
}

function noted(answer: Answer, unscaledUnit: string | undefined): Answer {
  if (unscaledUnit === undefined) return answer
  const note = `MV2;${unscaledUnit}; does not change the value: remove the prefix`
  return { ...answer, warnings: [...answer.warnings, note] }
}

function redactedAnswer({ answer, query }: Shown, token: string | Error): Answer & { readonly query: string } {
  const hide = (text: string) => (token instanceof Error ? text : redacted(text, [token]))
  const shown = { query: hide(query), warnings: answer.warnings.map((warning) => hide(warning)) }
  if (answer.outcome === 'measured') return { ...answer, ...shown }
  return { ...answer, ...shown, message: hide(answer.message) }
}
