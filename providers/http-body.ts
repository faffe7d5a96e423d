import type { IncomingHttpHeaders } from 'node:http'
import { missing, type MissingAnswer } from './answer.ts'
import { tooLarge } from './http-failure.ts'

/** Of a reply. */
export const replyBytesMax = 10 * 1024 * 1024

/** Undefined when it is too large: through a proxy, undici itself does not count. */
export async function textOf(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > replyBytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What is not even read: a reply too large by its own account, or one that could grow when it is unpacked. */
export function refusalOf(headers: IncomingHttpHeaders): MissingAnswer | undefined {
  if (Number(headers['content-length'] ?? 0) > replyBytesMax) return missing('upstream', tooLarge)
  const encoding = (headers['content-encoding'] ?? 'identity').trim()
  if (encoding.toLowerCase() === 'identity') return undefined
  return missing('upstream', 'the reply is compressed, which was not asked for: look at the proxy before the server')
}
