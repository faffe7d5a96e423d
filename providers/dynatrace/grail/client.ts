// The SDK is CommonJS: at run time, its names are on its default export, contrary to its types.
// oxlint-disable import/default import/no-named-as-default-member
import sdk from '@dynatrace-sdk/client-query'
import type { HttpClient as SdkHttpClient, HttpClientResponse } from '@dynatrace-sdk/http-client'
import { missing, type MissingAnswer } from '../../answer.ts'
import type { Asked } from '../../http/failure.ts'
import { HttpClient, type Budget, type HttpRequest, type HttpSettings } from '../../http/http.ts'
import { parseJson } from '../../json.ts'
import { answerOfRefusal, retryAfterOf } from './failure.ts'
import type { TokenAnswer, TokenSource } from './tokens.ts'

/** Passed through the SDK as the cause of its own errors, which have less information. */
class Unanswered extends Error {
  readonly answer: MissingAnswer

  constructor(answer: MissingAnswer) {
    super(answer.message)
    this.name = 'Unanswered'
    this.answer = answer
  }
}

/** The calls of one query, and their cost. Calls reject with an error that `unansweredIn` understands. */
export interface GrailConversation {
  readonly sdk: InstanceType<typeof sdk.QueryExecutionClient>
  readonly assistance: InstanceType<typeof sdk.QueryAssistanceClient>
  /** The number of requests sent so far. */
  attempts(): number
  /** Everything sent that must not be shown. */
  secrets(): readonly string[]
}

type SdkRequest = Parameters<SdkHttpClient['send']>[0]

/** Queries one platform over our own HTTP client: with path prefixes, deadlines, retries, and the body of every refusal. */
export class GrailClient {
  readonly #http: HttpClient
  readonly #asked: Asked
  readonly #tokens: TokenSource

  constructor(settings: Omit<HttpSettings, 'retryAfterOf'>, tokens: TokenSource) {
    this.#asked = settings.asked
    this.#http = new HttpClient({ ...settings, retryAfterOf })
    this.#tokens = tokens
  }

  begin(budget: Budget): GrailConversation {
    let attempts = 0
    const secrets = new Set<string>()
    const http: SdkHttpClient = {
      send: (request) =>
        this.#send(request, budget, (sent, used) => {
          attempts += sent
          for (const secret of used) secrets.add(secret)
        }),
    }
    return {
      // Dates, even those in records, would lose nanoseconds.
      sdk: new sdk.QueryExecutionClient(http, { transformDates: false }),
      assistance: new sdk.QueryAssistanceClient(http, { transformDates: false }),
      attempts: () => attempts,
      secrets: () => [...secrets],
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#http.close(), this.#tokens.close()])
  }

  /** A refused token is renewed once, if possible. */
  async #send(
    request: SdkRequest,
    budget: Budget,
    count: (attempts: number, secrets: readonly string[]) => void,
  ): Promise<HttpClientResponse> {
    for (let isRenewed = false; ; isRenewed = true) {
      const current = await this.#tokens.current(budget)
      count(0, current.secrets)
      if (current.kind === 'none') throw new Unanswered(current.answer)
      const answered = await this.#http.send(() => requestOf(request, current), budget)
      count(answered.attempts, [])
      if (answered.kind === 'failed') throw new Unanswered(answered.answer)
      const { reply } = answered
      if (reply.status === 401 && this.#tokens.refuse(current.token) && !isRenewed) continue
      const json = reply.isJson ? parseJson(reply.body) : undefined
      const isEmpty = reply.status === 202 && reply.body === ''
      if (request.statusValidator?.(reply.status) !== true || (json === undefined && !isEmpty)) {
        throw new Unanswered(answerOfRefusal(reply, this.#asked, /query:(execute|verify)/.test(request.url)))
      }
      return responseOf(request.url, reply.status, json)
    }
  }
}

/** The answer behind an error of the SDK; undefined if the error did not come from the request. */
export function unansweredIn(error: unknown): MissingAnswer | undefined {
  if (error instanceof Unanswered) return error.answer
  return error instanceof Error ? unansweredIn(error.cause) : undefined
}

/** The answer for replies that callers cannot use. */
export function malformed(what: string): MissingAnswer {
  return missing('upstream', `malformed reply, not from Grail: ${what}`)
}

function requestOf(
  { method, url, headers, body }: SdkRequest,
  { token }: TokenAnswer & { kind: 'token' },
): HttpRequest {
  return {
    method: method === 'POST' ? 'POST' : 'GET',
    path: url,
    headers: { ...headers, authorization: `Bearer ${token}` },
    isQuestion: true,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }
}

function responseOf(url: string, status: number, json: unknown): HttpClientResponse {
  // The SDK reads JSON only from a reply whose status it accepts.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const body = (() => Promise.resolve(json)) as HttpClientResponse['body']
  return { url, status, statusText: '', headers: {}, body }
}
