import type { HttpReply } from '../http/reply.ts'
import { HttpClient, type Budget, type HttpAnswer, type HttpRequest, type HttpSettings } from '../http/http.ts'

/** Returns the form of an attempt that has `limitMs` milliseconds. */
type FormFor = (limitMs: number) => URLSearchParams

/** The credentials of a request. */
type Caller = Pick<HttpRequest, 'headers' | 'tls'>

/** A proxy that refuses POST but allows GET will probably keep doing so, but POST is tried again later in case that has changed. */
const getOnlyMs = 600_000

/** Sends queries to the Prometheus API over HTTP. */
export class PrometheusClient {
  readonly #http: HttpClient
  /** A time of `performance.now`; until then, only GET is used. */
  #getUntil = 0

  constructor(settings: HttpSettings) {
    this.#http = new HttpClient(settings)
  }

  /** Sends a form with POST, since proxies truncate long URLs, or with GET if POST is refused. */
  async send(path: string, formFor: FormFor, caller: Caller, budget: Budget): Promise<HttpAnswer> {
    const byGet = (limitMs: number) => getting(`${path}?${formFor(limitMs).toString()}`, caller)
    if (performance.now() < this.#getUntil) return this.#http.send(byGet, budget)
    const posted = await this.#http.send((limitMs) => posting(path, formFor(limitMs), caller), budget)
    if (posted.kind === 'failed' || !refusesPost(posted.reply)) return posted
    const got = await this.#http.send(byGet, budget)
    // If GET is refused too, the method is not the cause: the next call tries POST again.
    if (got.kind === 'replied' && !refusesPost(got.reply)) this.#getUntil = performance.now() + getOnlyMs
    return { ...got, attempts: posted.attempts + got.attempts }
  }

  get(path: string, caller: Caller, budget: Budget): Promise<HttpAnswer> {
    return this.#http.send(() => getting(path, caller), budget)
  }

  close(): Promise<void> {
    return this.#http.close()
  }
}

/** 405 and 501, or a proxy's own page with 403. */
function refusesPost({ status, contentType }: HttpReply): boolean {
  return status === 405 || status === 501 || (status === 403 && contentType.startsWith('text/html'))
}

function getting(path: string, caller: Caller) {
  const headers = { ...caller.headers, accept: 'application/json' }
  return { method: 'GET', path, ...caller, headers, isQuestion: true } as const
}

function posting(path: string, form: URLSearchParams, caller: Caller) {
  const type = 'application/x-www-form-urlencoded;charset=UTF-8'
  return {
    method: 'POST',
    path,
    ...caller,
    headers: { ...caller.headers, accept: 'application/json', 'content-type': type },
    body: form.toString(),
    isQuestion: true,
  } as const
}
