import type { Sink } from '../outgoing-event.ts'
import { keysOf, type SigningKeys } from './signing-keys.ts'
import type { Addressee } from '../subscriptions/subscriptions.ts'
import type { Webhook } from './webhook.ts'

export interface WebhooksDeps {
  readonly addressees: () => Promise<readonly Addressee[]>
  /** Undefined: there is no secret to sign with. */
  readonly signing: SigningKeys | undefined
}

/** Where to send now: the sinks of `pharos.yaml`, and every subscription that is enabled and not paused. */
export async function listWebhooks(
  sinks: readonly Pick<Sink, 'name' | 'url'>[],
  { addressees, signing }: WebhooksDeps,
): Promise<readonly Webhook[]> {
  const standing = await addressees()
  const keyOf = new Map(standing.map(({ sink, key }) => [sink, key]))
  const webhook = (name: string, url: string, origin: Sink['origin']): Webhook => {
    const key = keyOf.get(name) ?? null
    return { name, url, origin, keyGeneration: key?.generation ?? 0, keys: key === null ? [] : keysOf(key, signing) }
  }
  return [
    ...sinks.map(({ name, url }) => webhook(name, url, 'file')),
    ...standing.flatMap(({ sink, url }) => (url === null ? [] : [webhook(sink, url, 'api')])),
  ]
}
