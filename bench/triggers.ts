import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { execute } from '../test/support/database-url.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { printFigures } from './figures.ts'
import { makeSite, type Subject } from './subject.ts'

/**
 * `npm run bench:triggers`: how many triggers one process accepts per second, committed, next to how often pgbench (which must
 * be on the PATH) writes the same rows on the same PostgreSQL with as many clients. Nothing is judged: every window ends later.
 */

const clients = 8
const seconds = 10

const files = {
  'bench/slo.yaml':
    'objectives: [{sli: latency, pass: [{criteria: ["<=+10%", "<600"]}]}]\ntotal_score: {pass: "90%"}\n',
  'bench/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {latency: latency}\n',
}

/** A transaction of pgbench: copies of what a trigger wrote. */
const copying = `
\\set shift random(1, 1000000000000000)
begin;
with fresh as materialized (
  select gen_random_uuid() as id),
moved as (
  insert into evaluations
  select copy.*
    from fresh
   cross join accepted as a
   cross join lateral jsonb_populate_record(a, jsonb_build_object(
     'id', fresh.id, 'context', gen_random_uuid(),
     'window_start', a.window_start - :shift * interval '1 microsecond')) as copy
  returning id),
noted as (
  insert into incoming_events (source, event_id, evaluation_id)
  select 'bench', 'copy-' || moved.id, moved.id
    from moved)
insert into outbox (event_id, event_type, evaluation_id, body)
select gen_random_uuid(), o.event_type, moved.id, o.body
  from moved
 cross join announced as o;
commit;
`

const postgres = await startPostgres('durable')
const site = await makeSite({ serverUrl: postgres.url, files, prometheusUrl: 'http://127.0.0.1:9' })
const subject = await site.start()
const accepted = await accept(subject)
await subject.stop()
const written = await write(site.databaseUrl ?? '')
await site.remove()
await postgres.stop()
console.log(`| ${clients} clients, ${seconds} s each, ${postgres.description}, durable | per second |`)
console.log('|---|---:|')
console.log(`| triggers accepted | ${accepted.toFixed(0)} |`)
console.log(`| the same rows by pgbench | ${written.toFixed(0)} |`)
printFigures({ clients, seconds, figures: { acceptedPerSecond: accepted, pgbenchPerSecond: written } })

async function accept({ url }: Subject): Promise<number> {
  let count = 0
  const end = performance.now() + seconds * 1000
  const work = async (): Promise<void> => {
    while (performance.now() < end) {
      await send(url)
      count += 1
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: clients }, work))
  return count / ((performance.now() - begun) / 1000)
}

async function send(url: string): Promise<void> {
  const later = Date.now() + 3_600_000 + Math.random() * 3_600_000
  const evaluation = { start: new Date(later - 60_000).toISOString(), end: new Date(later).toISOString() }
  const reply = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({
      specversion: '1.0',
      id: randomUUID(),
      source: 'bench',
      type: 'sh.keptn.event.evaluation.triggered',
      shkeptncontext: randomUUID(),
      data: { project: 'bench', stage: 'test', service: 'carts', labels: { build: '17' }, evaluation },
    }),
  })
  const text = await reply.text()
  if (reply.status !== 202) throw new Error(`a trigger came to ${reply.status}: ${text.slice(0, 500)}`)
}

/** Transactions per second. */
async function write(databaseUrl: string): Promise<number> {
  await execute(
    databaseUrl,
    `create table accepted as select e.* from evaluations as e limit 1;
     create table announced as select o.* from outbox as o limit 1`,
  )
  const folder = await mkdtemp(join(tmpdir(), 'pharos-pgbench-'))
  const script = join(folder, 'trigger.sql')
  await writeFile(script, copying)
  const options = ['--no-vacuum', '--file', script, '--client', String(clients), '--time', String(seconds)]
  const { stdout } = await promisify(execFile)('pgbench', [...options, databaseUrl])
  await rm(folder, { recursive: true })
  return Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1])
}
