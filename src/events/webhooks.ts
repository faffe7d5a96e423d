import { keysOf, type SigningKeys } from '../signing-keys.ts'
import type { Target } from '../subscriptions.ts'
import type { Sink } from './sender.ts'
import type { Webhook } from './webhook.ts'

export interface WebhooksDeps {
  readonly targets: () => Promise<readonly Target[]>
  /** Undefined: there is no secret to sign with. */
  readonly signing: SigningKeys | undefined
}

/** Where to send now: the sinks of `pharos.yaml`, and every subscription that is enabled and not paused. */
export async function listWebhooks(
  sinks: readonly Sink[],
  { targets, signing }: WebhooksDeps,
): Promise<readonly Webhook[]> {
  const standing = await targets()
  const keys = new Map(standing.map(({ sink, key }) => [sink, key === null ? [] : keysOf(key, signing)]))
  const webhook = ({ name, url }: Sink, isGuarded: boolean): Webhook => {
    return { name, url, isGuarded, keys: keys.has(name) ? keys.get(name) : [] }
  }
  return [
    ...sinks.map((sink) => webhook(sink, false)),
    ...standing.flatMap(({ sink: name, url }) => (url === null ? [] : [webhook({ name, url }, true)])),
  ]
}
