import { cp, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterEach, expect, inject, test } from 'vitest'
import { finishedType } from '../../src/announcing/keptn-events.ts'
import { prepareDatabase, type PreparedDatabase } from '../support/database.ts'
import { startPharos, type Pharos, type ProgramOptions } from '../support/process.ts'
import { startReceiver } from '../support/receiver.ts'
import { startScriptedPrometheus } from '../support/scripted-prometheus.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const files = {
  'shop/slo.yaml': 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n',
  'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {a: a}\n',
}

const scope = new AsyncDisposableStack()
afterEach(() => scope.disposeAsync())

/** How the next release is started: this one with a migration more, which adds to every table that is written to. */
async function nextRelease(): Promise<NonNullable<ProgramOptions['command']>> {
  const folder = await mkdtemp(join(inject('testFolder'), 'next-release-'))
  for (const part of ['src', 'slo', 'providers', 'migrations', 'package.json']) {
    await cp(join(repository, part), join(folder, part), { recursive: true })
  }
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'))
  const number = String((await readdir(join(folder, 'migrations'))).length + 1).padStart(4, '0')
  await writeFile(
    join(folder, 'migrations', `${number}_next_release.sql`),
    `alter table evaluations add column next_release text not null default 'unknown';
     alter table outbox add column next_release text;
     alter table deliveries add column next_release text;
     alter table idempotency_keys add column next_release text;
     create table next_release (id uuid primary key references evaluations (id));`,
  )
  return [process.execPath, '--import', join(folder, 'src/require-node.mjs'), join(folder, 'src/main.ts')]
}

/** Evaluates without a pause until told to end; answers the results by id. */
function keepEvaluating(pharos: Pharos): () => Promise<ReadonlyMap<string, unknown>> {
  const results = new Map<string, unknown>()
  let isEnding = false
  const work = async (): Promise<void> => {
    while (!isEnding) {
      const { body } = await pharos.evaluate({}, { prefer: 'wait=20' })
      results.set(body.id, body.result)
    }
  }
  const all = Promise.all([work(), work()])
  return async () => {
    isEnding = true
    await all
    return results
  }
}

async function ask(database: PreparedDatabase, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query(sql)
  await client.end()
  return rows
}

test('a release and the next one serve one database side by side, and the older can start again', async () => {
  const database = await prepareDatabase()
  scope.defer(() => database.remove())
  const prometheus = await startScriptedPrometheus({ a: { kind: 'value', value: 1, latencyMs: 100 } })
  scope.defer(() => prometheus.stop())
  const receiver = await startReceiver()
  scope.defer(() => receiver.stop())
  const settings = {
    providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
    sinks: [{ name: 'ci', url: receiver.url, types: ['evaluation.finished'] }],
    limits: { lease: '3s' },
  }
  const options = { files, settings, env: database.env }
  const older = await startPharos(options, scope)
  const stopOlder = keepEvaluating(older)
  const next = await startPharos({ ...options, command: await nextRelease() }, scope)
  expect(await ask(database, `select m.name from migrations as m where m.name like '%next_release.sql'`)).toHaveLength(
    1,
  )
  const stopNext = keepEvaluating(next)
  const again = await startPharos(options, scope)
  const byOlder = [await again.evaluate({}, { prefer: 'wait=20' }), await older.evaluate({}, { prefer: 'wait=20' })]
  const results = new Map([
    ...(await stopOlder()),
    ...(await stopNext()),
    ...byOlder.map(({ body }) => [body.id, body.result] as const),
  ])

  // What the older ones leave behind is the next one's: accepted, not waited for.
  for (const pharos of [older, again]) {
    const { body } = await pharos.evaluate({})
    results.set(body.id, 'pass')
    pharos.child.kill('SIGTERM')
    await pharos.ended
  }
  await receiver.until(({ length }) => length >= results.size)
  expect([...new Set(results.values())]).toEqual(['pass'])
  expect(receiver.received.map(({ event }) => event.type)).toEqual(Array(results.size).fill(finishedType))
  const ended = await ask(database, `select e.id from evaluations as e where e.state = 'succeeded'`)
  expect(ended).toHaveLength(results.size)
}, 90_000)
