import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, expect, inject, test } from 'vitest'
import { waitFor } from '../../demo/wait.ts'
import { eventId, finishedType, startedType } from '../../src/announcing/keptn-events.ts'
import { backUp } from '../support/backup.ts'
import type { PreparedDatabase } from '../support/database.ts'
import { databaseUrl, execute } from '../support/database-url.ts'
import { startOwnPostgres } from '../support/postgres.ts'
import { startReceiver } from '../support/receiver.ts'
import { startScriptedPrometheus, type Script } from '../support/scripted-prometheus.ts'
import { startService, type TestService } from '../support/service.ts'

const files = {
  'shop/slo.yaml': 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n',
  'shop/project.yaml': 'requests: {values: [a]}\n',
  'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {a: "$LABEL.query"}\n',
}

const scope = new AsyncDisposableStack()
afterAll(() => scope.disposeAsync())

function preparedAt(url: string): PreparedDatabase {
  const folder = inject('testFolder')
  return { url, folder, env: { DATABASE_URL: url, PHAROS_DATA: folder }, remove: async () => {} }
}

/** Sends evaluations with values of their own, without a pause, until told to end. Answers the ids of those that ended. */
function keepEvaluating(service: TestService): { readonly ended: string[]; readonly stop: () => Promise<void> } {
  const ended: string[] = []
  let isStopping = false
  const work = async (): Promise<void> => {
    while (!isStopping) {
      const { body } = await service.evaluate({ indicators: [{ metric: 'a', value: 1 }] })
      ended.push(body.id)
    }
  }
  const all = Promise.all(Array.from({ length: 6 }, work))
  return {
    ended,
    async stop() {
      isStopping = true
      await all
    },
  }
}

/** Evaluations that are not open, and have one started and one finished event; and all that there are. */
const consistentSql = `
  select count(*)::integer as all,
         (count(*) filter (where e.finished_at is not null and told.types = array['finished', 'started']))::integer as whole
    from evaluations as e
   cross join lateral (
     select array_agg(split_part(o.event_type, '.', 5) order by o.event_type) as types
       from outbox as o
      where o.evaluation_id = e.id) as told`

async function first<Row extends object>(url: string, sql: string): Promise<Row | undefined> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows[0]
  } finally {
    await client.end()
  }
}

test('a pg_dump taken under load restores to a gate that goes on where it was', async () => {
  const postgres = await startOwnPostgres('careless')
  scope.defer(() => postgres.stop())
  for (const name of ['original', 'copy']) await execute(postgres.url, `create database ${name}`)
  const [original, copy] = [databaseUrl(postgres.url, 'original'), databaseUrl(postgres.url, 'copy')]
  const script: Script = { stuck: { kind: 'hang' } }
  const prometheus = await startScriptedPrometheus(script)
  scope.defer(() => prometheus.stop())
  const receiver = await startReceiver()
  scope.defer(() => receiver.stop())
  const settings = {
    providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
    sinks: [{ name: 'ci', url: receiver.url }],
    limits: { lease: '3s', measureTimeout: '60s' },
  }
  const service = await startService({ files, settings, database: preparedAt(original) })

  const { body: stuck } = await service.evaluate({ labels: { query: 'stuck' } }, { 'idempotency-key': 'stuck' })
  const load = keepEvaluating(service)
  await waitFor('there is load', 20_000, () => (load.ended.length > 40 ? true : undefined))
  const before = [...load.ended]
  const backup = await backUp(original, postgres.bin, join(inject('testFolder'), `${randomUUID()}.dump`))
  await load.stop()
  await service.stop()

  await backup.restore(copy)
  script['stuck'] = { kind: 'value', value: 1 }
  const restored = await startService({ files, settings, database: preparedAt(copy) })
  scope.defer(() => restored.stop())
  // What ran at the moment of the dump is run again, once its lease is past.
  const { body: again } = await restored.request('GET', `/v1/evaluations/${stuck.id}`, {
    headers: { prefer: 'wait=20' },
  })
  expect(again).toMatchObject({ id: stuck.id, state: 'succeeded', result: 'pass' })
  for (const id of before) {
    expect((await restored.request('GET', `/v1/evaluations/${id}`)).body).toMatchObject({ state: 'succeeded' })
  }
  const replay = await restored.evaluate({ labels: { query: 'stuck' } }, { 'idempotency-key': 'stuck' })
  expect([replay.status, replay.body.id]).toEqual([200, stuck.id])

  const undelivered = 'select count(*)::integer as open from deliveries as d where d.delivered_at is null'
  await waitFor('everything is delivered', 20_000, async () =>
    (await first<{ open: number }>(copy, undelivered))?.open === 0 ? true : undefined,
  )
  const counts = await first<{ all: number; whole: number }>(copy, consistentSql)
  expect(counts?.whole).toBe(counts?.all)
  expect(counts?.all).toBeGreaterThan(before.length)
  // What was told before the dump and is told again because its note came later is told in the same words.
  for (const id of before.flatMap((one) => [eventId(one, startedType), eventId(one, finishedType)])) {
    expect(new Set(receiver.received.filter(({ event }) => event.id === id).map(({ body }) => body)).size).toBe(1)
  }
}, 120_000)
