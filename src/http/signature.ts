import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { PharosError } from '../errors.ts'
import { SecretError } from '../secrets.ts'

/** How the events of one source are signed. */
export interface SourceSignature {
  /** The `source` of the events. */
  readonly source: string
  readonly kind: 'hmac' | 'standard-webhooks'
  /** A reference, read for each event. */
  readonly secret: string
  /** Of an HMAC: where it is. */
  readonly header: string
}

export interface SignatureDeps {
  readonly secret: (reference: string) => Promise<string>
  readonly now: () => Date
}

/**
 * Throws PharosError `signature_invalid` unless the body of an event of this source is signed as its source is, and
 * `secret_unavailable` when nobody can tell.
 */
export type CheckSignature = (source: string, headers: IncomingHttpHeaders, body: Uint8Array) => Promise<void>

/** A replay is refused after so long; so is a clock that differs by more. */
const ageMaxSeconds = 300

/** Sources that are not listed need no signature. */
export function createSignatureCheck(sources: readonly SourceSignature[], deps: SignatureDeps): CheckSignature {
  const listed = new Map(sources.map((signature) => [signature.source, signature]))
  return async (source, headers, body) => {
    const signature = listed.get(source)
    if (signature === undefined) return
    // A signature is of the body: attributes in headers could be anybody's.
    if (headers['ce-specversion'] !== undefined) {
      throw invalid(source, 'attributes in headers are not signed: send them in structured mode')
    }
    const secret = await secretFor(signature, deps)
    const mistake =
      signature.kind === 'hmac'
        ? hmacMistake(headers, body, secret, signature.header)
        : webhookMistake(headers, body, secret, deps.now())
    if (mistake !== undefined) throw invalid(source, mistake)
  }
}

/** It was there at the start, so that it is likely to come back. */
async function secretFor({ source, secret }: SourceSignature, deps: SignatureDeps): Promise<string> {
  try {
    return await deps.secret(secret)
  } catch (cause) {
    if (!(cause instanceof SecretError)) throw cause
    const message = `the signatures of ${JSON.stringify(source)} cannot be checked: ${cause.message}`
    throw new PharosError('secret_unavailable', message, { cause })
  }
}

function invalid(source: string, mistake: string): PharosError {
  return new PharosError('signature_invalid', `events of ${JSON.stringify(source)} must be signed: ${mistake}`)
}

/** `sha256=` and the hexadecimal HMAC-SHA256 of the body, as GitHub has it. */
function hmacMistake(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  secret: string,
  header: string,
): string | undefined {
  const given = headers[header]
  if (typeof given !== 'string') return `the header ${header} is missing`
  const expected = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  return isSame(given, expected) ? undefined : `the header ${header} is not of this body and this secret`
}

/** Source: Standard Webhooks 1.0, https://github.com/standard-webhooks/standard-webhooks. */
function webhookMistake(headers: IncomingHttpHeaders, body: Uint8Array, secret: string, now: Date): string | undefined {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
    (name) => headers[name],
  )
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') {
    return 'the headers webhook-id, webhook-timestamp and webhook-signature are needed'
  }
  if (!/^\d{1,12}$/.test(timestamp)) return 'webhook-timestamp is not in seconds since 1970'
  const ageSeconds = Math.floor(now.getTime() / 1000) - Number(timestamp)
  if (Math.abs(ageSeconds) > ageMaxSeconds) {
    return `webhook-timestamp differs from our clock by ${Math.abs(ageSeconds)} s: at most ${ageMaxSeconds} s was expected`
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
  // Several while a secret is exchanged for another.
  const matching = signatures.split(' ').filter((given) => isSame(given, expected))
  return matching.length > 0 ? undefined : 'no v1 signature in webhook-signature is of this message and this secret'
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}
