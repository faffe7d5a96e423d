import type { EventFilter } from '../../base/event-filter.ts'
import { keysOf, type KeyState, type SigningKeys } from '../delivery/signing-keys.ts'
import type { Subscriber, SubscriberKey, Subscription, SubscriptionStore } from './subscriptions.ts'

/** A sink of `pharos.yaml`. */
export interface FileSink extends EventFilter {
  readonly name: string
  readonly url: string
}

export interface StandingDeps {
  readonly store: Pick<SubscriptionStore, 'keys' | 'standings'>
  /** Undefined: there is no secret to sign with. */
  readonly signing: SigningKeys | undefined
}

/** Sinks, then subscriptions, each as it is now: its key, what waits for it, whether it is gone. */
export async function describeSubscribers(
  of: { readonly sinks: readonly FileSink[]; readonly subscriptions: readonly Subscription[] },
  { store, signing }: StandingDeps,
): Promise<readonly Subscriber[]> {
  const all = [...of.sinks.map((sink) => ofFile(sink)), ...of.subscriptions.map((subscription) => ofApi(subscription))]
  const [keys, standings] = await Promise.all([
    store.keys(),
    store.standings(all.map(({ id, url }) => ({ sink: id, url }))),
  ])
  const keyOf = new Map(keys.map((state) => [state.sink, state]))
  const standingOf = new Map(standings.map((standing) => [standing.sink, standing]))
  return all.map((subscriber): Subscriber => {
    const state = keyOf.get(subscriber.id)
    const { waiting = 0, givenUp = 0, gone = null } = standingOf.get(subscriber.id) ?? {}
    return {
      ...subscriber,
      enabled: subscriber.enabled && gone === null,
      disabledBecause: subscriber.disabledBecause ?? gone,
      key: state === undefined ? null : toKey(state, signing),
      waiting,
      givenUp,
    }
  })
}

type Standing = Omit<Subscriber, 'key' | 'waiting' | 'givenUp'>

function ofFile({ name, url, ...filter }: FileSink): Standing {
  const file = { origin: 'file', enabled: true, paused: false, disabledBecause: null } as const
  return { id: name, url, filter, ...file, createdAt: null, changedAt: null }
}

function ofApi(subscription: Subscription): Standing {
  return { ...subscription, origin: 'api' }
}

/** What is shown of a key. */
export function toKey(state: KeyState, signing: SigningKeys | undefined): SubscriberKey {
  const { generation, earlier } = state
  return { generation, earlier, isAtHand: keysOf(state, signing) !== undefined }
}
