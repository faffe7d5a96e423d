import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { pino } from 'pino'
import type { TestProject } from 'vitest/node'
import { openDatabase, type DatabaseOptions } from '../../src/storage/engine/database.ts'
import { migrate } from '../../src/storage/engine/migrate.ts'
import { migrationsFolder } from './database.ts'
import { databaseUrl, execute } from './database-url.ts'
import { startPostgres } from './postgres.ts'

const log = pino({ level: 'silent' })

type TearDown = () => Promise<void>

/** Runs once for each of the projects `postgres` and `embedded` that has a file to run. */
export default async function setup(project: TestProject): Promise<TearDown> {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-test-'))
  project.provide('testFolder', folder)
  const tearDown = await (project.name === 'postgres' ? setUpPostgres(project) : setUpEmbedded(project, folder))
  return async () => {
    await tearDown()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function setUpPostgres(project: TestProject): Promise<TearDown> {
  const server = await startPostgres()
  console.log(`tests use ${server.description}`)
  const prefix = `pharos_test_${randomBytes(4).toString('hex')}_`
  await execute(server.url, `create database ${prefix}template`)
  await migrateDatabase({ url: databaseUrl(server.url, `${prefix}template`), folder: '', log })
  project.provide('postgres', { url: server.url, prefix })
  return async () => {
    await dropDatabases(server.url, prefix)
    await server.stop()
  }
}

/** Making an embedded database takes seconds, copying one a tenth of one. */
async function setUpEmbedded(project: TestProject, folder: string): Promise<TearDown> {
  const empty = join(folder, 'empty')
  const migrated = join(folder, 'migrated')
  const database = await openDatabase({ url: undefined, folder: empty, log })
  await database.close()
  cpSync(empty, migrated, { recursive: true })
  await migrateDatabase({ url: undefined, folder: migrated, log })
  project.provide('embedded', { migrated, empty })
  return async () => {}
}

async function migrateDatabase(options: DatabaseOptions): Promise<void> {
  const database = await openDatabase(options)
  await migrate(database.pool, migrationsFolder, log)
  await database.close()
}

/** Also those of tests that failed; on the server of DATABASE_URL they would stay. */
async function dropDatabases(url: string, prefix: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(
    `select d.datname as name
       from pg_database as d
      where starts_with(d.datname, $1)`,
    [prefix],
  )
  for (const { name } of rows) await client.query(`drop database if exists ${name} with (force)`)
  await client.end()
}
