import { z } from 'zod'
import { missing, type Answer, type MissingAnswer } from '../answer.ts'
import { redacted, redactedAnswer } from '../credentials.ts'
import { budgetOf, checkBudget, type Budget, type HttpAnswer } from '../http/http.ts'
import type { Asked } from '../http/failure.ts'
import { parseJson } from '../json.ts'
import type {
  IndicatorQuery,
  IndicatorReply,
  MeasureRequest,
  Provider,
  ProviderContext,
  ProviderHealth,
  QueryValidation,
} from '../provider.ts'
import { whyNothing } from './absence.ts'
import { unbalanced } from './brackets.ts'
import { PrometheusClient } from './client.ts'
import type { PrometheusConfig } from './config.ts'
import { credentialsName, readCredentials, type Credentials } from './credentials.ts'
import { answerOfReply, isQueryTimeout } from './failure.ts'
import { lookBudgetOf, PrometheusLook } from './look.ts'
import { PrometheusOptions, samplesExpected, secondsOf, stepOf, stepWarnings } from './options.ts'
import { rejectionOf } from './reply.ts'
import { isNothing } from './series.ts'

const BuildInfo = z.object({ data: z.object({ version: z.string().optional() }) })

const queryPath = '/api/v1/query'
const formatPath = '/api/v1/format_query'

/** One Prometheus. All evaluations of the process share its connections and its limit of concurrent queries. */
export class PrometheusProvider implements Provider {
  readonly #config: PrometheusConfig
  readonly #context: ProviderContext
  readonly #client: PrometheusClient
  readonly #asked: Asked

  constructor(config: PrometheusConfig, context: ProviderContext) {
    this.#config = config
    this.#context = context
    this.#asked = {
      endpoint: config.url + queryPath,
      credentials: credentialsName(config),
      notFoundCure: 'wrong base path in url? try adding /prometheus',
    }
    this.#client = new PrometheusClient({
      baseUrl: config.url,
      concurrency: config.concurrency,
      timeoutMs: config.timeout,
      asked: this.#asked,
      random: context.random,
      isFinal: isQueryTimeout,
      proxy: config.proxy,
    })
  }

  async measure(request: MeasureRequest): Promise<readonly IndicatorReply[]> {
    const credentials = await readCredentials(this.#config, this.#context)
    const budget = budgetOf(request)
    const asking = { window: request.window, budget, lookBudget: once(() => lookBudgetOf(budget)) }
    return Promise.all(
      request.indicators.map(async (indicator, index) => {
        const reply = await this.#reply(indicator, asking, credentials)
        request.onReply?.(index, reply)
        return reply
      }),
    )
  }

  async check(signal: AbortSignal): Promise<ProviderHealth> {
    const startedAt = performance.now()
    const credentials = await readCredentials(this.#config, this.#context)
    const budget = checkBudget(signal)
    const health =
      credentials instanceof Error
        ? { ok: false, message: credentials.message }
        : await this.#health(budget, credentials)
    return { ...health, latencyMs: performance.now() - startedAt }
  }

  /** Uses `format_query`, which parses a query without running it. VictoriaMetrics does not support it and answers 400 without JSON. */
  async validateQuery({ query }: IndicatorQuery, signal: AbortSignal): Promise<QueryValidation> {
    const credentials = await readCredentials(this.#config, this.#context)
    if (credentials instanceof Error) return { kind: 'unknown', message: credentials.message }
    const budget = checkBudget(signal)
    const form = () => this.#formOf({ query })
    const answered = await this.#client.send(formatPath, form, credentials, budget)
    if (answered.kind === 'failed') return { kind: 'unknown', message: answered.answer.message }
    const { status, isJson, body } = answered.reply
    if (status === 200 && isJson) return { kind: 'valid' }
    const rejection = status === 400 && isJson ? rejectionOf(body) : undefined
    const notFoundCure = 'wrong base path in url, or a server that cannot parse a query without running it'
    const answer = answerOfReply(answered.reply, {
      ...this.#asked,
      endpoint: this.#config.url + formatPath,
      notFoundCure,
    })
    const message = answer.outcome === 'measured' ? 'the server cannot validate queries' : answer.message
    return { kind: rejection === undefined ? 'unknown' : 'invalid', message: redacted(message, credentials.secrets) }
  }

  unaskable({ query }: Pick<IndicatorQuery, 'query'>): string | undefined {
    return unbalanced(query)
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  async #reply(
    indicator: IndicatorQuery,
    { window, budget, lookBudget }: Asking,
    credentials: Credentials | Error,
  ): Promise<IndicatorReply> {
    const startedAt = performance.now()
    const replied = (answer: Answer, attempts: number): IndicatorReply => ({
      ...answer,
      query: indicator.query,
      attempts,
      durationMs: performance.now() - startedAt,
    })
    if (credentials instanceof Error) return replied(missing('config', credentials.message), 0)
    const options = PrometheusOptions.safeParse(indicator.options ?? {})
    if (!options.success) return replied(missing('config', `invalid options: ${options.error.message}`), 0)
    const { path, form } = questionOf(indicator.query, window, options.data)
    const isRange = options.data.mode === 'range'
    const expected = isRange ? samplesExpected(options.data, window) : undefined
    const formFor = (limitMs: number) => this.#formOf({ ...form, timeout: secondsOf(limitMs) })
    const answered = await this.#client.send(path, formFor, credentials, budget)
    const answer = this.#answerOf(answered, options.data, expected)
    const look = new PrometheusLook(this.#client, {
      window,
      credentials,
      lookBudget,
      formOf: (own) => this.#formOf(own),
    })
    const final = isNothing(answer) ? await explained(answer, indicator.query, window, look) : answer
    const warnings = [...(isRange ? stepWarnings(options.data, window) : []), ...final.warnings]
    return replied(redactedAnswer({ ...final, warnings }, credentials.secrets), answered.attempts + look.attempts)
  }

  #formOf(own: Readonly<Record<string, string>>): URLSearchParams {
    const form = new URLSearchParams(own)
    for (const [name, values] of Object.entries(this.#config.parameters)) {
      for (const value of [values].flat()) form.append(name, value)
    }
    return form
  }

  #answerOf(answered: HttpAnswer, options?: PrometheusOptions, expected?: number): Answer {
    return answered.kind === 'failed' ? answered.answer : answerOfReply(answered.reply, this.#asked, options, expected)
  }

  /** Reads the build's version or, if a proxy allows nothing else, runs a query. */
  async #health(budget: Budget, credentials: Credentials): Promise<Omit<ProviderHealth, 'latencyMs'>> {
    const answered = await this.#client.get('/api/v1/status/buildinfo', credentials, budget)
    if (answered.kind === 'failed') return { ok: false, message: answered.answer.message }
    const { status, isJson, body } = answered.reply
    const build = BuildInfo.safeParse(status === 200 && isJson ? parseJson(body) : undefined)
    if (build.success) {
      // A build without a version number reports an empty one.
      const version = build.data.data.version || undefined
      return { ok: true, message: `Prometheus ${version ?? ''}`.trim(), ...(version !== undefined && { version }) }
    }
    const one = () => this.#formOf({ query: '1' })
    const answer = this.#answerOf(await this.#client.send(queryPath, one, credentials, budget))
    if (answer.outcome === 'measured') return { ok: true, message: 'queries work' }
    return { ok: false, message: redacted(answer.message, credentials.secrets) }
  }
}

/** Shared by all indicators of one call. */
interface Asking {
  readonly window: MeasureRequest['window']
  readonly budget: Budget
  /** The budget of all extra queries, starting with the first one; undefined if there is no time for any. */
  readonly lookBudget: () => Budget | undefined
}

/** Adds the reason why there is no data to the message, if one is found. */
async function explained(
  answer: MissingAnswer,
  query: string,
  { start, end }: MeasureRequest['window'],
  look: PrometheusLook,
): Promise<MissingAnswer> {
  const why = await whyNothing(query, end.getTime() - start.getTime(), look)
  return why === undefined ? answer : { ...answer, message: `${answer.message}; ${why}` }
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => (made ??= { value: make() }).value
}

/** The path and parameters of an indicator's query, except its timeout. */
function questionOf(query: string, window: MeasureRequest['window'], options: PrometheusOptions) {
  const end = secondsOf(window.end.getTime())
  if (options.mode === 'instant') return { path: queryPath, form: { query, time: end } }
  const form = { query, start: secondsOf(window.start.getTime()), end, step: secondsOf(stepOf(options, window)) }
  return { path: '/api/v1/query_range', form }
}
