import { createHmac, hkdfSync } from 'node:crypto'

/** Which key a sink's deliveries are signed with: its generation counts from 1. The key itself is nowhere. */
export interface KeyState {
  readonly sink: string
  readonly generation: number
  /** Of the secret that it was derived from. */
  readonly secretCheck: string
  /** The generations before that sign too, the newest of them first. */
  readonly earlier: readonly EarlierKey[]
}

export interface EarlierKey {
  readonly generation: number
  readonly until: Date
}

export interface SigningKeys {
  /** Tells one secret from another, and nothing about it. */
  readonly secretCheck: string
  /** `whsec_` and base64 of 32 bytes, as Standard Webhooks has it. */
  keyOf(sink: string, generation: number): string
}

/**
 * Keys derived from the service's secret by HKDF-SHA256 (RFC 5869), so that nothing but that secret has to be kept: each sink and
 * generation has a key of its own, and none of them tells another.
 */
export function createSigningKeys(secret: string): SigningKeys {
  const derive = (purpose: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `pharos ${purpose}`, bytes))
  return {
    secretCheck: derive('secret check', 8).toString('hex'),
    keyOf: (sink, generation) => `whsec_${derive(`webhook key ${generation} of ${sink}`, 32).toString('base64')}`,
  }
}

/** The keys that count now, the newest first; undefined when the secret that they were derived from is not at hand. */
export function keysOf(state: KeyState, signing: SigningKeys | undefined): readonly string[] | undefined {
  if (signing === undefined || signing.secretCheck !== state.secretCheck) return undefined
  return [state, ...state.earlier].map(({ generation }) => signing.keyOf(state.sink, generation))
}

/**
 * The headers of a signed message: one `v1` signature for each key. Without keys they say which message it is, and no more.
 * Source: Standard Webhooks 1.0, https://github.com/standard-webhooks/standard-webhooks.
 */
export function webhookHeaders(
  keys: readonly string[],
  { id, body, sentAt }: { readonly id: string; readonly body: string; readonly sentAt: Date },
): Record<string, string> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000))
  const signatures = keys.map((key) => {
    const bytes = Buffer.from(key.replace(/^whsec_/, ''), 'base64')
    return `v1,${createHmac('sha256', bytes).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp }
  return signatures.length === 0 ? headers : { ...headers, 'webhook-signature': signatures.join(' ') }
}
