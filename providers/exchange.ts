import type { MissingAnswer } from './answer.ts'
import { redacted } from './credentials.ts'
import type { HttpReply } from './http-reply.ts'
import type { Exchange } from './provider.ts'

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
  const secrets = Object.values(headers).flatMap((value) => secretsIn(value))
  const [status, reply] = 'reply' in came ? [came.reply.status, came.reply.body] : [null, came.answer.message]
  const shown = (text: string) => cut(redacted(text, secrets))
  return { method, path: shown(path), sent: shown(body), status, reply: shown(reply), durationMs }
}

/** Of a header's value: all of it, what follows the scheme, and the password in there. */
function secretsIn(value: string): readonly string[] {
  const [, token = ''] = /^\S+ (\S+)$/.exec(value) ?? []
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(token, 'base64').toString('utf8')) ?? []
  return [value, token, password]
}

function cut(text: string): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}… (${text.length} characters)` : text
}
