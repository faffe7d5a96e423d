import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { SinkFilter } from './keptn.ts'
import type { NatsLink } from './nats-link.ts'
import { publish } from './nats-publish.ts'
import { createSender, postTo, type Send, type Sender, type SenderStore, type Sink } from './sender.ts'

/** An event that was not taken is sent again after the first wait; it doubles up to the second. */
const waits = { waitMinMs: 1_000, waitMaxMs: 30_000 }

/** Everybody that events are for: the sinks, and the NATS stream under a name that no sink can have. */
export function recipients({ sinks, nats }: Pick<Config, 'sinks' | 'nats'>): readonly SinkFilter[] {
  return nats === undefined ? sinks : [...sinks, { name: natsName(nats), types: undefined }]
}

function natsName({ stream }: { readonly stream: string }): string {
  return `nats:${stream}`
}

export interface SendersDeps {
  readonly store: SenderStore
  /** Undefined: NATS is not used. */
  readonly link: NatsLink | undefined
  readonly log: Logger
}

/** One sender for the sinks, and one of its own for NATS, so that neither waits for the other. */
export function createSenders({ sinks, limits }: Config, { store, link, log }: SendersDeps): Sender {
  const sending = {
    deliveries: limits.deliveries,
    timeoutMs: limits.deliveryTimeoutMs,
    pollMs: limits.pollMs,
    ...waits,
  }
  const create = (to: readonly Sink[], send: Send): Sender =>
    createSender(to, { store, send, log, random: Math.random }, sending)
  const toSinks = create(sinks, postTo(sinks))
  if (link === undefined) return toSinks

  const toNats = create([{ name: natsName(link), url: '' }], async (delivery, { timeoutMs }) => {
    const message = await publish(delivery, link, timeoutMs)
    return message === undefined ? undefined : { kind: 'later', message }
  })
  link.onConnected(() => toNats.wake())
  return {
    start() {
      toSinks.start()
      toNats.start()
    },
    wake() {
      toSinks.wake()
      toNats.wake()
    },
    async stop(graceMs) {
      await Promise.all([toSinks.stop(graceMs), toNats.stop(graceMs)])
    },
  }
}
