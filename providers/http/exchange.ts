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

/** Nothing that was sent in a header is shown, in whatever form a server may send it back. */
export function exchangeOf(
  { method, path, headers, body = '' }: Question,
  came: { readonly reply: HttpReply } | { readonly answer: MissingAnswer },
  durationMs: number,
): Exchange {
  const [status, reply] = 'reply' in came ? [came.reply.status, came.reply.body] : [null, came.answer.message]
  const shown = (text: string) => cut(withoutSent(text, headers))
  return { method, path: shown(path), sent: shown(body), status, reply: shown(reply), durationMs }
}

/** Headers that say nothing of who asks, or nothing that he hides. */
const openHeaders = new Set(['accept', 'content-type', 'x-scope-orgid'])

/** What a server says, without what it was sent in a header; whole, because a secret that is cut off cannot be found any more. */
export function withoutSent(text: string, headers: Question['headers']): string {
  const values = Object.entries(headers).filter(([name]) => !openHeaders.has(name.toLowerCase()))
  return redacted(
    text,
    values.flatMap(([, value]) => secretsIn(value)),
  )
}

/** Of a header's value: what follows the scheme, and the password in there; without a scheme all of it. */
function secretsIn(value: string): readonly string[] {
  const [, token] = /^\S+ (\S+)$/.exec(value) ?? []
  if (token === undefined) return [value]
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(token, 'base64').toString('utf8')) ?? []
  return [token, password]
}

function cut(text: string): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}… (${text.length} characters)` : text
}
