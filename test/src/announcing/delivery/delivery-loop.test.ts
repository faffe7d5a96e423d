import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { Delivery, FreePlaces, Sink } from '../../../../src/announcing/outgoing-event.ts'
import {
  backOffMs,
  createSender,
  type Send,
  type SenderStore,
} from '../../../../src/announcing/delivery/delivery-loop.ts'

const limits = { deliveries: 2, timeoutMs: 1_000, pollMs: 60_000, waitMinMs: 1_000, waitMaxMs: 30_000 }

interface Noted {
  readonly asked: (readonly FreePlaces[])[]
  readonly delivered: string[]
  readonly leases: (number | undefined)[]
  readonly hurried: string[]
  readonly postponed: string[]
  readonly waitsMs: number[]
  readonly givenUp: string[]
  readonly gone: string[]
}

/** Deliveries by sink, each sink one service's; a queue in memory that gives what it is asked for. */
function storeOf(waiting: Readonly<Record<string, Delivery[]>>): SenderStore & {
  readonly noted: Noted
  add(sink: string, more: readonly Delivery[]): void
} {
  const noted: Noted = {
    asked: [],
    delivered: [],
    leases: [],
    hurried: [],
    postponed: [],
    waitsMs: [],
    givenUp: [],
    gone: [],
  }
  return {
    noted,
    add: (sink, more) => waiting[sink]?.push(...more),
    async take(wanted) {
      noted.asked.push(wanted)
      return wanted.flatMap(({ to, free }) => waiting[to.name]?.splice(0, free) ?? [])
    },
    async delivered({ sink, eventId }, next) {
      noted.delivered.push(`${sink} ${eventId}`)
      noted.leases.push(next?.leaseMs)
      return next === undefined ? undefined : waiting[sink]?.shift()
    },
    async postpone({ eventId }, { waitMs, pauseMs }) {
      noted.waitsMs.push(waitMs)
      noted.postponed.push(pauseMs === undefined ? eventId : `${eventId} for ${pauseMs} ms`)
    },
    async giveUp({ eventId }) {
      noted.givenUp.push(eventId)
    },
    async gone(sink, url) {
      noted.gone.push(`${sink} ${url}`)
    },
    async hurry(sink) {
      noted.hurried.push(sink)
    },
  }
}

function deliveries(sink: string, count: number, attempts = 1): Delivery[] {
  return Array.from({ length: count }, (_, place) => {
    const position = String(place + 1)
    return {
      sink,
      position,
      eventId: `e${position}`,
      eventType: 't',
      body: '{}',
      attempts,
      lease: '1',
      takenAt: new Date(0),
    }
  })
}

function senderOf(store: SenderStore, send: Send<Sink>, names: readonly string[] = ['ci'], now = () => 0) {
  const sinks = names.map((name): Sink => ({ name, url: `http://${name}`, origin: 'file', keyGeneration: 0 }))
  const log = pino({ level: 'silent' })
  return createSender({ sinks: async () => sinks, store, send, log, random: () => 0, now }, limits)
}

/** Resolves when `isSo`; everything here happens within a few turns of the event loop. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

test('a sink that does not answer takes no place of another', async () => {
  const store = storeOf({ slow: deliveries('slow', 9), quick: deliveries('quick', 9) })
  const sent = { slow: 0, quick: 0 }
  const sender = senderOf(
    store,
    ({ sink }, _to, { stopping }) => {
      sent[sink as 'slow' | 'quick'] += 1
      if (sink === 'quick') return Promise.resolve(undefined)
      return new Promise((resolve) =>
        stopping.addEventListener('abort', () => resolve({ kind: 'later', message: 'the service stopped' })),
      )
    },
    ['slow', 'quick'],
  )
  sender.start()
  await until(() => sent.quick === 9)
  await sender.stop(0)
  expect(sent.slow).toBe(2)
  expect(store.noted.postponed).toEqual(['e1', 'e2'])
  expect(store.noted.asked.at(-1)).toMatchObject([{ to: { name: 'quick' }, free: 2 }])
})

test('after twenty events of one service in a row it is the turn of another', async () => {
  const store = storeOf({ ci: deliveries('ci', 45) })
  const sender = senderOf(store, async () => undefined)
  sender.start()
  await until(() => store.noted.delivered.length === 45)
  await sender.stop(0)
  const lastInARow = store.noted.leases.filter((leaseMs) => leaseMs === undefined)
  expect(store.noted.asked.length).toBeGreaterThan(1)
  expect(lastInARow.length).toBe(2)
})

test('a sink that takes an event again gets what was postponed', async () => {
  const store = storeOf({ ci: deliveries('ci', 1, 3) })
  const sender = senderOf(store, async () => undefined)
  sender.start()
  await until(() => store.noted.hurried.length > 0)
  await sender.stop(0)
  expect(store.noted.hurried).toEqual(['ci'])
})

test('a sink that took the first one is not hurried', async () => {
  const store = storeOf({ ci: deliveries('ci', 3) })
  const sender = senderOf(store, async () => undefined)
  sender.start()
  await until(() => store.noted.delivered.length === 3)
  await sender.stop(0)
  expect(store.noted.hurried).toEqual([])
})

test('a sender that stops begins nothing more', async () => {
  const store = storeOf({ ci: deliveries('ci', 9) })
  const first = Promise.withResolvers<undefined>()
  const sender = senderOf(store, () => first.promise)
  sender.start()
  await until(() => store.noted.asked.length > 0)
  const stopped = sender.stop(5_000)
  first.resolve(undefined)
  await stopped
  expect(store.noted.leases).toEqual([undefined, undefined])
})

test('the wait doubles up to its limit, and is spread over its upper half', () => {
  const waits = (random: number): number[] =>
    [1, 2, 3, 5, 6, 40, 5000].map((tries) => backOffMs(tries, limits, () => random))
  expect(waits(0)).toEqual([500, 1000, 2000, 8000, 15_000, 15_000, 15_000])
  expect(waits(0.999_999_9)[0]).toBeCloseTo(1000)
  expect(waits(0.999_999_9)[5]).toBeCloseTo(30_000, -1)
})

test('an event that is refused for good is given up, and the sink asked for no other at once', async () => {
  const store = storeOf({ ci: deliveries('ci', 1) })
  const sender = senderOf(store, async () => ({ kind: 'never', message: 'answered 400' }))
  sender.start()
  await until(() => store.noted.givenUp.length > 0)
  await sender.stop(0)
  expect(store.noted).toMatchObject({ givenUp: ['e1'], postponed: [], delivered: [] })
})

test('an address that is gone is noted, and its event kept', async () => {
  const store = storeOf({ ci: deliveries('ci', 1) })
  const sender = senderOf(store, async () => ({ kind: 'gone', message: 'answered 410' }))
  sender.start()
  await until(() => store.noted.postponed.length > 0)
  await sender.stop(0)
  expect(store.noted).toMatchObject({ gone: ['ci http://ci'], postponed: ['e1'], givenUp: [] })
})

test('one that fails again and again is tried every 30 s, however long it takes to fail', async () => {
  const store = storeOf({ ci: deliveries('ci', 1, 50) })
  const clock = [0, 10_000]
  const send: Send<Sink> = async () => ({ kind: 'later', message: 'no answer within 10000 ms' })
  const sender = senderOf(store, send, ['ci'], () => clock.shift() ?? 10_000)
  sender.start()
  await until(() => store.noted.postponed.length > 0)
  await sender.stop(0)
  // Half of 30 s at the least, of which 10 s are over.
  expect(store.noted.waitsMs).toEqual([5_000])
})

test('a sink that asks to be left alone is, for all services, and others are not', async () => {
  const store = storeOf({ ci: deliveries('ci', 4), chat: deliveries('chat', 1) })
  let now = 0
  const sent: string[] = []
  const send: Send<Sink> = async ({ sink, eventId }) => {
    sent.push(`${sink} ${eventId}`)
    return sink === 'ci' && now === 0 ? { kind: 'later', message: 'answered 429', pauseMs: 7_000 } : undefined
  }
  const sender = senderOf(store, send, ['ci', 'chat'], () => now)
  sender.start()
  await until(() => store.noted.postponed.length === 2 && store.noted.delivered.length === 1)
  now = 6_999
  sender.wake()
  await until(() => store.noted.asked.at(-1)?.length === 1)
  expect(sent).toEqual(['ci e1', 'ci e2', 'chat e1'])
  now = 7_000
  sender.wake()
  await until(() => sent.length === 5)
  await sender.stop(0)
  expect(sent.slice(3)).toEqual(['ci e3', 'ci e4'])
})

test('a sink that asks to be left alone at one address is sent to at another', async () => {
  const store = storeOf({ ci: deliveries('ci', 1) })
  let url = 'http://ci'
  const sinks = async (): Promise<readonly Sink[]> => [{ name: 'ci', url, origin: 'api', keyGeneration: 1 }]
  const send: Send<Sink> = async (_delivery, to) =>
    to.url === 'http://ci' ? { kind: 'later', message: 'answered 429', pauseMs: 3_600_000 } : undefined
  const log = pino({ level: 'silent' })
  const sender = createSender({ sinks, store, send, log, random: () => 0, now: () => 0 }, limits)
  sender.start()
  await until(() => store.noted.postponed.length === 1)
  url = 'http://ci.new'
  store.add('ci', deliveries('ci', 1))
  sender.wake()
  await until(() => store.noted.delivered.length === 1)
  await sender.stop(0)
  expect(store.noted.delivered).toEqual(['ci e1'])
})

test('when what waits cannot be made due, the next event is sent all the same, and it is tried again', async () => {
  const store = storeOf({ ci: deliveries('ci', 3, 2) })
  const failures = [new Error('deadlock detected')]
  const failingOnce: SenderStore = {
    ...store,
    hurry: async (sink) => {
      const failure = failures.shift()
      if (failure !== undefined) throw failure
      return store.hurry(sink)
    },
  }
  const sender = senderOf(failingOnce, async () => undefined)
  sender.start()
  await until(() => store.noted.delivered.length === 3)
  await sender.stop(0)
  expect(store.noted.hurried).toEqual(['ci', 'ci'])
})

test('one that failed and takes the first try of another event gets what was postponed', async () => {
  const store = storeOf({ ci: deliveries('ci', 2) })
  let isAway = true
  const send: Send<Sink> = async () => (isAway ? { kind: 'later', message: 'answered 500' } : undefined)
  const sender = senderOf(store, send)
  sender.start()
  await until(() => store.noted.postponed.length === 2)
  isAway = false
  store.add('ci', deliveries('ci', 2))
  sender.wake()
  await until(() => store.noted.delivered.length === 2)
  await sender.stop(0)
  expect(store.noted.hurried).toEqual(['ci'])
})

test('what the sink asks for is kept beside the wait', async () => {
  const store = storeOf({ ci: deliveries('ci', 1) })
  const sender = senderOf(store, async () => ({ kind: 'later', message: 'answered 503', pauseMs: 7_000 }))
  sender.start()
  await until(() => store.noted.postponed.length > 0)
  await sender.stop(0)
  expect(store.noted.postponed).toEqual(['e1 for 7000 ms'])
})
