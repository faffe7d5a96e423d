import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StartError } from '../../src/base/errors.ts'
import { openDatabase } from '../../src/storage/engine/database.ts'
import { prepareDatabase, type PreparedDatabase } from '../support/database.ts'
import { startService, type TestService } from '../support/service.ts'

/** Once some sources have to sign their events, an operator has to say what becomes of the others. */

let scope: AsyncDisposableStack
let database: PreparedDatabase
beforeEach(async () => {
  scope = new AsyncDisposableStack()
  database = await prepareDatabase()
  scope.defer(() => database.remove())
})
afterEach(() => scope.disposeAsync())

const signatures = [
  { source: 'gh', kind: 'hmac', secret: 'env:GH' },
  { source: 'forge', kind: 'hmac', secret: 'env:GH', header: 'x-forge' },
]

function start(events: object, more: object = {}, to = database): Promise<TestService> {
  return startService({ database: to, settings: { events, ...more }, env: { GH: 'x' } })
}

/** Why the service does not start. */
async function refusal(...parts: Parameters<typeof start>): Promise<string> {
  const error = await start(...parts).catch((caught: unknown) => caught)
  if (!(error instanceof StartError)) throw new Error('it was not refused', { cause: error })
  return error.message
}

async function query(text: string, to = database): Promise<readonly Record<string, unknown>[]> {
  const opened = await openDatabase({ ...to, log: pino({ level: 'silent' }) })
  try {
    return (await opened.pool.query(text)).rows
  } finally {
    await opened.close()
  }
}

/** Events that came in before there were signatures. */
async function receive(sources: readonly string[], { invalidatedBy }: { invalidatedBy?: string } = {}): Promise<void> {
  const service = await start({})
  const send = async (kind: string, source: string, attributes: object) => {
    const data = { project: 'shop', stage: 'staging', service: 'carts' }
    const type = `sh.keptn.event.evaluation.${kind}`
    const headers = { 'content-type': 'application/cloudevents+json' }
    const body = { specversion: '1.0', id: randomUUID(), source, type, ...attributes, data }
    return service.request('POST', '/v1/events', { headers, body })
  }
  try {
    for (const [place, source] of sources.entries()) {
      const { body } = await send('triggered', source, { id: `event-${place}` })
      await service.request('GET', `/v1/evaluations/${body.id}`, { headers: { prefer: 'wait=20' } })
    }
    if (invalidatedBy === undefined) return
    expect((await send('invalidated', invalidatedBy, { triggeredid: 'event-0' })).status).toBe(200)
  } finally {
    await service.stop()
  }
}

const must = 'Pharos cannot start: events.signatures lists sources, so events.unlisted must be refuse or accept'

test('without events.unlisted the start is refused, and names the sources of the last 30 days that are not listed', async () => {
  await receive(['gh', 'jenkins', 'forge', 'GH', 'old-pipeline'], { invalidatedBy: 'bridge' })
  expect(await refusal({ signatures })).toBe(
    `${must}; in the last 30 days unsigned events came from "bridge", "old-pipeline", "GH" (another spelling of "gh") and "jenkins".`,
  )
  await query(`update incoming_events set received_at = now() - interval '31 days' where source like 'old%'`)
  await query(`update evaluations set invalidation = jsonb_set(invalidation, '{at}', '"2020-01-01T00:00:00Z"')`)
  expect(await refusal({ signatures }, { nats: { servers: ['nats://127.0.0.1:9'] } })).toBe(
    `${must}; in the last 30 days unsigned events came from "GH" (another spelling of "gh") and "jenkins", of which those that came through NATS need no signature.`,
  )
})

test('one source is named, and of more than 20 the rest is counted', async () => {
  await receive(['jenkins'])
  expect(await refusal({ signatures })).toBe(`${must}; in the last 30 days unsigned events came from "jenkins".`)
  await query(
    `insert into incoming_events (source, event_id, evaluation_id, received_at)
     select 'source-' || n, 'x', i.evaluation_id, now() - make_interval(hours => n)
       from incoming_events as i cross join generate_series(1, 21) as n`,
  )
  const message = await refusal({ signatures })
  expect(message).toContain('"jenkins", "source-1", "source-2", ')
  expect(message).toMatch(/"source-19" and 2 more sources\.$/)
})

test('if none came, the sentence says so', async () => {
  await receive(['gh'])
  expect(await refusal({ signatures })).toBe(`${must}; in the last 30 days no unsigned events came.`)
})

test('a refused start has done nothing: a new database stays empty, and a provider is not opened', async () => {
  const empty = await prepareDatabase({ migrated: false })
  scope.defer(() => empty.remove())
  const providers = { prometheus: { kind: 'none-of-ours' } }
  expect(await refusal({ signatures }, { providers }, empty)).toBe(
    `${must}; in the last 30 days no unsigned events came.`,
  )
  const tables = await query(`select c.relname from pg_class as c where c.relnamespace = 'public'::regnamespace`, empty)
  expect(tables).toEqual([])
})

for (const unlisted of ['refuse', 'accept']) {
  test(`with events.unlisted: ${unlisted} it starts`, async () => {
    const service = await start({ signatures, unlisted })
    scope.defer(() => service.stop())
    expect((await service.request('GET', '/readyz')).status).toBe(200)
  })
}
