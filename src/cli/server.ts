import { z } from 'zod'
import type { Parsed } from './command.ts'
import { shownUrl, withoutSecrets } from '../base/shown-url.ts'
import { CommandError, exitCodes, usageError, type Terminal } from './terminal.ts'
import { troubleOf, type Trouble } from './trouble.ts'

/** Between two tries to reach a server that is away. */
const retryMs = 1_000
/** One request, whatever the server waits for. */
const requestMaxMs = 75_000
/** After the time is over an answer may still be under way. */
const graceMs = 5_000

export const serverOptions = {
  server: { value: 'URL', text: 'where Pharos is; defaults to PHAROS_URL, or http://127.0.0.1:8080' },
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
  /** What the caller gave for parts of the body, by JSON pointer: mistakes in it are told with these names. */
  readonly names?: Readonly<Record<string, string>>
}

/** A Pharos that is asked over HTTP. */
export interface Server {
  readonly url: string
  /**
   * The body of a success. A server that is away, or cannot answer now, is asked again until `until`; everything else that
   * is no success throws a CommandError with what the server says.
   */
  ask(request: Request, until: Date): Promise<unknown>
  /** The reply with its headers. */
  askWhole(request: Request, until: Date): Promise<Answer>
}

interface Answer {
  readonly body: unknown
  /** The request's idempotency key was known, so nothing was started. */
  readonly isReplayed: boolean
}

export function serverOf(parsed: Parsed, terminal: Terminal): Server {
  const url = serverUrl(parsed, terminal)
  const token = terminal.env['PHAROS_TOKEN']
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw usageError('PHAROS_TOKEN contains characters that a header cannot carry')
  const authorization = token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }
  const askWhole: Server['askWhole'] = async (request, until) => {
    for (let isFirst = true; ; isFirst = false) {
      const leftMs = until.getTime() - terminal.now().getTime()
      const limitMs = Math.min(requestMaxMs, Math.max(0, leftMs) + graceMs)
      const tried = await send(url, request, authorization, limitMs)
      if (tried.kind === 'answered') return tried
      if (tried.isFinal || terminal.now().getTime() + retryMs > until.getTime()) {
        throw new CommandError(exitCodes.unreachable, `${url} cannot be reached: ${tried.why}`)
      }
      if (isFirst) terminal.say(`${url} cannot be reached: ${tried.why}; asking again`)
      await terminal.pause(retryMs)
    }
  }
  return { url, askWhole, ask: async (request, until) => (await askWhole(request, until)).body }
}

/** Where Pharos is, without a slash at its end. Whatever is wrong with it, no secret in it is printed. */
function serverUrl(parsed: Parsed, { env }: Terminal): string {
  const option = parsed.one('server')
  const name = option === undefined ? 'PHAROS_URL' : '--server'
  const given = option ?? env['PHAROS_URL'] ?? 'http://127.0.0.1:8080'
  const url = URL.parse(given)
  const shown = withoutSecrets(given)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw usageError(`${name} must be an http or https URL, not ${shown}`)
  if (url.username !== '' || url.password !== '')
    throw usageError(`${name} must not contain a user or a password (${shown}): set PHAROS_TOKEN to an API token`)
  if (/[?#]/.test(given)) throw usageError(`${name} must end with its path, without ? and # (${shown})`)
  return given.replace(/\/+$/, '')
}

type Tried = ({ readonly kind: 'answered' } & Answer) | ({ readonly kind: 'away' } & Trouble)

async function send(url: string, request: Request, authorization: object, limitMs: number): Promise<Tried> {
  const { method, path, headers, body } = request
  try {
    const reply = await fetch(url + path, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...authorization, ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(limitMs),
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    if (reply.ok) {
      const isReplayed = reply.headers.get('idempotency-replayed') === 'true'
      return { kind: 'answered', body: parsedBody(text, url), isReplayed }
    }
    if ([429, 502, 503, 504].includes(reply.status) && codeOf(text) !== 'too_many_wrong_tokens') {
      return { kind: 'away', why: `it answers ${reply.status}${detailOf(text)}`, isFinal: false }
    }
    if (reply.status >= 300 && reply.status < 400) throw redirected(url, reply)
    throw refusal(url, reply.status, text, request.names ?? {})
  } catch (error) {
    if (error instanceof CommandError) throw error
    return { kind: 'away', ...troubleOf(error) }
  }
}

function redirected(url: string, reply: Response): CommandError {
  const location = reply.headers.get('location')
  const to = location === null ? 'nowhere' : shownUrl(location)
  return new CommandError(exitCodes.unreachable, `${url} redirects to ${to}: name Pharos itself with --server`)
}

function parsedBody(text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CommandError(exitCodes.unreachable, `${url} does not answer JSON: is it Pharos?`)
  }
}

function refusal(url: string, status: number, text: string, names: Readonly<Record<string, string>>): CommandError {
  const exitCode =
    status === 401 || status === 403 || status === 429
      ? exitCodes.unauthorized
      : status === 404
        ? exitCodes.notFound
        : status >= 500
          ? exitCodes.unreachable
          : exitCodes.usage
  const problem = ProblemDocument.safeParse(jsonOrNothing(text))
  if (!problem.success) return new CommandError(exitCode, `${url} answers ${status} as Pharos does not: is it Pharos?`)
  const mistakes = problem.data.errors.map(({ message, pointer = '', file, line, column }) => {
    const place = [file ?? names[pointer] ?? pointer, line, column].filter((part) => part !== undefined && part !== '')
    return `  ${place.length === 0 ? '' : `${place.join(':')}: `}${message}`
  })
  return new CommandError(exitCode, [`the server answers ${status}: ${problem.data.detail}`, ...mistakes].join('\n'))
}

function codeOf(text: string): string | undefined {
  return z.looseObject({ code: z.string() }).safeParse(jsonOrNothing(text)).data?.code
}

/** What a problem says, to be put behind its status. */
function detailOf(text: string): string {
  const problem = ProblemDocument.safeParse(jsonOrNothing(text))
  return problem.success ? `: ${problem.data.detail}` : ''
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
