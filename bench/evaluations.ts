import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { execute } from '../test/support/database-url.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { startScriptedPrometheus, type Script } from '../test/support/scripted-prometheus.ts'
import { printFigures } from './figures.ts'
import { makeSite, type Subject } from './subject.ts'
import { measureTakeOver } from './take-over.ts'

/**
 * `npm run bench:evaluations`: evaluations per second of one and of two processes on one PostgreSQL, with pushed values and with
 * a provider that takes 100 ms, next to how often pgbench (which must be on the PATH) writes the same rows there; then how long
 * it takes until the evaluations of a killed process have ended. A table for people, then the same as one line of JSON.
 * `-- --quick` is a trial of the benchmark itself.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const effort = values.quick ? { seconds: 1, held: 3 } : { seconds: 10, held: 20 }

const clients = 32
const queryMs = 100
const names = Array.from({ length: 10 }, (_, index) => `indicator_${index}`)
const files = {
  'bench/slo.yaml': `
comparison: {compare_with: single_result, include_result_with_score: pass}
objectives:
${names.map((name) => `  - {sli: ${name}, pass: [{criteria: ["<=+10%", "<600"]}], warning: [{criteria: ["<=800"]}]}`).join('\n')}
total_score: {pass: "90%", warning: "75%"}
`,
  'bench/project.yaml': 'requests: {values: [indicator_*]}\n',
  'bench/prometheus/sli.yaml': `spec_version: "1.0"\nindicators:\n${names.map((name) => `  ${name}: ${name}`).join('\n')}\n`,
}

/** Values for all indicators, or for all but one, which is asked of the provider. */
const pushed = names.map((metric, index) => ({ metric, value: 100 + index }))

/** A transaction of pgbench: a copy of an evaluation that ended, and of its two events. */
const copying = `
\\set shift random(1, 1000000000000000)
begin;
with fresh as materialized (
  select gen_random_uuid() as id),
moved as (
  insert into evaluations
  select copy.*
    from fresh
   cross join ended as e
   cross join lateral jsonb_populate_record(e, jsonb_build_object(
     'id', fresh.id, 'context', gen_random_uuid(),
     'window_start', e.window_start - :shift * interval '1 microsecond')) as copy
  returning id)
insert into outbox (event_id, event_type, evaluation_id, body)
select gen_random_uuid(), o.event_type, moved.id, o.body
  from moved
 cross join announced as o;
commit;
`

const script: Script = { '*': { kind: 'value', value: 100, latencyMs: queryMs } }
const prometheus = await startScriptedPrometheus(script)
const postgres = await startPostgres('durable')
console.error(`on ${postgres.description} (durable); this takes about a minute and a half`)
const site = await makeSite({ serverUrl: postgres.url, files, prometheusUrl: prometheus.url })
const one = await site.start()
const other = await site.start()
const figures = {
  pushed: { one: await throughput([one], pushed), two: await throughput([one, other], pushed) },
  pgbench: await write(site.databaseUrl ?? ''),
  provider: {
    one: await throughput([one], pushed.slice(1)),
    two: await throughput([one, other], pushed.slice(1)),
  },
  takeOverMs: await measureTakeOver({ one, other, script, held: effort.held }),
}
await other.stop()
await site.remove()
await prometheus.stop()
await postgres.stop()

const rows = [
  ['pushed values, one process', figures.pushed.one],
  ['pushed values, two processes', figures.pushed.two],
  ['the same rows by pgbench', figures.pgbench],
  [`a provider that takes ${queryMs} ms, one process`, figures.provider.one],
  [`a provider that takes ${queryMs} ms, two processes`, figures.provider.two],
] as const
console.log(`| evaluations of ${names.length} indicators, ${clients} clients, ${effort.seconds} s each | per second |`)
console.log('|---|---:|')
for (const [title, rate] of rows) console.log(`| ${title} | ${rate.toFixed(0)} |`)
const { p50, max } = figures.takeOverMs
console.log(
  `\n${effort.held} evaluations of a process that was killed ended after ${seconds(p50)} (p50), ${seconds(max)} (max)`,
)
printFigures({ clients, ...effort, figures })

/** Evaluations per second, each waited for; every client has a process and a service. */
async function throughput(subjects: readonly Subject[], indicators: typeof pushed): Promise<number> {
  let ended = 0
  const end = performance.now() + effort.seconds * 1000
  const work = async (client: number): Promise<void> => {
    while (performance.now() < end) {
      await evaluate(subjects[client % subjects.length]?.url, `service-${client}`, indicators)
      ended += 1
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)))
  return ended / ((performance.now() - begun) / 1000)
}

async function evaluate(url: string | undefined, service: string, indicators: typeof pushed): Promise<void> {
  const reply = await fetch(`${url}/v1/projects/bench/stages/test/services/${service}/evaluations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=60' },
    body: JSON.stringify({ indicators }),
  })
  const text = await reply.text()
  if (reply.status !== 201 || !text.includes('"result":"pass"')) {
    throw new Error(`an evaluation came to ${reply.status}: ${text.slice(0, 500)}`)
  }
}

/** Transactions per second. */
async function write(databaseUrl: string): Promise<number> {
  await execute(
    databaseUrl,
    `create table ended as select e.* from evaluations as e where e.state = 'succeeded' limit 1;
     create table announced as select o.* from outbox as o join ended as e on e.id = o.evaluation_id`,
  )
  const folder = await mkdtemp(join(tmpdir(), 'pharos-pgbench-'))
  const file = join(folder, 'evaluation.sql')
  await writeFile(file, copying)
  const options = ['--no-vacuum', '--file', file, '--client', String(clients), '--time', String(effort.seconds)]
  const { stdout } = await promisify(execFile)('pgbench', [...options, databaseUrl])
  await rm(folder, { recursive: true })
  return Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1])
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
