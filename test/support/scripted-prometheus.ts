import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as after } from 'node:timers/promises'

/** What the server does with one query. `latencyMs` passes before anything is sent. */
export type Behaviour = { readonly latencyMs?: number } & (
  | { readonly kind: 'value'; readonly value: number | string; readonly warnings?: readonly string[] }
  | { readonly kind: 'series'; readonly values: readonly (number | string)[] }
  | { readonly kind: 'empty' }
  | { readonly kind: 'scalar'; readonly value: number | string }
  | { readonly kind: 'json'; readonly body: unknown; readonly status?: number }
  | { readonly kind: 'error'; readonly status: number; readonly errorType: string; readonly error: string }
  | {
      readonly kind: 'text'
      readonly status: number
      readonly body: string
      readonly contentType?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'hang' }
  /** A byte every 20 ms, without end. */
  | { readonly kind: 'drip' }
  | { readonly kind: 'reset' }
  /** Up to 64 MiB of JSON. */
  | { readonly kind: 'huge' }
)

/** By query text; `*` is for every other. Read anew for each request, so a test may change it. */
export type Script = Record<string, Behaviour>

interface ScriptedRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  /** Unix seconds, as sent. */
  readonly time: string | null
  readonly timeout: string | null
  /** Of `query_range`, as sent. */
  readonly range?: { readonly start: string | null; readonly end: string | null; readonly step: string | null }
  readonly authorization: string | undefined
}

export interface ScriptedPrometheus {
  /** Base URL with the path prefix, without a trailing slash. */
  readonly url: string
  /** Every query that was understood, in order of arrival. */
  readonly requests: readonly ScriptedRequest[]
  /** How long each answered query took here, from its arrival to the end of its reply; in order of ending. */
  readonly durationsMs: readonly number[]
  /** The most queries that were open at one time. */
  readonly openMax: () => number
  /** Queries that are open now; one whose client left is not. */
  readonly open: () => number
  stop(): Promise<void>
}

interface ScriptedOptions {
  /** What the routes stand under, such as `/prometheus`. */
  readonly prefix?: string
  /** POST is answered with this status. */
  readonly refusePost?: 405 | 501
  /** The Authorization header that is asked for; without it 401. */
  readonly authorization?: string
  /** Of `/api/v1/status/buildinfo`; without it the route is 404. */
  readonly version?: string
  /** What `/api/v1/format_query` does with any query; without it the route is 404. */
  readonly format?: Behaviour
  /** A fixed port, for a server that comes back; free otherwise. */
  readonly port?: number
}

const shared = ['query', 'timeout', 'limit', 'lookback_delta', 'stats']
const knownParameters: ReadonlyMap<string, readonly string[]> = new Map([
  ['/api/v1/query', [...shared, 'time']],
  ['/api/v1/query_range', [...shared, 'start', 'end', 'step']],
])
const chunk = ' '.repeat(64 * 1024)
const hugeChunks = 1024

interface Served {
  readonly script: Script
  readonly options: ScriptedOptions
  readonly requests: ScriptedRequest[]
  readonly stopped: AbortSignal
}

/** A loopback server that speaks `/api/v1/query` and `query_range` more strictly than Prometheus does, and does what `script` says. */
export async function startScriptedPrometheus(
  script: Script,
  options: ScriptedOptions = {},
): Promise<ScriptedPrometheus> {
  const stopped = new AbortController()
  const served: Served = { script, options, requests: [], stopped: stopped.signal }
  const durationsMs: number[] = []
  let open = 0
  let openMax = 0

  const server = createServer((request, response) => {
    open += 1
    openMax = Math.max(openMax, open)
    const arrived = performance.now()
    response.once('finish', () => durationsMs.push(performance.now() - arrived))
    response.once('close', () => (open -= 1))
    answer(request, response, served).catch((error: unknown) => {
      if (!stopped.signal.aborted) response.destroy(error instanceof Error ? error : undefined)
    })
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}${options.prefix ?? ''}`,
    requests: served.requests,
    durationsMs,
    openMax: () => openMax,
    open: () => open,
    stop: async () => {
      stopped.abort()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, served: Served): Promise<void> {
  const { script, options, requests, stopped } = served
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server')
  const prefix = options.prefix ?? ''
  const path = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : undefined
  if (options.authorization !== undefined && request.headers.authorization !== options.authorization) {
    return sendText(response, 401, 'Unauthorized\n')
  }
  if (path === '/api/v1/status/buildinfo' && options.version !== undefined) {
    return sendJson(response, 200, { status: 'success', data: { version: options.version } })
  }
  if (path === '/api/v1/format_query' && options.format !== undefined) {
    return behave(options.format, response, 0, stopped)
  }
  const known = knownParameters.get(path ?? '')
  if (known === undefined) return sendText(response, 404, '404 page not found\n')
  if (request.method === 'POST' && options.refusePost) return sendText(response, options.refusePost, 'refused\n')
  const form = request.method === 'POST' ? new URLSearchParams(await text(request)) : searchParams
  const mistake = mistakeOf(request, form, known)
  if (mistake !== undefined) return sendError(response, 400, 'bad_data', mistake)
  const query = form.get('query') ?? ''
  requests.push({
    method: request.method ?? '',
    path: pathname,
    query,
    time: form.get('time'),
    timeout: form.get('timeout'),
    authorization: request.headers.authorization,
    ...(form.has('step') && { range: { start: form.get('start'), end: form.get('end'), step: form.get('step') } }),
  })
  const behaviour = script[query] ?? script['*']
  if (behaviour === undefined) return sendError(response, 400, 'bad_data', `not in the script: ${query}`)
  if (behaviour.latencyMs !== undefined) await after(behaviour.latencyMs, undefined, { signal: stopped })
  await behave(behaviour, response, Number(form.get('time') ?? Date.now() / 1000), stopped)
}

/** What Prometheus would overlook and a client of ours must not do. */
function mistakeOf(request: IncomingMessage, form: URLSearchParams, known: readonly string[]): string | undefined {
  if (request.method !== 'GET' && request.method !== 'POST') return `method ${request.method}`
  const type = request.headers['content-type'] ?? ''
  if (request.method === 'POST' && !type.startsWith('application/x-www-form-urlencoded')) return `content type ${type}`
  if (request.headers.accept !== 'application/json') return `accept ${request.headers.accept}`
  const unknown = [...form.keys()].filter((key, index, keys) => !known.includes(key) || keys.indexOf(key) !== index)
  if (unknown.length > 0) return `unknown or repeated parameters ${unknown.join(', ')}`
  if (form.get('query') === null) return 'no query'
  if (!/^\d+(\.\d+)?$/.test(form.get('time') ?? '0')) return `time ${form.get('time')}`
  if (!/^\d+(\.\d+)?$/.test(form.get('timeout') ?? '0')) return `timeout ${form.get('timeout')}`
  return undefined
}

async function behave(
  behaviour: Behaviour,
  response: ServerResponse,
  time: number,
  stopped: AbortSignal,
): Promise<void> {
  const success = (data: object, more: object = {}) => sendJson(response, 200, { status: 'success', data, ...more })
  const vector = (values: readonly (number | string)[]) => ({
    resultType: 'vector',
    result: values.map((value, index) => ({ metric: { series: String(index) }, value: [time, String(value)] })),
  })
  switch (behaviour.kind) {
    case 'value':
      return success(vector([behaviour.value]), behaviour.warnings && { warnings: behaviour.warnings })
    case 'series':
      return success(vector(behaviour.values))
    case 'empty':
      return success(vector([]))
    case 'scalar':
      return success({ resultType: 'scalar', result: [time, String(behaviour.value)] })
    case 'json':
      return sendJson(response, behaviour.status ?? 200, behaviour.body)
    case 'error':
      return sendError(response, behaviour.status, behaviour.errorType, behaviour.error)
    case 'text':
      return sendText(response, behaviour.status, behaviour.body, behaviour.contentType, behaviour.headers)
    case 'redirect':
      return sendText(response, 302, 'Found', 'text/html', { location: behaviour.location })
    case 'hang':
      return undefined
    case 'drip':
      return drip(response, stopped)
    case 'reset':
      response.socket?.resetAndDestroy()
      return undefined
    case 'huge':
      return sendHuge(response)
  }
}

async function drip(response: ServerResponse, stopped: AbortSignal): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  while (!response.destroyed) {
    response.write(' ')
    await after(20, undefined, { signal: stopped })
  }
}

/** Ends with an error when the client has had enough. */
async function sendHuge(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  await pipeline(Readable.from(Array.from({ length: hugeChunks }, () => chunk)), response)
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, JSON.stringify(body), 'application/json')
}

function sendError(response: ServerResponse, status: number, errorType: string, error: string): void {
  sendJson(response, status, { status: 'error', errorType, error })
}

function sendText(
  response: ServerResponse,
  status: number,
  body: string,
  contentType: string = 'text/plain; charset=utf-8',
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-type': contentType }).end(body)
}
