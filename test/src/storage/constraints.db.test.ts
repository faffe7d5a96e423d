import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAnnouncer } from '../../../src/announcing/keptn-events.ts'
import { createStore } from '../../../src/storage/store.ts'
import { freshDatabase, type FreshDatabase } from '../../support/database.ts'
import { ceilings, eventSettings, newEvaluation, passed } from '../../support/evaluation.ts'

/** What must never be in the tables is refused by the database itself, whoever writes. */

let fresh: FreshDatabase
const rows = { queued: '', running: '', succeeded: '' }

beforeAll(async () => {
  fresh = await freshDatabase()
  const store = createStore(fresh.database.pool, createAnnouncer(eventSettings, [{ name: 'ci' }]), ceilings)
  const ended = await store.accept(newEvaluation({ leaseMs: 60_000 }))
  if (ended.taken) await store.finish(ended.taken, passed)
  rows.succeeded = ended.evaluation.id
  rows.running = (await store.accept(newEvaluation({ leaseMs: 60_000 }))).evaluation.id
  rows.queued = (await store.accept(newEvaluation({ idempotency: { key: 'k', bodyDigest: 'd' } }))).evaluation.id
})
afterAll(() => fresh.remove())

/** The constraint that refuses it; undefined when nothing does. */
async function refusal(sql: string, parameters: readonly unknown[] = []): Promise<string | undefined> {
  const client = await fresh.database.pool.connect()
  try {
    await client.query('begin')
    await client.query('set constraints all immediate')
    await client.query(sql, [...parameters])
    return undefined
  } catch (error) {
    const { constraint, column, code } = error as { constraint?: string; column?: string; code?: string }
    return constraint ?? (column === undefined ? code : `${column} not null`)
  } finally {
    await client.query('rollback')
    client.release()
  }
}

describe('an evaluation', () => {
  for (const { of, set, by } of [
    { of: 'queued', set: `state = 'waiting'`, by: 'evaluations_state' },
    { of: 'queued', set: `project = '..'`, by: 'evaluations_names' },
    { of: 'queued', set: `stage = ''`, by: 'evaluations_names' },
    { of: 'queued', set: `service = repeat('x', 129)`, by: 'evaluations_names' },
    { of: 'queued', set: `service = 'a/b'`, by: 'evaluations_names' },
    { of: 'queued', set: `window_end = window_start`, by: 'evaluations_window' },
    { of: 'queued', set: `window_source = 'guess'`, by: 'evaluations_window_source' },
    { of: 'queued', set: `attempt = 0`, by: 'evaluations_attempt' },
    { of: 'queued', set: `runs = -1`, by: 'evaluations_runs' },
    { of: 'queued', set: `slo_text = null`, by: 'evaluations_slo' },
    { of: 'queued', set: `slo_digest = null`, by: 'evaluations_slo' },
    { of: 'queued', set: `total_score = null`, by: 'evaluations_slo' },
    { of: 'queued', set: `plan = null`, by: 'plan not null' },
    { of: 'queued', set: `policies = null`, by: 'policies not null' },
    { of: 'queued', set: `state = 'running'`, by: 'evaluations_started' },
    { of: 'queued', set: `result = 'pass'`, by: 'evaluations_ended' },
    { of: 'queued', set: `score = 100`, by: 'evaluations_ended' },
    { of: 'queued', set: `finished_at = now()`, by: 'evaluations_ended' },
    { of: 'queued', set: `lease_token = gen_random_uuid()`, by: 'evaluations_lease' },
    { of: 'queued', set: `invalidation = '{}'`, by: 'evaluations_invalidation' },
    { of: 'running', set: `lease_until = null`, by: 'evaluations_lease' },
    { of: 'running', set: `started_at = null`, by: 'evaluations_started' },
    { of: 'running', set: `state = 'succeeded'`, by: 'evaluations_ended' },
    { of: 'succeeded', set: `state = 'running'`, by: 'evaluations_ended' },
    { of: 'succeeded', set: `state = 'errored'`, by: 'evaluations_ended' },
    { of: 'succeeded', set: `state = 'errored', score = null`, by: 'evaluations_ended' },
    { of: 'succeeded', set: `state = 'aborted', score = null, result = 'warning'`, by: 'evaluations_ended' },
    { of: 'succeeded', set: `score = null`, by: 'evaluations_ended' },
    { of: 'succeeded', set: `result = null`, by: 'evaluations_ended' },
    { of: 'succeeded', set: `baseline_result = null`, by: 'evaluations_ended' },
    { of: 'succeeded', set: `finished_at = null`, by: 'evaluations_ended' },
    { of: 'succeeded', set: `result = 'info'`, by: 'evaluations_result' },
    { of: 'succeeded', set: `baseline_result = 'better'`, by: 'evaluations_result' },
    { of: 'succeeded', set: `score = 100.00000000000001`, by: 'evaluations_score' },
    { of: 'succeeded', set: `score = -1`, by: 'evaluations_score' },
    { of: 'succeeded', set: `score = 'NaN'`, by: 'evaluations_score' },
    { of: 'succeeded', set: `measurements = null`, by: 'measurements not null' },
    {
      of: 'succeeded',
      set: `lease_token = gen_random_uuid(), lease_until = now()`,
      by: 'evaluations_lease',
    },
  ] as const) {
    test(`that is ${of} refuses ${set}`, async () => {
      expect(await refusal(`update evaluations as e set ${set} where e.id = $1`, [rows[of]])).toBe(by)
    })
  }

  test('is one attempt of its window only', async () => {
    const columns = 'project, stage, service, slo_inline, window_start, window_end, attempt'
    const sql = `update evaluations as e set (${columns}) = (select ${columns} from evaluations where id = $2) where e.id = $1`
    expect(await refusal(sql, [rows.queued, rows.succeeded])).toBe('evaluations_attempt_key')
  })

  for (const set of [`state = 'errored', score = null, result = 'fail', baseline_result = 'fail'`, 'score = 0']) {
    test(`that is succeeded may be ${set}`, async () => {
      expect(await refusal(`update evaluations as e set ${set} where e.id = $1`, [rows.succeeded])).toBeUndefined()
    })
  }
})

for (const { title, sql, by } of [
  {
    title: 'an idempotency key without an evaluation',
    sql: `update idempotency_keys set evaluation_id = gen_random_uuid()`,
    by: 'idempotency_keys_evaluation_id_fkey',
  },
  {
    title: 'an event that stands for nothing',
    sql: `insert into incoming_events (source, event_id, evaluation_id) values ('s', 'i', gen_random_uuid())`,
    by: 'incoming_events_evaluation_id_fkey',
  },
  {
    title: 'an event without a source',
    sql: `insert into incoming_events (source, event_id, evaluation_id) select '', 'i', id from evaluations limit 1`,
    by: 'incoming_events_source',
  },
  {
    title: 'an event without an id',
    sql: `insert into incoming_events (source, event_id, evaluation_id) select 's', '', id from evaluations limit 1`,
    by: 'incoming_events_event_id',
  },
  { title: 'an empty idempotency key', sql: `update idempotency_keys set key = ''`, by: 'idempotency_keys_key' },
  {
    title: 'an idempotency key twice',
    sql: `insert into idempotency_keys select * from idempotency_keys`,
    by: 'idempotency_keys_pkey',
  },
  {
    title: 'the removal of an evaluation that was announced',
    sql: `delete from evaluations`,
    by: 'outbox_evaluation_id_fkey',
  },
  {
    title: 'an event twice',
    sql: `insert into outbox (event_id, event_type, evaluation_id, body) select o.event_id, 't', o.evaluation_id, '{}' from outbox as o`,
    by: 'outbox_event_id_key',
  },
  {
    title: 'an event of no evaluation',
    sql: `insert into outbox (event_id, event_type, evaluation_id, body) values (gen_random_uuid(), 't', gen_random_uuid(), '{}')`,
    by: 'outbox_evaluation_id_fkey',
  },
  {
    title: 'a delivery of no event',
    sql: `insert into deliveries (sink, position, queue) values ('ci', -1, 'q')`,
    by: 'deliveries_position_fkey',
  },
  {
    title: 'a delivery twice',
    sql: `insert into deliveries (sink, position, queue) select d.sink, d.position, d.queue from deliveries as d`,
    by: 'deliveries_pkey',
  },
  {
    title: 'a delivery that is done and under way',
    sql: `update deliveries set delivered_at = now(), lease_until = now()`,
    by: 'deliveries_lease',
  },
  { title: 'fewer than no attempts', sql: `update deliveries set attempts = -1`, by: 'deliveries_attempts' },
]) {
  test(`${title} is refused`, async () => {
    expect(await refusal(sql)).toBe(by)
  })
}
