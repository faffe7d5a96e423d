import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { SinkFilter } from './keptn.ts'
import { createNatsPublisher } from './nats.ts'
import { createSender, postTo, type Send, type Sender, type SenderStore } from './sender.ts'

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
  readonly secret: (reference: string) => Promise<string>
  readonly log: Logger
}

/** One sender for the sinks, and one of its own for NATS, so that neither waits for the other. */
export function createSenders({ sinks, nats, limits }: Config, deps: SendersDeps): Sender {
  const { store, log } = deps
  const sending = {
    deliveries: limits.deliveries,
    timeoutMs: limits.deliveryTimeoutMs,
    pollMs: limits.pollMs,
    ...waits,
  }
  const create = (names: readonly string[], send: Send): Sender =>
    createSender(names, { store, send, log, random: Math.random }, sending)
  const toSinks = create(
    sinks.map(({ name }) => name),
    postTo(sinks),
  )
  if (nats === undefined) return toSinks

  const { token } = nats
  const publisher = createNatsPublisher(nats, {
    token: async () => (token === undefined ? undefined : deps.secret(token)),
    connected: () => toNats.wake(),
    log,
  })
  const toNats = create([natsName(nats)], (delivery, { timeoutMs }) => publisher.publish(delivery, timeoutMs))
  return {
    start() {
      publisher.start()
      toSinks.start()
      toNats.start()
    },
    wake() {
      toSinks.wake()
      toNats.wake()
    },
    async stop(graceMs) {
      await Promise.all([toSinks.stop(graceMs), toNats.stop(graceMs)])
      await publisher.stop()
    },
  }
}
