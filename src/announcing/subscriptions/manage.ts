import { v4, v7 } from 'uuid'
import { z } from 'zod'
import { PharosError } from '../../base/errors.ts'
import type { Sink } from '../outgoing-event.ts'
import { keysOf, type KeyState, type SigningKeys } from '../delivery/signing-keys.ts'
import { describeSubscribers, toKey, type FileSink } from './subscriber-standing.ts'
import {
  redeliveriesMax,
  type DeliveriesPage,
  type DeliveriesWanted,
  type NewSubscription,
  type Subscriber,
  type SubscriberKey,
  type SubscriptionChanges,
  type SubscriptionStore,
} from './subscriptions.ts'

export interface SubscribersDeps {
  readonly store: SubscriptionStore
  readonly sinks: readonly FileSink[]
  /** Undefined: there is no secret to sign with. */
  readonly signing: SigningKeys | undefined
  /** Why a subscription must not lead there, a sentence; undefined when it may. */
  readonly refusal: (url: string) => Promise<string | undefined>
  /** One try: undefined when it was taken, else a sentence why not. Never rejects. */
  readonly tryOnce: (
    message: { readonly id: string; readonly body: string; readonly sentAt: Date },
    to: Sink & { readonly keys: readonly string[] | undefined },
  ) => Promise<string | undefined>
  /** The `source` of events. */
  readonly source: string
  readonly now: () => Date
}

/** A key, this once. */
export interface IssuedKey extends SubscriberKey {
  readonly signingKey: string
}

/** What became of an event that was sent only to see whether it arrives. */
export interface Tried {
  readonly ok: boolean
  readonly message: string
  readonly durationMs: number
}

/** Everything that can be done with subscriptions and the sinks of `pharos.yaml`. Throws PharosError for what a caller can fix. */
export interface Subscribers {
  list(): Promise<readonly Subscriber[]>
  find(id: string): Promise<Subscriber>
  create(wanted: Omit<NewSubscription, 'id'>): Promise<{ readonly subscriber: Subscriber; readonly key: IssuedKey }>
  change(id: string, changes: SubscriptionChanges): Promise<Subscriber>
  remove(id: string): Promise<void>
  /** A new key; those before count for `overlapMs` more, none longer than it would have. */
  rotateKey(id: string, overlapMs: number): Promise<IssuedKey>
  /** Sends an event of no meaning at once, whether it is enabled or not. A sink that takes it is not gone any more. */
  test(id: string): Promise<Tried>
  deliveries(id: string, wanted: DeliveriesWanted): Promise<DeliveriesPage>
  redeliver(id: string, eventId: string): Promise<void>
  redeliverSince(id: string, since: Date): Promise<number>
}

/** Of the event that `test` sends: nobody promotes anything on it. */
const testType = 'pharos.subscription.test'

export function createSubscribers(deps: SubscribersDeps): Subscribers {
  const { store, signing } = deps
  const sinks = new Map(deps.sinks.map((sink) => [sink.name, sink]))

  async function find(id: string): Promise<Subscriber> {
    const file = sinks.get(id)
    const subscription = file === undefined && isUuid(id) ? await store.find(id) : undefined
    const [found] = await describeSubscribers(
      { sinks: file === undefined ? [] : [file], subscriptions: subscription === undefined ? [] : [subscription] },
      deps,
    )
    if (found === undefined) throw notFound(id)
    return found
  }

  /** Its id as it is written. Throws for what cannot be a subscription: a sink of the file, which only the file can change, among it. */
  function idOf(id: string): string {
    if (sinks.has(id)) {
      throw new PharosError('subscription_in_file', `${id} is a sink of pharos.yaml: change it there and start again`)
    }
    if (!isUuid(id)) throw notFound(id)
    return id.toLowerCase()
  }

  async function checkUrl(url: string): Promise<void> {
    const message = await deps.refusal(url)
    if (message === undefined) return
    const mistakes = [{ pointer: '/url', code: 'url_not_allowed', message }]
    throw new PharosError('invalid_request', "the request's body is not valid", { mistakes })
  }

  function signingOrThrow(): SigningKeys {
    if (signing !== undefined) return signing
    throw new PharosError(
      'signing_secret_missing',
      'every subscription is signed, and there is no secret to derive keys from: start Pharos with PHAROS_SECRET_KEY',
    )
  }

  return {
    list: async () => describeSubscribers({ sinks: deps.sinks, subscriptions: await store.list() }, deps),
    find,
    async create(wanted) {
      const keys = signingOrThrow()
      await checkUrl(wanted.url)
      const id = v7()
      const key = await store.add({ id, ...wanted }, keys.secretCheck)
      if (key === undefined) {
        throw new PharosError(
          'too_many_subscriptions',
          'there are 100 subscriptions, which is the most: delete one first',
        )
      }
      return { subscriber: await find(id), key: issued(key, keys) }
    },
    async change(asked, changes) {
      const id = idOf(asked)
      if (changes.url !== undefined) await checkUrl(changes.url)
      if ((await store.change(id, changes)) === undefined) throw notFound(id)
      return find(id)
    },
    async remove(asked) {
      const id = idOf(asked)
      if (!(await store.remove(id))) throw notFound(id)
    },
    async rotateKey(asked, overlapMs) {
      const { id, origin } = await find(asked)
      const keys = signingOrThrow()
      const key = await store.nextKey({ sink: id, origin }, keys.secretCheck, overlapMs)
      if (key === undefined) throw notFound(id)
      return issued(key, keys)
    },
    async test(asked) {
      const { id, url, origin } = await find(asked)
      const state = (await store.keys()).find(({ sink }) => sink === id)
      const keys = state === undefined ? [] : keysOf(state, signing)
      const startedAt = deps.now()
      const to = { name: id, url, origin, keyGeneration: state?.generation ?? 0, keys }
      const failure = await deps.tryOnce(testMessage(id, deps.source, startedAt), to)
      if (failure === undefined && origin === 'file') await store.reachable(id, url)
      const durationMs = deps.now().getTime() - startedAt.getTime()
      return { ok: failure === undefined, message: failure ?? 'the event was taken', durationMs }
    },
    async deliveries(asked, wanted) {
      const { id } = await find(asked)
      return store.deliveries(id, wanted)
    },
    async redeliver(asked, eventId) {
      const { id } = await find(asked)
      if (isUuid(eventId) && (await store.redeliver(id, eventId))) return
      throw new PharosError('delivery_not_found', `no event ${eventId} was for ${id}, or it is not kept any more`)
    },
    async redeliverSince(asked, since) {
      const { id, filter } = await find(asked)
      const count = await store.redeliverSince(id, since, filter)
      if (count !== undefined) return count
      const most = redeliveriesMax.toLocaleString('en')
      const message = `more than ${most} events were written since then, which is the most at once: choose a later time`
      const mistakes = [{ pointer: '/since', code: 'too_many', message }]
      throw new PharosError('invalid_request', "the request's body is not valid", { mistakes })
    },
  }
}

function notFound(id: string): PharosError {
  return new PharosError(
    'subscription_not_found',
    `there is no subscription ${id}, and no sink of this name in pharos.yaml`,
  )
}

function isUuid(text: string): boolean {
  return z.uuid().safeParse(text).success
}

function issued(state: KeyState, signing: SigningKeys): IssuedKey {
  return { ...toKey(state, signing), signingKey: signing.keyOf(state.sink, state.generation) }
}

/** A CloudEvent in structured JSON. */
function testMessage(subscription: string, source: string, sentAt: Date): Parameters<SubscribersDeps['tryOnce']>[0] {
  const id = v4()
  const attributes = { specversion: '1.0', id, source, type: testType, datacontenttype: 'application/json' }
  const data = { subscription, message: 'Sent to see whether it arrives; nothing was evaluated.' }
  return { id, body: JSON.stringify({ ...attributes, time: sentAt.toISOString(), data }), sentAt }
}
