import { setTimeout as after } from 'node:timers/promises'
import { request } from 'undici'
import { Agents, type Tls } from './agents.ts'
import { missing, type MissingAnswer } from '../answer.ts'
import { exchangeOf, withoutSent } from './exchange.ts'
import { beginningOf, refusalOf, replyBytesMax, textOf } from './body.ts'
import { answerOfError, codeOf, tooLarge, triesOf, unfinished, type Asked } from './failure.ts'
import type { HttpReply } from './reply.ts'
import type { Exchange } from '../provider.ts'
import { askedWaitMs, attemptMsMin, backoffMs, isPassingCode, isPassingStatus, retriesMax } from './retry.ts'
import { Slots, type Caller } from './slots.ts'
import { neverAsked, type Turn } from './turn.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  /** The part after the base URL, including the query string. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly tls?: Tls
  /** Whether users may see the request and its reply, which is not so for token requests. */
  readonly isQuestion?: boolean
}

/** A reply with any status, or why there is none. `attempts` counts the requests sent. */
export type HttpAnswer =
  | { readonly kind: 'replied'; readonly reply: HttpReply; readonly attempts: number }
  | { readonly kind: 'failed'; readonly answer: MissingAnswer; readonly attempts: number }

/** The time that a call has for all its requests and their retries. */
export interface Budget {
  /** Also aborts at the deadline. */
  readonly signal: AbortSignal
  readonly deadline: Date
  /** The maximum number of attempts; if absent, the limit for retries applies. */
  readonly attemptsMax?: number
  /** Called for each attempt of a request with `isQuestion`. */
  readonly onExchange?: ((exchange: Exchange) => void) | undefined
  /** The turn to wait for; it determines the time of the budget. */
  readonly turn?: Turn | undefined
}

export interface HttpSettings {
  /** Scheme, host and path prefix, without user, password or trailing slash. */
  readonly baseUrl: string
  /** The maximum number of concurrent requests, over all calls. */
  readonly concurrency: number
  /** For one attempt, in milliseconds; undefined if only the deadline applies. */
  readonly timeoutMs: number | undefined
  readonly asked: Asked
  /** URL of an HTTP proxy; undefined for direct connections. */
  readonly proxy?: string | undefined
  /** From 0 up to but not including 1, for the waits between attempts. */
  readonly random: () => number
  /** Whether a retry would get the same reply, although its status looks transient. */
  readonly isFinal?: (reply: HttpReply) => boolean
  /** How long to wait according to a reply without a `Retry-After`, in the form of that header; empty if it does not say. */
  readonly retryAfterOf?: (reply: HttpReply) => string
}

type Attempt =
  | { readonly kind: 'replied'; readonly reply: HttpReply }
  | { readonly kind: 'failed'; readonly answer: MissingAnswer; readonly isPassing: boolean }

const timerMsMax = 2 ** 31 - 1

/** The time limit for a check, whatever its caller allows. */
const checkMsMax = 30_000

/** The budget of a call that ends at `deadline`, or later if it has to wait for its turn. */
export function budgetOf({ signal, deadline, onExchange, turn }: Omit<Budget, 'attemptsMax'>): Budget {
  if (turn !== undefined) {
    const whole = AbortSignal.any([signal, turn.late])
    return {
      signal: whole,
      get deadline() {
        return turn.deadline()
      },
      onExchange,
      turn,
    }
  }
  const untilDeadline = AbortSignal.timeout(remainingMs(deadline))
  return { deadline, signal: AbortSignal.any([signal, untilDeadline]), onExchange }
}

/** The budget of a health check: a single attempt, since a system that does not answer at once is unhealthy. */
export function checkBudget(signal: AbortSignal): Budget {
  return { ...budgetOf({ signal, deadline: new Date(Date.now() + checkMsMax) }), attemptsMax: 1 }
}

/**
 * HTTP to one base URL, for requests that only read: replies and concurrency are limited, redirects are not followed, transient
 * failures are retried, and every failure has a name. Providers interpret a reply's status, with `answerOfStatus` or better.
 */
export class HttpClient {
  readonly #settings: HttpSettings
  readonly #slots: Slots
  readonly #large = new Slots(1)
  /** Does not request compressed replies, so that a small body cannot become a large one. */
  readonly #agents: Agents
  /** A time of `performance.now`; until then, no requests are sent because of a 429. */
  #pausedUntil = 0

  constructor(settings: HttpSettings) {
    this.#settings = settings
    this.#slots = new Slots(settings.concurrency)
    this.#agents = new Agents({ maxResponseSize: replyBytesMax, proxy: settings.proxy })
  }

  /** Calls `requestFor` for each attempt with its time limit in milliseconds. Rejects only because of bugs. */
  async send(requestFor: (limitMs: number) => HttpRequest, budget: Budget): Promise<HttpAnswer> {
    const startedAt = performance.now()
    let attempts = 0
    let when = `waiting for a free slot (${this.#settings.concurrency} other queries were running)`
    try {
      for (let retry = 0; ; retry++) {
        const attempt = await this.#attempt((limitMs) => {
          attempts += 1
          return requestFor(limitMs)
        }, budget)
        const isLast = retry >= retriesMax || attempts >= (budget.attemptsMax ?? Infinity)
        const waitMs = isLast ? undefined : this.#waitMs(attempt, retry, budget)
        if (waitMs === undefined) return answered(attempt, attempts)
        when = `between attempts ${attempts} and ${attempts + 1}`
        await after(waitMs, undefined, { signal: budget.signal })
      }
    } catch (error) {
      if (!budget.signal.aborted) throw error
      const waitedMs = budget.turn?.waitedMs()
      if (waitedMs !== undefined) return { kind: 'failed', answer: missing('timeout', neverAsked(waitedMs)), attempts }
      return { kind: 'failed', answer: unfinished(budget.signal, startedAt, when), attempts }
    }
  }

  async close(): Promise<void> {
    await this.#agents.destroy()
  }

  /** One attempt, once a slot is free and requests are not paused. */
  async #attempt(requestFor: (limitMs: number) => HttpRequest, budget: Budget): Promise<Attempt> {
    for (;;) {
      const pauseMs = this.#pausedUntil - performance.now()
      if (pauseMs > 0 && (budget.attemptsMax === 1 || pauseMs + attemptMsMin > remainingMs(budget.deadline))) {
        return stillPaused(pauseMs)
      }
      if (pauseMs > 0) await after(pauseMs, undefined, { signal: budget.signal })
      const attempt = await this.#slots.run(async () => {
        if (performance.now() < this.#pausedUntil) return undefined
        if (budget.turn !== undefined) this.#slots.begin(budget.turn)
        return this.#try(requestFor, budget)
      }, budget)
      if (attempt !== undefined) return attempt
    }
  }

  async #try(requestFor: (limitMs: number) => HttpRequest, budget: Budget): Promise<Attempt> {
    const startedAt = performance.now()
    const { timeoutMs = timerMsMax } = this.#settings
    const limitMs = Math.min(timeoutMs, remainingMs(budget.deadline))
    if (limitMs === 0) return failed(missing('timeout', 'the deadline passed before its turn'))
    const signal =
      limitMs < timeoutMs ? budget.signal : AbortSignal.any([budget.signal, AbortSignal.timeout(timeoutMs)])
    const asking = requestFor(limitMs)
    const attempt = await this.#named(asking, { signal, turn: budget.turn }, startedAt)
    if (asking.isQuestion === true) budget.onExchange?.(exchangeOf(asking, attempt, performance.now() - startedAt))
    return attempt
  }

  /** Names errors on the way to the reply, too. */
  async #named(asking: HttpRequest, caller: Caller, startedAt: number): Promise<Attempt> {
    const { signal } = caller
    try {
      return await this.#exchange(asking, caller)
    } catch (error) {
      if (signal.aborted) return failed(unfinished(signal, startedAt, 'without a reply'))
      const answer = answerOfError(error, this.#settings.asked)
      if (answer === undefined) throw error
      return failed(answer, isPassingCode(codeOf(error) ?? ''))
    }
  }

  async #exchange({ method, path, headers, body, tls = {} }: HttpRequest, caller: Caller): Promise<Attempt> {
    const response = await request(this.#settings.baseUrl + path, {
      method,
      dispatcher: this.#agents.of(tls),
      headersTimeout: 0,
      bodyTimeout: 0,
      signal: caller.signal,
      headers: { 'user-agent': 'pharos', ...headers },
      ...(body !== undefined && { body }),
    })
    const { statusCode: status, headers: replied } = response
    const contentType = String(replied['content-type'] ?? '')
    const isJson = /^application\/([\w.-]+\+)?json\b/i.test(contentType)
    const holdsValues = status === 200 && isJson
    const refusal = refusalOf(replied, holdsValues)
    if (refusal !== undefined) {
      response.body.on('error', () => undefined).destroy()
      return failed(refusal)
    }
    // Bodies with values must not be altered; everything else is only quoted in messages.
    const text = holdsValues
      ? await textOf(response.body, this.#large, caller)
      : withoutSent(await beginningOf(response.body), headers)
    if (text === undefined) return failed(missing('upstream', tooLarge))
    const reply = { status, contentType, retryAfter: String(replied['retry-after'] ?? ''), isJson, body: text }
    const retryAfter = reply.retryAfter || (this.#settings.retryAfterOf?.(reply) ?? '')
    return { kind: 'replied', reply: { ...reply, retryAfter } }
  }

  /** Milliseconds until the next attempt; undefined if there is none. A 429 makes every other call wait as well. */
  #waitMs(attempt: Attempt, retry: number, budget: Budget): number | undefined {
    const isPassing = attempt.kind === 'failed' ? attempt.isPassing : this.#isPassing(attempt.reply)
    if (!isPassing) return undefined
    const asked = attempt.kind === 'replied' ? askedWaitMs(attempt.reply.retryAfter, new Date()) : undefined
    const waitMs = asked ?? backoffMs(retry, this.#settings.random)
    if (attempt.kind === 'replied' && attempt.reply.status === 429) this.#pausedUntil = performance.now() + waitMs
    return waitMs + attemptMsMin > remainingMs(budget.deadline) ? undefined : waitMs
  }

  #isPassing(reply: HttpReply): boolean {
    return isPassingStatus(reply.status) && this.#settings.isFinal?.(reply) !== true
  }
}

function answered(attempt: Attempt, attempts: number): HttpAnswer {
  if (attempt.kind === 'replied') return { kind: 'replied', reply: { ...attempt.reply, attempts }, attempts }
  const { answer } = attempt
  return { kind: 'failed', answer: { ...answer, message: answer.message + triesOf(attempts) }, attempts }
}

function failed(answer: MissingAnswer, isPassing: boolean = false): Attempt {
  return { kind: 'failed', answer, isPassing }
}

function stillPaused(pauseMs: number): Attempt {
  const seconds = Math.ceil(pauseMs / 1000)
  return failed(
    missing('rate_limited', `rate limited (429) by an earlier request: the server asks to wait another ${seconds} s`),
  )
}

/** At least 0, and at most what a timer supports. */
function remainingMs(deadline: Date): number {
  return Math.min(Math.max(deadline.getTime() - Date.now(), 0), timerMsMax)
}
