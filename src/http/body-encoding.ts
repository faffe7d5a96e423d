import type { FastifyReply, FastifyRequest } from 'fastify'
import { PharosError } from '../base/errors.ts'
import { quoted } from '../base/mistakes.ts'

/** Subsets of UTF-8 under their usual names. */
const charsets = ['utf-8', 'utf8', 'us-ascii', 'ascii']

/**
 * Bodies are read as they are sent, in UTF-8. Throws PharosError `unsupported_media_type` for a body that is compressed or names
 * another charset; without a body the headers do not matter.
 */
export function refuseEncodedBody({ headers, method }: FastifyRequest, reply: FastifyReply): void {
  if (method === 'GET' || method === 'HEAD' || !hasBody(headers)) return
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (coding !== '' && coding !== 'identity') {
    // RFC 9110, 15.5.16: which codings would have been accepted.
    reply.header('accept-encoding', 'identity')
    const message = `Content-Encoding ${quoted(coding)} is not supported: send the body uncompressed`
    throw new PharosError('unsupported_media_type', message)
  }
  const charset = charsetOf(headers['content-type'] ?? '')
  if (charset === undefined || charsets.includes(charset.toLowerCase())) return
  const message = `charset ${quoted(charset)} is not supported: send the body in UTF-8`
  throw new PharosError('unsupported_media_type', message)
}

function hasBody(headers: FastifyRequest['headers']): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && !/^0*$/.test(length))
}

function charsetOf(contentType: string): string | undefined {
  const [, bare, inQuotes] = /;\s*charset\s*=\s*(?:([^\s";]+)|"([^"]*)")/i.exec(contentType) ?? []
  return bare ?? inQuotes
}
