import type { Logger } from 'pino'
import type { Sink } from '../outgoing-event.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { FileSink } from '../subscriptions/subscriber-standing.ts'
import type { Addressee } from '../subscriptions/subscriptions.ts'
import { createEgress } from '../../net/egress.ts'
import type { SinkFilter } from '../keptn-events.ts'
import { createDnsLookUp, createSystemLookUp } from '../../net/dns.ts'
import type { NatsLink } from '../../net/nats-connection.ts'
import { publish } from './nats-publish.ts'
import { createSender, type Send, type SenderDeps, type Sender, type SenderStore } from './delivery-loop.ts'
import { createPost, type Post, type Webhook } from './webhook.ts'
import { listWebhooks } from './webhooks.ts'

/** An event that was not taken is sent again after the first wait; it doubles up to the second. */
const waits = { waitMinMs: 1_000, waitMaxMs: 30_000 }

/** Whoever fails is tried every 30 s, however rarely others are looked after. */
const pollMaxMs = 10_000

/** Where the configuration says that events go. */
interface Destinations {
  readonly sinks: readonly FileSink[]
  readonly nats: { readonly stream: string } | undefined
}

/** Everybody that events are for: the sinks, and the NATS stream under a name that no sink can have. */
export function recipients({ sinks, nats }: Destinations): readonly SinkFilter[] {
  return nats === undefined ? sinks : [...sinks, { name: natsName(nats) }]
}

function natsName({ stream }: { readonly stream: string }): string {
  return `nats:${stream}`
}

export interface SendersSettings extends Destinations {
  readonly limits: { readonly pollMs: number; readonly deliveries: number; readonly deliveryTimeoutMs: number }
  /** What subscriptions may lead to though it is not public. */
  readonly subscriptions: { readonly allow: readonly string[] }
}

export interface SendersDeps {
  readonly store: SenderStore
  readonly addressees: () => Promise<readonly Addressee[]>
  /** Undefined: there is no secret to sign with. */
  readonly signing: SigningKeys | undefined
  /** Undefined: NATS is not used. */
  readonly link: NatsLink | undefined
  /** Whoever waits for one try hears at once that the service stops. */
  readonly stopping: AbortSignal
  readonly log: Logger
}

export interface Senders extends Sender {
  /** Why a subscription must not lead there, a sentence; undefined when it may. */
  refusal(url: string): Promise<string | undefined>
  /** One try of a message that is nowhere kept: undefined when it was taken, else a sentence why not. Never rejects. */
  tryOnce(message: Parameters<Post>[0], to: Webhook): Promise<string | undefined>
}

/** One sender for whoever is reached over HTTP, and one of its own for NATS, so that neither waits for the other. */
export function createSenders({ limits, sinks, subscriptions }: SendersSettings, deps: SendersDeps): Senders {
  const { store, link, log } = deps
  const pollMs = Math.min(limits.pollMs, pollMaxMs)
  const sending = {
    deliveries: limits.deliveries,
    timeoutMs: limits.deliveryTimeoutMs,
    pollMs,
    waitMinMs: waits.waitMinMs,
    // What is due is found by the next look.
    waitMaxMs: waits.waitMaxMs - pollMs,
  }
  const system = createSystemLookUp()
  const egress = createEgress({
    allow: subscriptions.allow,
    connectTimeoutMs: limits.deliveryTimeoutMs,
    system,
    dns: createDnsLookUp(system),
  })
  const post = createPost(egress)
  const create = <To extends Sink>(to: SenderDeps<To>['sinks'], send: Send<To>): Sender =>
    createSender({ sinks: to, store, send, log, random: Math.random, now: () => performance.now() }, sending)
  const toWebhooks = create(
    () => listWebhooks(sinks, deps),
    ({ eventId, body, takenAt }, to, within) => post({ id: eventId, body, sentAt: takenAt }, to, within),
  )
  const senders = link === undefined ? [toWebhooks] : [toWebhooks, toNats(link)]

  function toNats(to: NatsLink): Sender {
    const stream: readonly Sink[] = [{ name: natsName(to), url: '', origin: 'file', keyGeneration: 0 }]
    const sender = create(
      async () => stream,
      async (delivery, _to, { timeoutMs }) => {
        const message = await publish(delivery, to, timeoutMs)
        return message === undefined ? undefined : { kind: 'later', message }
      },
    )
    to.onConnected(() => sender.wake())
    return sender
  }

  return {
    start: () => senders.forEach((sender) => sender.start()),
    wake: () => senders.forEach((sender) => sender.wake()),
    refusal: (url) => egress.refusal(url),
    tryOnce: async (message, to) =>
      (await post(message, to, { timeoutMs: limits.deliveryTimeoutMs, stopping: deps.stopping }))?.message,
    async stop(graceMs) {
      await Promise.all(senders.map((sender) => sender.stop(graceMs)))
      await Promise.all([egress.guarded.destroy(), egress.open.destroy()])
    },
  }
}
