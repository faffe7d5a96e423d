import type { Asked } from '../http/failure.ts'
import { HttpClient, type Budget, type HttpSettings } from '../http/http.ts'
import { parseJson } from '../json.ts'
import { pathOf, type Call } from './call.ts'
import { refusalOf, type Refusal } from './failure.ts'

/** The body of a successful reply, or why there is none. */
export type Replied = { readonly kind: 'body'; readonly body: unknown } | Refusal

/** Sends calls with one token and counts them. */
export interface Conversation {
  ask(call: Call): Promise<Replied>
  /** The number of requests sent so far. */
  attempts(): number
}

/** The environment API, over HTTP. */
export class EnvironmentApi {
  readonly #http: HttpClient
  readonly #asked: Asked

  constructor(settings: HttpSettings) {
    this.#asked = settings.asked
    this.#http = new HttpClient(settings)
  }

  begin(token: string, budget: Budget): Conversation {
    const headers = { accept: 'application/json', authorization: `Api-Token ${token}` }
    let attempts = 0
    return {
      ask: async (call) => {
        const request = { method: 'GET', path: pathOf(call), headers, isQuestion: true } as const
        const answered = await this.#http.send(() => request, budget)
        attempts += answered.attempts
        if (answered.kind === 'failed') return { kind: 'refused', status: 0, detail: '', answer: answered.answer }
        const { reply } = answered
        const body = reply.status === 200 && reply.isJson ? parseJson(reply.body) : undefined
        return body === undefined ? refusalOf(reply, this.#asked, call.api) : { kind: 'body', body }
      },
      attempts: () => attempts,
    }
  }

  close(): Promise<void> {
    return this.#http.close()
  }
}
