import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { listen } from './listen.ts'

/** `hang`: the request is kept without an answer. */
export type GrailReply = ScriptedReply | 'hang'

export interface ScriptedReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON, or as it is when it is a text. */
  readonly body: unknown
}

export interface GrailScript {
  /** In the order of the calls; one more call is refused. */
  readonly executes: readonly GrailReply[]
  readonly polls?: readonly GrailReply[]
  readonly verifies?: readonly GrailReply[]
  /** Instead of tokens. */
  readonly tokens?: readonly GrailReply[]
  readonly cancel?: GrailReply
}

export interface GrailOptions {
  /** Such as `/proxy/grail`. */
  readonly prefix?: string
  /** Platform tokens that are good; those that the sign-on gave are, too. */
  readonly platformTokens?: readonly string[]
  readonly client?: { readonly id: string; readonly secret: string }
  /** Of tokens, in seconds. */
  readonly tokenSeconds?: number
  /** Requests at once; one more is refused with a 429 without headers. */
  readonly concurrencyMax?: number
}

export interface FakeGrail {
  readonly url: string
  readonly signOnUrl: string
  /** `token`, `execute`, `poll request-token=…`, `cancel request-token=…`, in the order of their arrival. */
  readonly calls: readonly string[]
  /** Bodies of execute. */
  readonly queries: readonly Readonly<Record<string, unknown>>[]
  /** Of every request for a token. */
  readonly forms: readonly string[]
  onCall(listener: (call: string) => void): void
  stop(): Promise<void>
}

export const fakePlatformToken = 'dt0s16.FAKEFAKE.PLATFORMPLATFORM'

const base = '/platform/storage/query/v1/query:'

/** What execute knows; source: the query API's reference as its SDK 1.23.1 types it. */
const bodyFields: Readonly<Record<string, (value: unknown) => boolean>> = {
  query: (value) => typeof value === 'string' && value.trim() !== '',
  defaultTimeframeStart: isTime,
  defaultTimeframeEnd: isTime,
  timezone: (value) => value === 'UTC',
  locale: (value) => typeof value === 'string' && /^[a-z]{2}_[A-Z]{2}$/.test(value),
  maxResultRecords: isCount,
  includeTypes: (value) => typeof value === 'boolean',
  requestTimeoutMilliseconds: isCount,
  fetchTimeoutSeconds: (value) => isCount(value) && Number(value) <= 900,
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value)
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0
}

/** A loopback platform with its sign-on, that is stricter than a real one, and says what `script` holds. */
export async function startFakeGrail(script: GrailScript, options: GrailOptions = {}): Promise<FakeGrail> {
  const fake = new Fake(script, options)
  const server = createServer((request, response) => void fake.answer(request, response))
  const { port } = await listen(server)
  const origin = `http://127.0.0.1:${port}`
  return {
    url: origin + (options.prefix ?? ''),
    signOnUrl: `${origin}/sso/oauth2/token`,
    calls: fake.calls,
    queries: fake.queries,
    forms: fake.forms,
    onCall: (listener) => fake.listeners.push(listener),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

class Fake {
  readonly calls: string[] = []
  readonly queries: Readonly<Record<string, unknown>>[] = []
  readonly forms: string[] = []
  readonly listeners: ((call: string) => void)[] = []
  readonly #options: GrailOptions
  readonly #waiting: Record<'executes' | 'polls' | 'verifies' | 'tokens', GrailReply[]>
  readonly #cancel: GrailReply
  readonly #given = new Set<string>()
  #open = 0

  constructor({ executes, polls = [], verifies = [], tokens = [], cancel }: GrailScript, options: GrailOptions) {
    this.#options = options
    this.#waiting = { executes: [...executes], polls: [...polls], verifies: [...verifies], tokens: [...tokens] }
    this.#cancel = cancel ?? { status: 202, body: '' }
    for (const token of options.platformTokens ?? [fakePlatformToken]) this.#given.add(token)
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open += 1
    response.once('close', () => (this.#open -= 1))
    const body = await text(request)
    const isTooMuch = this.#open > (this.#options.concurrencyMax ?? Infinity)
    const reply = isTooMuch ? refusal(429, 'Too many requests') : this.#replyTo(request, body)
    if (reply === 'hang') return
    const isText = typeof reply.body === 'string'
    const headers = { 'content-type': isText ? 'text/plain' : 'application/json', ...reply.headers }
    response.writeHead(reply.status, reply.status === 202 && reply.body === '' ? {} : headers)
    response.end(isText ? reply.body : JSON.stringify(reply.body))
  }

  #replyTo(request: IncomingMessage, body: string): GrailReply {
    const { localAddress, localPort } = request.socket
    if (request.headers.host !== `${localAddress}:${localPort}`) return refusal(421, 'not this host')
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://platform')
    const json = parsed(body)
    if (pathname === '/sso/oauth2/token') return this.#token(request, body)
    const start = (this.#options.prefix ?? '') + base
    if (!pathname.startsWith(start)) return refusal(404, 'HTTP 404 Not Found')
    const call = pathname.slice(start.length)
    this.#tell(
      [call, searchParams.has('request-token') ? tokenIn(request.url) : ''].filter((part) => part !== '').join(' '),
    )
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
    if (scheme !== 'Bearer' || !this.#given.has(token)) return refusal(401, 'Unauthorized')
    if (request.headers.accept !== 'application/json') return refusal(406, 'Not Acceptable')
    switch (`${request.method} ${call}`) {
      case 'POST execute':
        return mistakeIn(json, request) ?? this.#executed(json)
      case 'POST verify':
        return this.#next('verifies')
      case 'GET poll':
        return parametersMistake(searchParams, ['request-token', 'request-timeout-milliseconds']) ?? this.#next('polls')
      case 'POST cancel':
        return parametersMistake(searchParams, ['request-token']) ?? this.#cancel
      default:
        return refusal(405, 'Method Not Allowed')
    }
  }

  #executed(json: unknown): GrailReply {
    this.queries.push(json as Readonly<Record<string, unknown>>)
    return this.#next('executes')
  }

  #token(request: IncomingMessage, body: string): GrailReply {
    this.#tell('token')
    this.forms.push(body)
    const scripted = this.#waiting.tokens.shift()
    if (scripted !== undefined) return scripted
    const { id, secret } = this.#options.client ?? { id: '', secret: '' }
    const form = new URLSearchParams(body)
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded'
    if (request.method !== 'POST' || !isForm || form.get('grant_type') !== 'client_credentials') {
      return { status: 400, body: { error: 'invalid_request' } }
    }
    if (form.get('client_id') !== id || form.get('client_secret') !== secret) {
      return { status: 400, body: { error: 'invalid_client', error_description: `no such client ${secret}` } }
    }
    const token = `access.${this.calls.length}.TOKENTOKENTOKEN`
    this.#given.add(token)
    const seconds = this.#options.tokenSeconds ?? 300
    return {
      status: 200,
      body: { access_token: token, token_type: 'Bearer', expires_in: seconds, scope: form.get('scope') },
    }
  }

  #next(kind: 'executes' | 'polls' | 'verifies'): GrailReply {
    return this.#waiting[kind].shift() ?? refusal(400, `not in the script: one more of ${kind}`)
  }

  #tell(call: string): void {
    this.calls.push(call)
    for (const listener of this.listeners) listener(call)
  }
}

function refusal(code: number, message: string): ScriptedReply {
  return { status: code, body: { error: { code, message } } }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** As it was written, so that a wrong encoding shows. */
function tokenIn(url: string = ''): string {
  return /request-token=[^&]*/.exec(url)?.[0] ?? ''
}

function mistakeIn(json: unknown, request: IncomingMessage): ScriptedReply | undefined {
  if (request.headers['content-type'] !== 'application/json') return refusal(415, 'Unsupported Media Type')
  if (typeof json !== 'object' || json === null) return refusal(400, 'no JSON')
  const wrong = Object.entries(json).filter(([name, value]) => bodyFields[name]?.(value) !== true)
  if (wrong.length > 0) return refusal(400, `unknown or wrong: ${wrong.map(([name]) => name).join(', ')}`)
  const needed = ['query', 'defaultTimeframeStart', 'defaultTimeframeEnd'].filter((name) => !(name in json))
  return needed.length === 0 ? undefined : refusal(400, `missing: ${needed.join(', ')}`)
}

function parametersMistake(parameters: URLSearchParams, known: readonly string[]): ScriptedReply | undefined {
  const names = [...parameters.keys()]
  const isSound = names.length === known.length && known.every((name) => (parameters.get(name) ?? '') !== '')
  return isSound ? undefined : refusal(400, `unknown, double or missing parameter among ${names.join(', ')}`)
}
