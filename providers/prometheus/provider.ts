import { z } from 'zod'
import type { IndicatorReply, MeasureRequest, Provider, ProviderContext, ProviderHealth } from '../provider.ts'
import { Slots } from '../slots.ts'
import { missing, type Answer, type MissingAnswer } from './answer.ts'
import { PrometheusClient, type HttpReply } from './client.ts'
import type { PrometheusConfig } from './config.ts'
import { readCredentials, redacted, type Credentials } from './credentials.ts'
import { answerOfError, answerOfStatus, notJson, type Asked } from './failure.ts'
import { answerOf, parseJson } from './reply.ts'

const BuildInfo = z.object({ data: z.object({ version: z.string().optional() }) })

const queryPath = '/api/v1/query'
const timerMsMax = 2 ** 31 - 1

/** One Prometheus. Its connections and its limit of queries in flight are shared by all evaluations of the process. */
export class PrometheusProvider implements Provider {
  readonly #config: PrometheusConfig
  readonly #context: ProviderContext
  readonly #client: PrometheusClient
  readonly #slots: Slots
  readonly #asked: Asked

  constructor(config: PrometheusConfig, context: ProviderContext) {
    this.#config = config
    this.#context = context
    this.#client = new PrometheusClient(config.url.baseUrl)
    this.#slots = new Slots(config.concurrency)
    this.#asked = { endpoint: config.url.baseUrl + queryPath, credentials: credentialsName(config) }
  }

  async measure(request: MeasureRequest): Promise<readonly IndicatorReply[]> {
    const credentials = await readCredentials(this.#config, this.#context)
    const untilDeadline = AbortSignal.timeout(remainingMs(request.deadline))
    const measuring = { ...request, signal: AbortSignal.any([request.signal, untilDeadline]) }
    return Promise.all(
      request.indicators.map(async ({ query }, index) => {
        const reply = await this.#reply(query, measuring, credentials)
        request.onReply?.(index, reply)
        return reply
      }),
    )
  }

  async check(signal: AbortSignal): Promise<ProviderHealth> {
    const startedAt = performance.now()
    const credentials = await readCredentials(this.#config, this.#context)
    const health =
      credentials instanceof Error
        ? { ok: false, message: credentials.message }
        : await this.#health(signal, credentials)
    return { ...health, latencyMs: performance.now() - startedAt }
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  async #reply(query: string, request: MeasureRequest, credentials: Credentials | Error): Promise<IndicatorReply> {
    const startedAt = performance.now()
    let attempts = 0
    const replied = (answer: Answer): IndicatorReply => ({
      ...answer,
      query,
      attempts,
      durationMs: performance.now() - startedAt,
    })
    if (credentials instanceof Error) return replied(missing('config', credentials.message))
    const ask = () => this.#ask(query, request, credentials, () => attempts++)
    try {
      return replied(redactedAnswer(await this.#slots.run(ask, request.signal), credentials))
    } catch (error) {
      if (!request.signal.aborted) throw error
      const others = `before its turn, ${this.#config.concurrency} other queries were open`
      return replied(unfinished(request.signal, startedAt, others))
    }
  }

  /** One query, once it is its turn. */
  async #ask(
    query: string,
    request: MeasureRequest,
    { authorization }: Credentials,
    onSend: () => void,
  ): Promise<Answer> {
    const startedAt = performance.now()
    const { timeout = timerMsMax } = this.#config
    const limitMs = Math.min(timeout, remainingMs(request.deadline))
    if (limitMs === 0) return missing('timeout', 'the deadline was over before its turn')
    const signal = limitMs < timeout ? request.signal : AbortSignal.any([request.signal, AbortSignal.timeout(timeout)])
    const form = new URLSearchParams({
      query,
      time: (request.window.end.getTime() / 1000).toFixed(3),
      timeout: (limitMs / 1000).toFixed(3),
    })
    try {
      return answerOfReply(await this.#client.send(queryPath, form, { authorization, signal, onSend }), this.#asked)
    } catch (error) {
      if (signal.aborted) return unfinished(signal, startedAt, 'without a reply')
      const answer = answerOfError(error, this.#asked)
      if (answer === undefined) throw error
      return answer
    }
  }

  /** The build's version where there is one; a query proves as much where a proxy lets nothing else through. */
  async #health(signal: AbortSignal, credentials: Credentials): Promise<Omit<ProviderHealth, 'latencyMs'>> {
    const startedAt = performance.now()
    const options = { authorization: credentials.authorization, signal }
    try {
      const reply = await this.#client.get('/api/v1/status/buildinfo', options)
      const build = BuildInfo.safeParse(reply.status === 200 && reply.isJson ? parseJson(reply.body) : undefined)
      if (build.success) {
        const { version } = build.data.data
        return { ok: true, message: `Prometheus ${version ?? ''}`.trim(), ...(version !== undefined && { version }) }
      }
      const form = new URLSearchParams({ query: '1' })
      const answer = answerOfReply(await this.#client.send(queryPath, form, options), this.#asked)
      if (answer.outcome === 'measured') return { ok: true, message: 'answers queries' }
      return { ok: false, message: redacted(answer.message, credentials) }
    } catch (error) {
      if (signal.aborted) return { ok: false, message: unfinished(signal, startedAt, 'without a reply').message }
      const answer = answerOfError(error, this.#asked)
      if (answer === undefined) throw error
      return { ok: false, message: answer.message }
    }
  }
}

function answerOfReply(reply: HttpReply, asked: Asked): Answer {
  if (reply.status !== 200) return answerOfStatus(reply, asked)
  return reply.isJson ? answerOf(reply.body) : notJson(reply)
}

/** Why there is no answer after `signal` aborted: the time was over, or the caller left. */
function unfinished(signal: AbortSignal, startedAt: number, when: string): MissingAnswer {
  const isLate = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  return missing('timeout', isLate ? `timed out after ${seconds} s, ${when}` : `cancelled after ${seconds} s, ${when}`)
}

function redactedAnswer(answer: Answer, credentials: Credentials): Answer {
  const warnings = answer.warnings.map((warning) => redacted(warning, credentials))
  if (answer.outcome === 'measured') return { ...answer, warnings }
  return { ...answer, warnings, message: redacted(answer.message, credentials) }
}

function credentialsName(config: PrometheusConfig): string | undefined {
  if (config.url.basic !== undefined) return 'user and password in url'
  return config.token === undefined ? undefined : `token ${config.token}`
}

/** At least 0, and no more than a timer can wait. */
function remainingMs(deadline: Date): number {
  return Math.min(Math.max(deadline.getTime() - Date.now(), 0), timerMsMax)
}
