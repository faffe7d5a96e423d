import { setTimeout as after } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { NatsLink } from '../net/nats-connection.ts'
import { createSenders, type SendersDeps, type SendersSettings } from './delivery/deliveries.ts'
import { createSigningKeys } from './delivery/signing-keys.ts'
import type { EventStreamStore, FollowDeps } from './event-stream.ts'
import { createRetention, type RetentionDeps } from './retention.ts'
import { createSubscribers, type Subscribers } from './subscriptions/manage.ts'
import type { SubscriptionStore } from './subscriptions/subscriptions.ts'

export interface AnnouncingSettings extends SendersSettings {
  readonly subscriptions: SendersSettings['subscriptions'] & {
    /** What signing keys are derived from; undefined: no one can subscribe. */
    readonly secretKey: string | undefined
  }
  readonly events: { readonly source: string; readonly retentionMs: number }
}

export interface AnnouncingRoomDeps {
  readonly store: {
    readonly deliveries: SendersDeps['store']
    readonly addressees: SendersDeps['addressees']
    readonly subscriptions: SubscriptionStore
    readonly stream: EventStreamStore
    readonly removeOldEvents: RetentionDeps['removeOld']
  }
  /** Undefined: NATS is not used. */
  readonly link: NatsLink | undefined
  /** Aborts when the service begins to stop. */
  readonly stopping: AbortSignal
  readonly isUnavailable: RetentionDeps['isUnavailable']
  readonly log: Logger
}

/** Everything that leaves the service as an event, and who receives it. */
export interface Announcing {
  readonly subscribers: Subscribers
  /** What following the stream of events needs. */
  readonly follow: FollowDeps
  start(): void
  /** There may be something to deliver: look now. */
  wake(): void
  /** Gives deliveries under way `graceMs` to finish. */
  stop(graceMs: number): Promise<void>
}

export function openAnnouncing(settings: AnnouncingSettings, deps: AnnouncingRoomDeps): Announcing {
  const { store, link, stopping, isUnavailable, log } = deps
  const { secretKey } = settings.subscriptions
  const signing = secretKey === undefined ? undefined : createSigningKeys(secretKey)
  const { deliveries, addressees } = store
  const sender = createSenders(settings, { store: deliveries, addressees, signing, link, stopping, log })
  const retention = createRetention(settings.events.retentionMs, {
    removeOld: store.removeOldEvents,
    isUnavailable,
    log,
  })
  return {
    subscribers: createSubscribers({
      store: store.subscriptions,
      sinks: settings.sinks,
      signing,
      refusal: (to) => sender.refusal(to),
      tryOnce: (message, to) => sender.tryOnce(message, to),
      source: settings.events.source,
      now: () => new Date(),
    }),
    follow: {
      store: store.stream,
      wait: (signal) => after(settings.limits.pollMs, undefined, { signal }).catch(() => undefined),
      now: () => performance.now(),
    },
    start() {
      sender.start()
      retention.start()
    },
    wake: () => sender.wake(),
    async stop(graceMs) {
      await sender.stop(graceMs)
      await retention.stop()
    },
  }
}
