import { z } from 'zod'
import { PharosError } from '../base/errors.ts'
import { invalidRequest } from './problem.ts'
import { limits } from './wire/requests.ts'

/** A string of RFC 9651, section 3.3.3: only quotes and backslashes are escaped. */
const quotedString = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/

const Key = z
  .string()
  .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII')
  .max(limits.idempotencyKeyCharacters)

/** The header as JSON Schema has it, for the document. */
export const idempotencyKeyPattern = String.raw`^(?:"(?:[ !#-\[\]-~]|\\["\\]){1,${limits.idempotencyKeyCharacters}}"|[!#-~](?:[ -~]{0,${limits.idempotencyKeyCharacters - 2}}[!-~])?)$`

/**
 * The key of an Idempotency-Key header: `"k-1"`, as the draft writes it, and `k-1` are the same. Throws PharosError `bad_request` for
 * a quoted string that is malformed, `invalid_request` for a key that is empty, too long or not ASCII.
 * Source: draft-ietf-httpapi-idempotency-key-header-07, section 2.1.
 */
export function idempotencyKeyOf(header: string | string[]): string {
  const text = [header].flat().join(', ').trim()
  const key = Key.safeParse(text.startsWith('"') ? unescaped(text) : text)
  if (!key.success) throw invalidRequest(key.error, 'Idempotency-Key header')
  return key.data
}

function unescaped(text: string): string {
  const inside = quotedString.exec(text)?.[1]
  if (inside !== undefined) return inside.replaceAll(/\\(["\\])/g, '$1')
  throw new PharosError(
    'bad_request',
    String.raw`the Idempotency-Key header is not a valid quoted string: write "key", with \" and \\ for quotes and backslashes inside`,
  )
}
