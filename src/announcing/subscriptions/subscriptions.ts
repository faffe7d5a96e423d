import type { EventFilter } from '../../base/event-filter.ts'
import type { EarlierKey, KeyState } from '../delivery/signing-keys.ts'

/** Who is told of events, by somebody's request. Its id is the sink of its deliveries. */
export interface Subscription {
  /** UUID v7. */
  readonly id: string
  readonly url: string
  readonly filter: EventFilter
  /** Nothing new is for it while it is not, and what waits is not sent. */
  readonly enabled: boolean
  /** What is for it waits. */
  readonly paused: boolean
  /** What it answered when that disabled it; null when it is enabled, or was disabled by hand. */
  readonly disabledBecause: string | null
  readonly createdAt: Date
  readonly changedAt: Date
}

export type NewSubscription = Pick<Subscription, 'id' | 'url' | 'filter' | 'enabled' | 'paused'>

/** What is not there stays as it is; a list of the filter that is undefined holds all from now on. */
export interface SubscriptionChanges {
  readonly url?: string | undefined
  readonly filter?: EventFilter | undefined
  readonly enabled?: boolean | undefined
  readonly paused?: boolean | undefined
}

/** A subscription, or a sink of `pharos.yaml`, and how it is. */
export interface Subscriber {
  /** A sink's is its name. */
  readonly id: string
  readonly origin: 'api' | 'file'
  readonly url: string
  readonly filter: EventFilter
  readonly enabled: boolean
  readonly paused: boolean
  readonly disabledBecause: string | null
  readonly key: SubscriberKey | null
  /** Events that were not delivered yet, and those that were refused for good. */
  readonly waiting: number
  readonly givenUp: number
  /** Of a sink: null. */
  readonly createdAt: Date | null
  readonly changedAt: Date | null
}

/** A key that was issued, without the key. */
export interface SubscriberKey {
  readonly generation: number
  /** Those before that count too, the newest of them first. */
  readonly earlier: readonly EarlierKey[]
  /** Whether the secret that it was derived from is at hand: else nothing is sent. */
  readonly isAtHand: boolean
}

/** Who is sent to: of a sink of `pharos.yaml` only its key. */
export interface Addressee {
  readonly sink: string
  readonly url: string | null
  readonly key: KeyState | null
}

/** What stands of a sink in the tables. */
export interface SinkStanding {
  readonly sink: string
  readonly waiting: number
  readonly givenUp: number
  /** What its address answered when it said that it is gone. */
  readonly gone: string | null
}

/** An event and what became of it at one subscriber. */
export interface PastDelivery {
  readonly position: string
  readonly eventId: string
  readonly eventType: string
  readonly evaluationId: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly writtenAt: Date
  /** When it is tried next; of one that does not wait, null. */
  readonly dueAt: Date | null
  readonly deliveredAt: Date | null
  readonly givenUpAt: Date | null
  /** Of the last try that failed. */
  readonly lastError: string | null
}

export const deliveryStates = ['waiting', 'delivered', 'given_up'] as const
export type DeliveryState = (typeof deliveryStates)[number]

export interface SubscriptionStore {
  list(): Promise<readonly Subscription[]>
  find(id: string): Promise<Subscription | undefined>
  /** With its first key; undefined when there are as many as there may be. */
  add(added: NewSubscription, secretCheck: string): Promise<KeyState | undefined>
  change(id: string, changes: SubscriptionChanges): Promise<Subscription | undefined>
  /** False when there was none. */
  remove(id: string): Promise<boolean>
  keys(): Promise<readonly KeyState[]>
  /** Undefined when it is a subscription that has ended. */
  nextKey(
    of: { readonly sink: string; readonly origin: Subscriber['origin'] },
    secretCheck: string,
    overlapMs: number,
  ): Promise<KeyState | undefined>
  standings(sinks: readonly { readonly sink: string; readonly url: string }[]): Promise<readonly SinkStanding[]>
  /** An address that said it is gone is sent to again. */
  reachable(sink: string, url: string): Promise<void>
  deliveries(sink: string, wanted: DeliveriesWanted): Promise<DeliveriesPage>
  /** False when the sink has no such event. */
  redeliver(sink: string, eventId: string): Promise<boolean>
  /** How many; undefined, and nothing is done, when there are more than may be at once. */
  redeliverSince(sink: string, since: Date, filter: EventFilter): Promise<number | undefined>
}

export interface DeliveriesWanted {
  readonly state: DeliveryState | undefined
  /** Undefined: the newest. */
  readonly place: DeliveryPlace | undefined
  readonly limit: number
}

/** A position, and which way from it. */
export interface DeliveryPlace {
  readonly towards: 'older' | 'newer'
  readonly position: string
}

/** The newest first, at most as many as were wanted; `hasMore` that way. */
export interface DeliveriesPage {
  readonly entries: readonly PastDelivery[]
  readonly hasMore: boolean
}

/** Of one request; so many take half a minute to arrive. */
export const redeliveriesMax = 50_000
