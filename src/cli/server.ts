import { z } from 'zod'
import type { Parsed } from './command.ts'
import { CommandError, exitCodes, usageError, type Terminal } from './terminal.ts'

/** Between two tries to reach a server that is away. */
const retryMs = 1_000
/** One request, whatever the server waits for. */
const requestLimitMs = 75_000

export const serverOptions = {
  server: { value: 'URL', text: 'where Pharos is; PHAROS_URL or http://127.0.0.1:8080 without it' },
} as const

const ProblemDocument = z.looseObject({
  detail: z.string(),
  errors: z
    .array(
      z.looseObject({
        message: z.string(),
        pointer: z.string().optional(),
        file: z.string().optional(),
        line: z.number().optional(),
        column: z.number().optional(),
      }),
    )
    .default([]),
})

export interface Request {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
}

/** A Pharos that is asked over HTTP. */
export interface Server {
  readonly url: string
  /**
   * The body of a success. A server that is away, or cannot answer now, is asked again until `until`; everything else that
   * is no success throws a CommandError with what the server says.
   */
  ask(request: Request, until: Date): Promise<unknown>
}

export function serverOf(parsed: Parsed, terminal: Terminal): Server {
  const url = (parsed.one('server') ?? terminal.env['PHAROS_URL'] ?? 'http://127.0.0.1:8080').replace(/\/+$/, '')
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw usageError(`--server must be an http or https URL, not ${url}`)
  const token = terminal.env['PHAROS_TOKEN']
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw usageError('PHAROS_TOKEN holds characters that no header can carry')
  const authorization = token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }
  return {
    url,
    async ask(request, until) {
      for (let isFirst = true; ; isFirst = false) {
        const tried = await send(url, request, authorization)
        if (tried.kind === 'answered') return tried.body
        if (terminal.now().getTime() + retryMs > until.getTime()) {
          throw new CommandError(exitCodes.unreachable, `${url} cannot be reached: ${tried.why}`)
        }
        if (isFirst) terminal.say(`${url} does not answer (${tried.why}), asking again`)
        await terminal.pause(retryMs)
      }
    },
  }
}

type Tried = { readonly kind: 'answered'; readonly body: unknown } | { readonly kind: 'away'; readonly why: string }

async function send(url: string, { method, path, headers, body }: Request, authorization: object): Promise<Tried> {
  const content = body === undefined ? {} : { 'content-type': 'application/json' }
  const reply = await fetch(url + path, {
    method,
    headers: { ...content, ...authorization, ...headers },
    redirect: 'error',
    signal: AbortSignal.timeout(requestLimitMs),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => whyAway(error))
  if (typeof reply === 'string') return { kind: 'away', why: reply }
  const text = await reply.text().catch((error: unknown) => ({ why: whyAway(error) }))
  if (typeof text === 'object') return { kind: 'away', why: text.why }
  if (reply.ok) return { kind: 'answered', body: parsedBody(text, url) }
  if ([502, 503, 504].includes(reply.status)) return { kind: 'away', why: `it answers ${reply.status}` }
  throw refusal(reply.status, text)
}

function whyAway(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message
}

function parsedBody(text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CommandError(exitCodes.unreachable, `${url} does not answer JSON: is it Pharos?`)
  }
}

function refusal(status: number, text: string): CommandError {
  const exitCode =
    status === 401 || status === 403
      ? exitCodes.unauthorized
      : status === 404
        ? exitCodes.notFound
        : status >= 500
          ? exitCodes.unreachable
          : exitCodes.usage
  return new CommandError(exitCode, problemText(status, text))
}

/** What the server says, a line for each mistake with its place. */
function problemText(status: number, text: string): string {
  const problem = ProblemDocument.safeParse(jsonOrNothing(text))
  if (!problem.success) return `the server answers ${status}`
  const mistakes = problem.data.errors.map(({ message, pointer, file, line, column }) => {
    const place = [file ?? pointer, line, column].filter((part) => part !== undefined && part !== '').join(':')
    return `  ${place === '' ? '' : `${place}: `}${message}`
  })
  return [`the server answers ${status}: ${problem.data.detail}`, ...mistakes].join('\n')
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
