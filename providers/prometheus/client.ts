import type { HttpReply } from '../http-reply.ts'
import { HttpClient, type Budget, type HttpAnswer, type HttpSettings } from '../http.ts'

/** The form of one attempt, which has `limitMs` milliseconds. */
type FormFor = (limitMs: number) => URLSearchParams

type Headers = Readonly<Record<string, string>>

/** The Prometheus API's way to be asked, over HTTP. */
export class PrometheusClient {
  readonly #http: HttpClient
  /** A proxy that forbids POST once will do so again. */
  #isPostRefused = false

  constructor(settings: HttpSettings) {
    this.#http = new HttpClient(settings)
  }

  /** A form by POST, because proxies cut long URLs; by GET where POST is refused. */
  async send(path: string, formFor: FormFor, headers: Headers, budget: Budget): Promise<HttpAnswer> {
    const byGet = (limitMs: number) => getting(`${path}?${formFor(limitMs).toString()}`, headers)
    if (this.#isPostRefused) return this.#http.send(byGet, budget)
    const posted = await this.#http.send((limitMs) => posting(path, formFor(limitMs), headers), budget)
    if (posted.kind === 'failed' || !refusesPost(posted.reply)) return posted
    this.#isPostRefused = true
    const got = await this.#http.send(byGet, budget)
    return { ...got, attempts: posted.attempts + got.attempts }
  }

  get(path: string, headers: Headers, budget: Budget): Promise<HttpAnswer> {
    return this.#http.send(() => getting(path, headers), budget)
  }

  close(): Promise<void> {
    return this.#http.close()
  }
}

/** 405 and 501, or a proxy's own page that says 403. */
function refusesPost({ status, contentType }: HttpReply): boolean {
  return status === 405 || status === 501 || (status === 403 && contentType.startsWith('text/html'))
}

function getting(path: string, headers: Headers) {
  return { method: 'GET', path, headers: { ...headers, accept: 'application/json' } } as const
}

function posting(path: string, form: URLSearchParams, headers: Headers) {
  const type = 'application/x-www-form-urlencoded;charset=UTF-8'
  return {
    method: 'POST',
    path,
    headers: { ...headers, accept: 'application/json', 'content-type': type },
    body: form.toString(),
  } as const
}
