import type { MissingAnswer } from '../answer.ts'
import { redacted } from '../credentials.ts'
import type { HttpReply } from './reply.ts'
import type { Exchange } from '../provider.ts'

interface Question {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const lengthMax = 4096

/** Header values are never shown, even if a server sends them back. */
export function exchangeOf(
  { method, path, headers, body = '' }: Question,
  came: { readonly reply: HttpReply } | { readonly answer: MissingAnswer },
  durationMs: number,
): Exchange {
  const [status, reply] = 'reply' in came ? [came.reply.status, came.reply.body] : [null, came.answer.message]
  const shown = (text: string) => cut(withoutSent(text, headers))
  return { method, path: shown(path), sent: shown(body), status, reply: shown(reply), durationMs }
}

/** Headers that contain no secrets. */
const openHeaders = new Set(['accept', 'content-type', 'x-scope-orgid'])

/** A server's text without the secrets sent in headers. Pass the whole text, because a truncated secret cannot be found. */
export function withoutSent(text: string, headers: Question['headers']): string {
  const values = Object.entries(headers).filter(([name]) => !openHeaders.has(name.toLowerCase()))
  return redacted(
    text,
    values.flatMap(([, value]) => secretsIn(value)),
  )
}

/** The secrets in a header's value: the part after the scheme and the password in it, or the whole value if there is no scheme. */
function secretsIn(value: string): readonly string[] {
  const [, token] = /^\S+ (\S+)$/.exec(value) ?? []
  if (token === undefined) return [value]
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(token, 'base64').toString('utf8')) ?? []
  return [token, password]
}

function cut(text: string): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}… (${text.length} characters)` : text
}
