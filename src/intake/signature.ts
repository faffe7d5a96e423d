import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { PharosError } from '../base/errors.ts'
import { sourceKey } from '../base/event-source.ts'
import type { Trust } from '../evaluation/evaluation.ts'
import { SecretError } from '../base/secrets.ts'

/** How the events of one source are signed. */
export interface SourceSignature {
  /** The `source` of the events, in any spelling. */
  readonly source: string
  readonly kind: 'hmac' | 'standard-webhooks'
  /** A reference, read for each request that has the header. */
  readonly secret: string
  /** Of an HMAC: where it is. */
  readonly header: string
}

export interface SignatureSettings {
  readonly signatures: readonly SourceSignature[]
  /** What becomes of sources that are not in `signatures`; undefined is `accept`. */
  readonly unlisted: 'refuse' | 'accept' | undefined
}

export interface SignatureDeps {
  readonly secret: (reference: string) => Promise<string>
  readonly now: () => Date
}

/** Each header as often as it was sent. */
type Headers = IncomingMessage['headersDistinct']

/** Checks the signatures of a request's body, and answers what they say of the events in it. */
export type CheckSignatures = (headers: Headers, body: Uint8Array) => Promise<TrustOf>

/**
 * How far an event of this source is trusted; undefined is a source that cannot be read. `isCovered` is whether the source is in the
 * body, so that a signature covers it. Throws PharosError `signature_invalid`, or `secret_unavailable` if the secret of this source
 * cannot be read.
 */
export type TrustOf = (source: string | undefined, isCovered: boolean) => Trust

/** What became of one signature that is configured. */
type Verdict =
  | { readonly kind: 'matched' }
  | { readonly kind: 'mistaken'; readonly mistake: string }
  | { readonly kind: 'unknown'; readonly cause: SecretError }

/** A replay is refused after this time; so is a clock that differs by more. */
const ageMaxSeconds = 300

export function createSignatureCheck(
  { signatures, unlisted }: SignatureSettings,
  deps: SignatureDeps,
): CheckSignatures {
  return async (headers, body) => {
    const verdicts = new Map<string, Verdict>()
    // Every one, also after a match: the time of the answer does not tell whose secret it was.
    for (const signature of signatures) {
      verdicts.set(sourceKey(signature.source), await verdictOf(signature, headers, body, deps))
    }
    return (source, isCovered) => trustOf(source, isCovered, verdicts, unlisted)
  }
}

function trustOf(
  source: string | undefined,
  isCovered: boolean,
  verdicts: ReadonlyMap<string, Verdict>,
  unlisted: SignatureSettings['unlisted'],
): Trust {
  const verdict = source === undefined ? undefined : verdicts.get(sourceKey(source))
  const isSigned = [...verdicts.values()].some(({ kind }) => kind === 'matched')
  if (!isCovered && (verdict !== undefined || isSigned)) {
    throw invalid(source, 'attributes in headers are not signed: send them in structured mode')
  }
  if (verdict?.kind === 'unknown') throw unreadable(source, verdict.cause)
  if (verdict?.kind === 'mistaken') throw invalid(source, verdict.mistake)
  // A signed body whose source cannot be read is refused when it is read.
  if (verdict?.kind === 'matched' || (isSigned && source === undefined)) return 'vouched'
  if (isSigned) throw invalid(source, 'this body is signed with the secret of another source')
  if (unlisted === 'refuse')
    throw invalid(source, 'the source is not listed in events.signatures, and events.unlisted is refuse')
  return verdicts.size === 0 ? 'vouched' : 'unsigned'
}

function invalid(source: string | undefined, mistake: string): PharosError {
  const whose = source === undefined ? 'a source that cannot be read' : JSON.stringify(source)
  return new PharosError('signature_invalid', `events of ${whose} must be signed: ${mistake}`)
}

/** The secret was there at the start, so it is likely to come back. */
function unreadable(source: string | undefined, cause: SecretError): PharosError {
  const message = `the signatures of ${JSON.stringify(source)} cannot be checked: ${cause.message}`
  return new PharosError('secret_unavailable', message, { cause })
}

async function verdictOf(
  signature: SourceSignature,
  headers: Headers,
  body: Uint8Array,
  { secret, now }: SignatureDeps,
): Promise<Verdict> {
  const names = signature.kind === 'hmac' ? [signature.header] : webhookHeaders
  const mistake = names.map((name) => presenceMistake(name, headers)).find((one) => one !== undefined)
  if (mistake !== undefined) return { kind: 'mistaken', mistake }
  const [first = '', ...rest] = names.map((name) => headers[name]?.[0] ?? '')
  try {
    const key = await secret(signature.secret)
    const found =
      signature.kind === 'hmac'
        ? hmacMistake(first, body, key, signature.header)
        : webhookMistake([first, ...rest], body, key, now())
    return found === undefined ? { kind: 'matched' } : { kind: 'mistaken', mistake: found }
  } catch (cause) {
    if (!(cause instanceof SecretError)) throw cause
    return { kind: 'unknown', cause }
  }
}

function presenceMistake(name: string, headers: Headers): string | undefined {
  const times = headers[name]?.length ?? 0
  if (times === 0) return `the header ${name} is missing`
  return times === 1 ? undefined : `the header ${name} appears ${times} times`
}

/** `sha256=` and the hexadecimal HMAC-SHA256 of the body, as GitHub has it. */
function hmacMistake(given: string, body: Uint8Array, secret: string, header: string): string | undefined {
  const expected = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  return isSame(given, expected)
    ? undefined
    : `the header ${header} does not match this body and the secret of the source`
}

const webhookHeaders = ['webhook-id', 'webhook-timestamp', 'webhook-signature']

/** `values` are those of `webhookHeaders`. Source: Standard Webhooks 1.0, https://github.com/standard-webhooks/standard-webhooks. */
function webhookMistake(values: readonly string[], body: Uint8Array, secret: string, now: Date): string | undefined {
  const [id = '', timestamp = '', signatures = ''] = values
  if (!/^\d{1,12}$/.test(timestamp)) return 'webhook-timestamp is not in seconds since 1970'
  const ageSeconds = Math.floor(now.getTime() / 1000) - Number(timestamp)
  if (Math.abs(ageSeconds) > ageMaxSeconds) {
    return `webhook-timestamp differs from our clock by ${Math.abs(ageSeconds)} s: at most ${ageMaxSeconds} s was expected`
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  if (key.length === 0) return 'the secret of this source is not base64'
  const expected = `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
  // Several while a secret is exchanged for another.
  const matching = signatures.split(' ').filter((given) => isSame(given, expected))
  return matching.length > 0 ? undefined : 'no v1 signature in webhook-signature is of this message and this secret'
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}
