import { expect, test } from 'vitest'
import { finishedType, startedType } from '../../../src/announcing/keptn-events.ts'
import { freshDatabase } from '../../support/database.ts'
import { openEventSource } from '../../support/event-source.ts'
import { startService } from '../../support/service.ts'

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n'
const body = { slo, indicators: [{ metric: 'a', value: 1 }] }
const settings = { limits: { poll: '100ms' } }

test('two processes stream the same, and an event whose transaction ends late is neither skipped nor out of order', async () => {
  await using scope = new AsyncDisposableStack()
  const database = await freshDatabase()
  scope.defer(() => database.remove())
  const [one, other] = [await startService({ database, settings }), await startService({ database, settings })]
  for (const service of [one, other]) scope.defer(() => service.stop())
  const { body: first } = await one.evaluate(body)
  const sources = await Promise.all(
    [one, other].map(({ url }) => openEventSource(`${url}/v1/events/stream`, { 'last-event-id': '0' })),
  )
  for (const source of sources) scope.defer(() => source.close())
  await Promise.all(sources.map((source) => source.until(2)))

  // It has its position, and others with larger ones are committed before it.
  const late = await database.database.pool.connect()
  await late.query('begin')
  await late.query(
    `insert into outbox (event_id, event_type, evaluation_id, body) values (gen_random_uuid(), 'late', $1, '{"late":true}')`,
    [first.id],
  )
  await other.evaluate(body)
  const early = await openEventSource(`${one.url}/v1/events/stream`, { 'last-event-id': '0' })
  scope.defer(() => early.close())
  await early.until(2)
  expect(early.received).toHaveLength(2)
  await late.query('commit')
  late.release()

  const all = [...sources, early]
  await Promise.all(all.map((source) => source.until(5)))
  const order = [startedType, finishedType, 'late', startedType, finishedType]
  for (const { received } of all) expect(received.map(({ event }) => event)).toEqual(order)
  const [seen] = all.map(({ received }) => received)
  for (const { received } of all) expect(received).toEqual(seen)
}, 30_000)
