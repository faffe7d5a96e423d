// The SDK is CommonJS: its names are on its default export at run time, whatever its types say.
// oxlint-disable import/default import/no-named-as-default-member
import sdk from '@dynatrace-sdk/client-query'
import type { HttpClient as SdkHttpClient, HttpClientResponse } from '@dynatrace-sdk/http-client'
import { missing, type MissingAnswer } from '../../answer.ts'
import type { Asked } from '../../http/failure.ts'
import { HttpClient, type Budget, type HttpRequest, type HttpSettings } from '../../http/http.ts'
import { parseJson } from '../../json.ts'
import { answerOfRefusal, retryAfterOf } from './failure.ts'
import type { TokenAnswer, TokenSource } from './tokens.ts'

/** Goes through the SDK as the cause of errors of its own, which know less. */
class Unanswered extends Error {
  readonly answer: MissingAnswer

  constructor(answer: MissingAnswer) {
    super(answer.message)
    this.name = 'Unanswered'
    this.answer = answer
  }
}

/** One query's calls, and what they cost. Each call rejects with what `unansweredIn` knows. */
export interface GrailConversation {
  readonly sdk: InstanceType<typeof sdk.QueryExecutionClient>
  readonly assistance: InstanceType<typeof sdk.QueryAssistanceClient>
  /** Requests that were sent so far. */
  attempts(): number
  /** Everything that was sent and must not be shown. */
  secrets(): readonly string[]
}

type SdkRequest = Parameters<SdkHttpClient['send']>[0]

/** The queries of one platform, over our own HTTP: with path prefixes, deadlines, retries, and the body of every refusal. */
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
      // Dates would lose nanoseconds, also those in records.
      sdk: new sdk.QueryExecutionClient(http, { transformDates: false }),
      assistance: new sdk.QueryAssistanceClient(http, { transformDates: false }),
      attempts: () => attempts,
      secrets: () => [...secrets],
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#http.close(), this.#tokens.close()])
  }

  /** A token that is refused is renewed once, where it can be. */
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

/** The reason that an error of the SDK goes back to; undefined when it is none of the world's. */
export function unansweredIn(error: unknown): MissingAnswer | undefined {
  if (error instanceof Unanswered) return error.answer
  return error instanceof Error ? unansweredIn(error.cause) : undefined
}

/** For replies that no caller can go on with. */
export function malformed(what: string): MissingAnswer {
  return missing('upstream', `malformed reply, not of Grail: ${what}`)
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
  // The SDK asks for JSON only of a reply whose status it takes.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const body = (() => Promise.resolve(json)) as HttpClientResponse['body']
  return { url, status, statusText: '', headers: {}, body }
}
