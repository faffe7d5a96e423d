import { tmpdir } from 'node:os'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { jetstream } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { Client } from 'pg'
import { startNatsServer } from '../test/support/nats-server.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { startScriptedPrometheus } from '../test/support/scripted-prometheus.ts'
import { printFigures } from './figures.ts'
import { makeSite } from './subject.ts'

/**
 * `npm run bench:nats`: triggers that wait in a JetStream stream, and how many of them one and two processes bring to their end
 * per second: taken, accepted, asked of a provider that answers at once, judged, and announced to the same stream. A table for
 * people, then the same as one line of JSON. `-- --quick` is a trial of the benchmark itself.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const triggers = values.quick ? 200 : 3_000

const services = 16
const files = {
  'bench/slo.yaml':
    'objectives: [{sli: latency, pass: [{criteria: ["<=+10%", "<600"]}]}]\ntotal_score: {pass: "90%"}\n',
  'bench/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {latency: latency}\n',
}

await using scope = new AsyncDisposableStack()
const folder = await mkdtemp(join(tmpdir(), 'pharos-bench-nats-'))
scope.defer(() => rm(folder, { recursive: true }))
const postgres = await startPostgres('durable')
scope.defer(() => postgres.stop())
const prometheus = await startScriptedPrometheus({ '*': { kind: 'value', value: 100 } })
scope.defer(() => prometheus.stop())
console.error(`on ${postgres.description} (durable); this takes about a minute`)
const perSecond = { one: await drained(1), two: await drained(2) }

console.log(`| ${triggers} triggers of ${services} services in the stream | evaluations per second |`)
console.log('|---|---:|')
console.log(`| one process | ${perSecond.one.toFixed(0)} |`)
console.log(`| two processes | ${perSecond.two.toFixed(0)} |`)
printFigures({ triggers, services, perSecond })

/** Evaluations per second from the first trigger in the stream to the last outcome, with so many processes on a database of their own. */
async function drained(processes: number): Promise<number> {
  await using round = new AsyncDisposableStack()
  const nats = await startNatsServer(join(folder, `nats-${processes}`), round)
  const settings = { nats: { servers: [nats.url], createStream: true, triggers: true } }
  const site = await makeSite({ serverUrl: postgres.url, files, prometheusUrl: prometheus.url, settings })
  round.defer(() => site.remove())
  for (let count = 0; count < processes; count += 1) {
    const subject = await site.start()
    round.defer(() => subject.stop())
  }
  const begun = performance.now()
  await publishAll(nats.url)
  await allEnded(site.databaseUrl ?? '')
  return triggers / ((performance.now() - begun) / 1000)
}

async function publishAll(url: string): Promise<void> {
  const connection = await connect({ servers: url })
  const stream = jetstream(connection)
  for (let from = 0; from < triggers; from += 100) {
    const some = Array.from({ length: Math.min(100, triggers - from) }, (_, index) => triggerOf(from + index))
    await Promise.all(some.map((event) => stream.publish(event.type, JSON.stringify(event))))
  }
  await connection.close()
}

function triggerOf(index: number) {
  const end = new Date(Date.now() - 60_000 - index)
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: 'bench',
    type: 'sh.keptn.event.evaluation.triggered',
    time: new Date().toISOString(),
    shkeptncontext: randomUUID(),
    data: {
      project: 'bench',
      stage: 'test',
      service: `service-${index % services}`,
      evaluation: { start: new Date(end.getTime() - 300_000).toISOString(), end: end.toISOString() },
    },
  }
}

/** Resolves when as many evaluations have ended as there are triggers. Throws when one did not succeed. */
async function allEnded(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  for (;;) {
    const { rows } = await client.query<{ ended: number; failed: number }>(
      `select count(*) filter (where e.finished_at is not null)::integer as ended,
              count(*) filter (where e.state = 'errored')::integer as failed
         from evaluations as e`,
    )
    const { ended = 0, failed = 0 } = rows[0] ?? {}
    if (failed > 0) throw new Error(`${failed} evaluations ended errored`)
    if (ended >= triggers) break
    await pause(50)
  }
  await client.end()
}
