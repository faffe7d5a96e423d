import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { FreePlaces } from '../../../src/announcing/outgoing-event.ts'
import type { OldEvent } from '../../../src/announcing/retention.ts'
import { createAnnouncer, eventId, startedType } from '../../../src/announcing/keptn-events.ts'
import { createStore, type Store } from '../../../src/storage/store.ts'
import { freshDatabase, type FreshDatabase } from '../../support/database.ts'
import { ceilings, eventSettings, newEvaluation } from '../../support/evaluation.ts'

let fresh: FreshDatabase
let store: Store
beforeAll(async () => {
  fresh = await freshDatabase()
  store = createStore(fresh.database.pool, createAnnouncer(eventSettings, [{ name: 'ci' }]), ceilings)
})
afterAll(() => fresh.remove())
beforeEach(async () => {
  await fresh.database.pool.query(
    'truncate evaluations, incoming_events, idempotency_keys, outbox, deliveries, subscriptions',
  )
  await fresh.database.pool.query('update outbox_horizon set position = 0')
})

const all = { type: undefined, project: undefined, stage: undefined, service: undefined, result: undefined }
const hourMs = 3_600_000

/** Announces an evaluation of a service, so many hours ago; answers the event's id. */
async function announce(hoursAgo: number, service = 'carts'): Promise<string> {
  const { evaluation } = await store.accept(newEvaluation({ service: { project: 'shop', stage: 'staging', service } }))
  await fresh.database.pool.query(
    `update outbox as o set written_at = now() - make_interval(hours => $2) where o.evaluation_id = $1`,
    [evaluation.id, hoursAgo],
  )
  return eventId(evaluation.id, startedType)
}

function placesOf(name: string, free: number): FreePlaces {
  return { to: { name, url: 'http://ci', origin: 'file', keyGeneration: 0 }, free }
}

/** The sink takes everything that it can get, but what it refuses for good. */
async function deliver(refused: readonly string[] = [], sink = 'ci'): Promise<void> {
  while (true) {
    const taken = await store.deliveries.take([placesOf(sink, 100)], 60_000)
    if (taken.length === 0) return
    for (const delivery of taken) {
      if (refused.includes(delivery.eventId)) await store.deliveries.giveUp(delivery, 'answered 400')
      else await store.deliveries.delivered(delivery)
    }
  }
}

async function kept(): Promise<readonly string[]> {
  const { rows } = await fresh.database.pool.query<{ event_id: string }>(
    `select o.event_id from outbox as o order by o.position`,
  )
  return rows.map(({ event_id: id }) => id)
}

/** How many go of those that are a day old; what somebody waits for, when it is 50 days old. */
async function remove(limit: number): Promise<number> {
  return (await store.removeOldEvents({ ageMs: 24 * hourMs, waitingAgeMs: 1_200 * hourMs, limit })).removed
}

/** The range once every transaction of the server that was open at the last event has ended. */
async function settledRange() {
  const { rows } = await fresh.database.pool.query(`select max(o.position)::text as newest from outbox as o`)
  while (true) {
    const range = await store.stream.range()
    if (range.newest === rows[0]?.newest) return range
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('what is old is removed with its deliveries, and what is younger stays', async () => {
  const [, , young] = [await announce(30), await announce(25), await announce(23)]
  await deliver()
  expect(await remove(10)).toBe(2)
  expect(await kept()).toEqual([young])
  const { rows } = await fresh.database.pool.query(`select d.position from deliveries as d`)
  expect(rows.length).toBe(1)
  expect(await remove(10)).toBe(0)
})

test('what somebody waits for stays, however old; what he refused for good does not', async () => {
  const [refused, waiting] = [await announce(900), await announce(800, 'orders')]
  const [delivery] = (await store.deliveries.take([placesOf('ci', 9)], 60_000)).filter(
    ({ eventId: id }) => id === refused,
  )
  if (delivery === undefined) throw new Error('the event was not taken')
  await store.deliveries.giveUp(delivery, 'answered 400')
  expect(await remove(10)).toBe(1)
  expect(await kept()).toEqual([waiting])
})

test('what somebody has waited for too long is removed, and said to be', async () => {
  for (const hoursAgo of [1_300, 1_250, 1_100]) await announce(hoursAgo)
  const wanted = { ageMs: 24 * hourMs, waitingAgeMs: 1_200 * hourMs, limit: 10 }
  expect(await store.removeOldEvents(wanted)).toEqual({ removed: 2, unheard: 2, last: undefined })
  expect((await kept()).length).toBe(1)
})

test('what is waited for is looked at once, and not again before all there is was', async () => {
  for (let count = 0; count < 5; count++) await announce(900 - count, `waiting-${count}`)
  await announce(30)
  await fresh.database.pool.query(
    `update deliveries as d set delivered_at = now() where d.position = (select max(o.position) from outbox as o)`,
  )
  const wanted = { ageMs: 24 * hourMs, waitingAgeMs: 1_200 * hourMs, limit: 2 }
  const removed: number[] = []
  let after: OldEvent | undefined
  do {
    const sweep = await store.removeOldEvents({ ...wanted, after })
    removed.push(sweep.removed)
    after = sweep.last
  } while (after !== undefined)
  // The third batch is full, and so does not know yet that it is the last.
  expect(removed).toEqual([0, 0, 1, 0])
})

test('what was left is removed once it was taken', async () => {
  await announce(30)
  expect(await remove(10)).toBe(0)
  await deliver()
  expect(await remove(10)).toBe(1)
})

test('what waits for a subscription that is there stays, for one that has ended does not', async () => {
  const id = v7()
  await store.subscriptions.add({ id, url: 'http://ci', filter: {}, enabled: false, paused: false }, 'check')
  await store.subscriptions.change(id, { enabled: true, paused: true })
  const event = await announce(30)
  await deliver()
  expect(await remove(10)).toBe(0)
  expect(await kept()).toEqual([event])
  await fresh.database.pool.query('delete from subscriptions')
  expect(await remove(10)).toBe(1)
})

test('no more than were asked for go at once, the oldest first', async () => {
  const last = [await announce(50), await announce(40), await announce(30)].at(-1)
  await deliver()
  expect(await remove(2)).toBe(2)
  expect(await kept()).toEqual([last])
})

test('many who remove at once remove everything, each once', async () => {
  for (let count = 0; count < 20; count++) await announce(30, `service-${count}`)
  await deliver()
  const counts = await Promise.all(Array.from({ length: 5 }, () => remove(7)))
  const left = (await kept()).length
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20 - left)
  while ((await remove(7)) > 0) continue
  expect(await kept()).toEqual([])
})

test('whoever follows begins behind what was removed, also when one of it is still there', async () => {
  await announce(50, 'orders')
  await announce(40)
  const young = await announce(1)
  const before = await settledRange()
  const [held] = (await store.deliveries.take([placesOf('ci', 9)], 60_000)).filter(
    ({ position }) => position === before.oldest || BigInt(position) < BigInt(before.newest) - 1n,
  )
  expect(held).toBeDefined()
  await fresh.database.pool.query(
    `update deliveries as d set delivered_at = now(), lease_until = null where d.position <> $1`,
    [held?.position],
  )
  expect(await remove(10)).toBe(1)
  expect((await kept()).length).toBe(2)
  const { oldest, events } = await store.stream.after('0', all, 10)
  const range = await store.stream.range()
  expect([range.oldest, range.newest]).toEqual([oldest, before.newest])
  expect(BigInt(oldest)).toBe(BigInt(before.newest))
  const { events: following } = await store.stream.after(String(BigInt(oldest) - 1n), all, 10)
  expect(following.map(({ body }) => JSON.parse(body ?? '').id)).toEqual([young])
  expect(events.length).toBe(2)
})

test('when everything was removed the newest place is still known', async () => {
  await announce(50)
  await deliver()
  const { newest } = await settledRange()
  await remove(10)
  expect(await store.stream.range()).toEqual({ oldest: String(BigInt(newest) + 1n), newest })
  expect(await store.stream.after(newest, all, 10)).toEqual({ oldest: String(BigInt(newest) + 1n), events: [] })
})

test('events that came with a backup of another server are followed too', async () => {
  const event = await announce(0)
  await fresh.database.pool.query(`update outbox set written_by = '9000000000000'`)
  const { oldest, newest } = await settledRange()
  expect(BigInt(newest)).toBeGreaterThanOrEqual(BigInt(oldest))
  const { events } = await store.stream.after('0', all, 10)
  expect(events.map(({ body }) => JSON.parse(body ?? '').id)).toEqual([event])
})
