import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { listen } from './listen.ts'

/** What the environment says to one question. Of several for the same question each is said once, and the last for ever. */
export interface FakeReply {
  /** Decoded, below the prefix. */
  readonly path: string
  /** All of them. */
  readonly parameters: Readonly<Record<string, string>>
  readonly status?: number
  /** JSON, or as it is when it is a text. */
  readonly body: unknown
  readonly latencyMs?: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface FakeToken {
  readonly scopes: readonly string[]
  readonly isExpired?: boolean
}

export interface FakeOptions {
  /** Such as `/e/abc`. */
  readonly prefix?: string
  /** By token; without any, `fakeToken` may do everything. */
  readonly tokens?: Readonly<Record<string, FakeToken>>
  /** Requests at once; one more is refused with a 429. */
  readonly concurrencyMax?: number
}

export interface FakeDynatrace {
  readonly url: string
  /** Paths with their query strings, in the order of their arrival, also of those that were refused. */
  readonly requests: readonly string[]
  openMax(): number
  stop(): Promise<void>
}

export const fakeToken = 'dt0c01.FAKEFAKEFAKEFAKEFAKEFAKE.SECRETSECRET'

interface Endpoint {
  readonly path: RegExp
  readonly scope: string
  readonly parameters: readonly string[]
  readonly required: readonly string[]
}

/** Source: the environment API's reference, as of 2024, for what Pharos asks of it. */
const endpoints: readonly Endpoint[] = [
  {
    path: /^\/api\/v2\/metrics\/query$/,
    scope: 'metrics.read',
    parameters: ['metricSelector', 'entitySelector', 'mzSelector', 'resolution', 'from', 'to', 'nextPageKey'],
    required: ['metricSelector'],
  },
  { path: /^\/api\/v2\/metrics$/, scope: 'metrics.read', parameters: ['pageSize'], required: [] },
  { path: /^\/api\/v2\/metrics\/.+$/, scope: 'metrics.read', parameters: [], required: [] },
  { path: /^\/api\/v2\/slo\/.+$/, scope: 'slo.read', parameters: ['from', 'to', 'timeFrame'], required: [] },
  {
    path: /^\/api\/v2\/problems$/,
    scope: 'problems.read',
    parameters: ['problemSelector', 'entitySelector', 'from', 'to'],
    required: [],
  },
  {
    path: /^\/api\/v2\/securityProblems$/,
    scope: 'securityProblems.read',
    parameters: ['securityProblemSelector', 'from', 'to'],
    required: [],
  },
  {
    path: /^\/api\/v1\/userSessionQueryLanguage\/table$/,
    scope: 'DTAQLAccess',
    parameters: ['query', 'startTimestamp', 'endTimestamp', 'addDeepLinkFields', 'explain'],
    required: ['query'],
  },
]

const expressionsMax = 10
const pathBytesMax = 8192

class Refusal {
  readonly status: number
  readonly body: unknown

  constructor(status: number, message: string, violations: readonly object[] = []) {
    this.status = status
    const constraintViolations = violations.length === 0 ? {} : { constraintViolations: violations }
    this.body = { error: { code: status, message, ...constraintViolations } }
  }
}

/** A loopback environment that is stricter than a real one, and says what `replies` hold. */
export async function startFakeDynatrace(
  replies: readonly FakeReply[],
  options: FakeOptions = {},
): Promise<FakeDynatrace> {
  const waiting = [...replies]
  const requests: string[] = []
  let open = 0
  let openMax = 0
  const server = createServer((request, response) => {
    open += 1
    openMax = Math.max(openMax, open)
    response.once('close', () => (open -= 1))
    requests.push(request.url ?? '')
    const isTooMuch = open > (options.concurrencyMax ?? Infinity)
    const reply = isTooMuch ? new Refusal(429, 'Too many requests') : replyTo(request, waiting, options)
    void send(response, reply)
  })
  const { port } = await listen(server)
  return {
    url: `http://127.0.0.1:${port}${options.prefix ?? ''}`,
    requests,
    openMax: () => openMax,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function replyTo(request: IncomingMessage, waiting: FakeReply[], options: FakeOptions): FakeReply | Refusal {
  const { prefix = '', tokens = { [fakeToken]: { scopes: endpoints.map(({ scope }) => scope) } } } = options
  const { localAddress, localPort } = request.socket
  if (request.headers.host !== `${localAddress}:${localPort}`) return new Refusal(421, 'not this host')
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://environment')
  const endpoint = pathname.startsWith(prefix)
    ? endpoints.find(({ path }) => path.test(pathname.slice(prefix.length)))
    : undefined
  if (endpoint === undefined || request.method !== 'GET') return new Refusal(404, 'HTTP 404 Not Found')
  const mistake = tokenMistake(request, tokens, endpoint) ?? parameterMistake(request, searchParams, endpoint)
  if (mistake !== undefined) return mistake
  const path = decodeURIComponent(pathname.slice(prefix.length))
  const asked = keyOf(path, Object.fromEntries(searchParams))
  const fitting = waiting.filter((reply) => keyOf(reply.path, reply.parameters) === asked)
  const [reply] = fitting
  if (reply === undefined) return new Refusal(400, `not in the script: ${asked}`)
  if (fitting.length > 1) waiting.splice(waiting.indexOf(reply), 1)
  return reply
}

function tokenMistake(
  request: IncomingMessage,
  tokens: Readonly<Record<string, FakeToken>>,
  { scope }: Endpoint,
): Refusal | undefined {
  const { authorization = '' } = request.headers
  const token = authorization.startsWith('Api-Token ') ? tokens[authorization.slice('Api-Token '.length)] : undefined
  if (token === undefined) return new Refusal(401, 'Token Authentication failed')
  if (token.isExpired === true) return new Refusal(401, 'Token has expired')
  if (token.scopes.includes(scope)) return undefined
  return new Refusal(403, `Token is missing required scope. Use one of: ${scope}`)
}

function parameterMistake(
  request: IncomingMessage,
  parameters: URLSearchParams,
  { parameters: known, required }: Endpoint,
): Refusal | undefined {
  const violation = (path: string, message: string) => ({ path, message, parameterLocation: 'QUERY', location: null })
  const names = [...parameters.keys()]
  const expressions = (parameters.get('metricSelector') ?? '').split(/,(?![^(]*\))/).length
  const times = ['from', 'to', 'startTimestamp', 'endTimestamp'].filter((name) => parameters.has(name))
  const violations = [
    ...names.filter((name) => !known.includes(name)).map((name) => violation(name, 'unknown parameter')),
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => violation(name, 'given twice')),
    ...names.filter((name) => parameters.get(name) === '').map((name) => violation(name, 'must not be empty')),
    ...required.filter((name) => !parameters.has(name)).map((name) => violation(name, 'must not be null')),
    ...times
      .filter((name) => !/^\d+000$/.test(parameters.get(name) ?? ''))
      .map((name) => violation(name, 'must be whole seconds, in milliseconds')),
    ...(/^(\d+[mhdwMqy]|Inf)$/i.test(parameters.get('resolution') ?? 'Inf')
      ? []
      : [violation('resolution', 'is no resolution')]),
    ...(expressions > expressionsMax ? [violation('metricSelector', 'has too many metric expressions')] : []),
  ]
  if (violations.length > 0) return new Refusal(400, 'Constraints violated.', violations)
  if (Buffer.byteLength(request.url ?? '') > pathBytesMax) return new Refusal(414, 'URI Too Long')
  return request.headers.accept === 'application/json' ? undefined : new Refusal(406, 'HTTP 406 Not Acceptable')
}

function keyOf(path: string, parameters: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(parameters).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify([path, sorted])
}

async function send(response: ServerResponse, reply: FakeReply | Refusal): Promise<void> {
  const { latencyMs = 0, headers = {} } = reply instanceof Refusal ? {} : reply
  if (latencyMs > 0) await after(latencyMs)
  const isText = typeof reply.body === 'string'
  const type = isText ? 'text/plain' : 'application/json; charset=utf-8'
  response.writeHead(reply.status ?? 200, { 'content-type': type, ...headers })
  response.end(isText ? reply.body : JSON.stringify(reply.body))
}
