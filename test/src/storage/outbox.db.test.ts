import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createAnnouncer, eventId, startedType } from '../../../src/announcing/keptn-events.ts'
import type { Delivery, Sink } from '../../../src/announcing/outgoing-event.ts'
import { createStore, type Store } from '../../../src/storage/store.ts'
import { freshDatabase, type FreshDatabase } from '../../support/database.ts'
import { ceilings, eventSettings, newEvaluation } from '../../support/evaluation.ts'

/** Deliveries as any number of processes see them. */

let fresh: FreshDatabase
let store: Store

beforeAll(async () => {
  fresh = await freshDatabase()
  store = createStore(fresh.database.pool, createAnnouncer(eventSettings, [{ name: 'ci' }, { name: 'chat' }]), ceilings)
})
afterAll(() => fresh.remove())
beforeEach(() =>
  fresh.database.pool.query(
    'truncate evaluations, idempotency_keys, incoming_events, outbox, deliveries, gone_sinks, subscriptions, signing_keys',
  ),
)

/** Accepts an evaluation; answers the id of its started event. */
async function announce(service = 'carts'): Promise<string> {
  const { evaluation } = await store.accept(newEvaluation({ service: { project: 'shop', stage: 'staging', service } }))
  return eventId(evaluation.id, startedType)
}

const sinkAt = (name: string, url = `http://${name}`): Sink => ({ name, url, origin: 'file', keyGeneration: 0 })
const take = (sinks: readonly string[] = ['ci'], leaseMs = 60_000, free = 10) =>
  store.deliveries.take(
    sinks.map((sink) => ({ to: sinkAt(sink), free })),
    leaseMs,
  )
/** The next one, too. */
const nextToo = { leaseMs: 60_000, to: sinkAt('ci') }
const told = (deliveries: readonly Delivery[]) => deliveries.map(({ sink, eventId: id }) => `${sink} ${id}`)

async function takeOne(leaseMs?: number): Promise<Delivery> {
  const [delivery] = await take(['ci'], leaseMs)
  if (delivery === undefined) throw new Error('there was nothing to deliver')
  return delivery
}

test('many takers at once take each delivery once', async () => {
  const services = Array.from({ length: 8 }, (_, index) => `service-${index}`)
  const announced = await Promise.all(services.map((service) => announce(service)))
  const taken = (await Promise.all(services.map(() => take(['ci', 'chat'])))).flatMap(told)
  const wanted = ['ci', 'chat'].flatMap((sink) => announced.map((id) => `${sink} ${id}`))
  expect(taken.toSorted()).toEqual(wanted.toSorted())
})

test('what is under way is nobody else’s until its lease has run out; the bytes stay the same', async () => {
  await announce()
  const first = await takeOne(0)
  const again = await takeOne()
  expect(again).toEqual({ ...first, attempts: 2, lease: expect.any(String), takenAt: expect.any(Date) })
  expect(await take()).toEqual([])
})

test('of one service and sink the next event waits for the one before; another service does not', async () => {
  const [first, second] = [await announce(), await announce()]
  const other = await announce('orders')
  const taken = await take()
  expect(told(taken).toSorted()).toEqual([`ci ${first}`, `ci ${other}`].toSorted())
  expect(await take()).toEqual([])
  const [ofFirst] = taken.filter(({ eventId: id }) => id === first)
  if (ofFirst === undefined) throw new Error('the first event was not taken')
  await store.deliveries.delivered(ofFirst)
  expect(told(await take())).toEqual([`ci ${second}`])
})

test('of another sink the same event is a delivery of its own', async () => {
  const id = await announce()
  await store.deliveries.delivered(await takeOne())
  expect(told(await take(['ci', 'chat']))).toEqual([`chat ${id}`])
})

test('of a sink that is no longer configured nothing is taken, and nothing waits for it', async () => {
  const id = await announce()
  expect(await take(['gone'])).toEqual([])
  expect(told(await take(['chat']))).toEqual([`chat ${id}`])
})

test('what was postponed waits', async () => {
  await announce()
  await store.deliveries.postpone(await takeOne(), { waitMs: 60_000, pauseMs: undefined, error: 'answered 500' })
  expect(await take()).toEqual([])
  const { rows } = await fresh.database.pool.query(
    `select d.last_error, d.due_at > now() + interval '50 seconds' as waits from deliveries as d where d.sink = 'ci'`,
  )
  expect(rows).toEqual([{ last_error: 'answered 500', waits: true }])
})

test('what was delivered stays delivered, whatever a slower process says later', async () => {
  await announce()
  const slow = await takeOne(0)
  await store.deliveries.delivered(await takeOne())
  await store.deliveries.postpone(slow, { waitMs: 0, pauseMs: undefined, error: 'no answer within 10000 ms' })
  expect(await take()).toEqual([])
  await store.deliveries.delivered(slow)
  expect(await take()).toEqual([])
})

test('of each sink as many are taken as it has places for, the longest due first', async () => {
  const announced: string[] = []
  for (const service of ['c', 'a', 'b']) announced.push(await announce(service))
  const taken = await store.deliveries.take(
    [
      { to: sinkAt('ci'), free: 2 },
      { to: sinkAt('chat'), free: 1 },
    ],
    60_000,
  )
  expect(told(taken).toSorted()).toEqual(
    [`ci ${announced[0]}`, `ci ${announced[1]}`, `chat ${announced[0]}`].toSorted(),
  )
})

test('whoever delivered one may take the next of the same service and sink at once', async () => {
  const [first, second, third] = [await announce(), await announce(), await announce()]
  await announce('orders')
  const taken = await take(['ci', 'chat'])
  const own = taken.find(({ sink, eventId: id }) => sink === 'ci' && id === first)
  if (own === undefined) throw new Error('the first event was not taken')
  const next = await store.deliveries.delivered(own, nextToo)
  expect(next).toMatchObject({ sink: 'ci', eventId: second, attempts: 1 })
  expect(await take()).toEqual([])
  if (next === undefined) throw new Error('the second event was not taken')
  expect(await store.deliveries.delivered(next)).toBeUndefined()
  expect(told(await take())).toEqual([`ci ${third}`])
})

test('what is postponed or held by another is not the next', async () => {
  const [first, second] = [await announce(), await announce()]
  await store.deliveries.delivered(await takeOne())
  const held = await takeOne()
  expect(held.eventId).toBe(second)
  const deliverFirstAgain = async () => {
    await store.subscriptions.redeliver('ci', first)
    return store.deliveries.delivered(await takeOne(), nextToo)
  }
  expect(await deliverFirstAgain()).toBeUndefined()
  await store.deliveries.postpone(held, { waitMs: 60_000, pauseMs: undefined, error: 'answered 500' })
  expect(await deliverFirstAgain()).toBeUndefined()
})

test('whoever has lost a delivery to another notes nothing, and takes nothing behind it', async () => {
  const [first] = [await announce(), await announce()]
  const lost = await takeOne(0)
  const held = await takeOne()
  await store.deliveries.postpone(lost, { waitMs: 0, pauseMs: undefined, error: 'no answer within 10000 ms' })
  await store.deliveries.giveUp(lost, 'answered 400')
  expect(await store.deliveries.delivered(lost, nextToo)).toBeUndefined()
  // Else another would send it beside the one that does, or what is behind it before.
  expect(await take()).toEqual([])
  expect(await store.deliveries.delivered(held, nextToo)).toMatchObject({ attempts: 1 })
  const { rows } = await fresh.database.pool.query(
    `select d.dead_at, d.last_error, d.delivered_at
       from deliveries as d
       join outbox as o on o.position = d.position
      where d.sink = 'ci' and o.event_id = $1`,
    [first],
  )
  expect(rows).toEqual([{ dead_at: null, last_error: null, delivered_at: expect.any(Date) }])
})

describe('the next one is not taken, and nothing is, for a subscription that', () => {
  const id = '0192c000-0000-7000-8000-000000000000'
  const wanted = { id, url: 'http://ci', filter: {}, enabled: true, paused: false }
  for (const { title, change, isTakenAgain } of [
    { title: 'has ended', change: () => store.subscriptions.remove(id), isTakenAgain: false },
    { title: 'is paused', change: () => store.subscriptions.change(id, { paused: true }), isTakenAgain: false },
    { title: 'is disabled', change: () => store.subscriptions.change(id, { enabled: false }), isTakenAgain: false },
    { title: 'says it is gone', change: () => store.deliveries.gone(id, 'http://ci', '410'), isTakenAgain: false },
    {
      title: 'leads elsewhere',
      change: () => store.subscriptions.change(id, { url: 'http://ci.new' }),
      isTakenAgain: true,
    },
    {
      title: 'has another key',
      change: () => store.subscriptions.nextKey({ sink: id, origin: 'api' }, 'check', 0),
      isTakenAgain: true,
    },
  ]) {
    test(`${title}, unless it is asked for anew`, async () => {
      await store.subscriptions.add(wanted, 'check')
      await announce()
      await announce()
      const to: Sink = { name: id, url: wanted.url, origin: 'api', keyGeneration: 1 }
      const [first] = await store.deliveries.take([{ to, free: 9 }], 60_000)
      if (first === undefined) throw new Error('the first event was not taken')
      expect(await change()).not.toBe(false)
      expect(await store.deliveries.delivered(first, { leaseMs: 60_000, to })).toBeUndefined()
      expect(await store.deliveries.take([{ to, free: 9 }], 60_000)).toEqual([])
      const now = (await store.addressees()).find(({ sink }) => sink === id)
      const asked: Sink = { ...to, url: now?.url ?? to.url, keyGeneration: now?.key?.generation ?? 0 }
      expect(await store.deliveries.take([{ to: asked, free: 9 }], 60_000)).toHaveLength(isTakenAgain ? 1 : 0)
    })
  }
})

test('what was postponed for a sink can be made due at once, and nothing of another', async () => {
  await announce()
  await announce('orders')
  for (const delivery of await take(['ci', 'chat']))
    await store.deliveries.postpone(delivery, { waitMs: 60_000, pauseMs: undefined, error: 'answered 500' })
  await store.deliveries.hurry('ci')
  expect((await take(['ci', 'chat'])).map(({ sink }) => sink)).toEqual(['ci', 'ci'])
})

test('behind an event that is dead the next one goes on', async () => {
  const [, second, third] = [await announce(), await announce(), await announce()]
  const refused = await takeOne()
  await store.deliveries.giveUp(refused, 'answered 400')
  const next = await takeOne()
  expect(next.eventId).toBe(second)
  expect(await store.deliveries.delivered(next, nextToo)).toMatchObject({ eventId: third })
  const { rows } = await fresh.database.pool.query(
    `select d.position, d.last_error from deliveries as d where d.dead_at is not null`,
  )
  expect(rows).toEqual([{ position: refused.position, last_error: 'answered 400' }])
})

test('a sink that asked for time is not hurried', async () => {
  await announce()
  await store.deliveries.postpone(await takeOne(), { waitMs: 0, pauseMs: 60_000, error: 'answered 503' })
  await store.deliveries.hurry('ci')
  expect(await take()).toEqual([])
})

test('no more than 50,000 events are made to be delivered again at once', async () => {
  await announce()
  const add = (count: number) =>
    fresh.database.pool.query(
      `insert into outbox (event_id, event_type, evaluation_id, body)
       select gen_random_uuid(), o.event_type, o.evaluation_id, o.body
         from (select * from outbox limit 1) as o
        cross join generate_series(1, $1)`,
      [count],
    )
  await add(49_999)
  expect(await store.subscriptions.redeliverSince('ci', new Date(0), {})).toBe(50_000)
  await add(1)
  expect(await store.subscriptions.redeliverSince('ci', new Date(0), {})).toBeUndefined()
  const [standing] = await store.subscriptions.standings([{ sink: 'ci', url: 'http://ci' }])
  expect(standing?.waiting).toBe(50_000)
}, 60_000)

test('to an address that is gone nothing is sent; to another one of the same sink, and to others, all is', async () => {
  await announce()
  await announce()
  const [taken] = await take(['ci'])
  if (taken === undefined) throw new Error('there was nothing to deliver')
  await store.deliveries.gone('ci', 'http://ci', 'answered 410')
  await store.deliveries.gone('ci', 'http://ci', 'answered 410')
  expect(await store.deliveries.delivered(taken, nextToo)).toBeUndefined()
  expect((await take(['ci', 'chat'])).map(({ sink }) => sink)).toEqual(['chat'])
  const elsewhere = await store.deliveries.take([{ to: sinkAt('ci', 'http://ci.new'), free: 10 }], 60_000)
  expect(elsewhere.map(({ sink }) => sink)).toEqual(['ci'])
})
