import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { pino } from 'pino'
import { openDatabase } from '../../src/storage/engine/database.ts'
import { migrate } from '../../src/storage/engine/migrate.ts'
import { migrationsFolder } from './database.ts'

const run = promisify(execFile)

/** A database as it was at one moment, while others wrote to it. */
export interface Backup {
  /** Into a database that is empty. */
  restore(url: string): Promise<void>
}

/**
 * Takes one with the `pg_dump` of folder `bin`. The PostgreSQL that npm brings has none: there its snapshot is read by SQL,
 * which is what `pg_dump` does, so that the test of backups needs nothing installed.
 */
export async function backUp(url: string, bin: string, file: string): Promise<Backup> {
  if (!existsSync(join(bin, 'pg_dump'))) return readSnapshot(url)
  await run(join(bin, 'pg_dump'), ['--format=custom', `--file=${file}`, url])
  return {
    async restore(target) {
      await run(join(bin, 'pg_restore'), ['--exit-on-error', `--dbname=${target}`, file])
    },
  }
}

const tables = [
  'evaluations',
  'idempotency_keys',
  'incoming_events',
  'outbox',
  'deliveries',
  'subscriptions',
  'signing_keys',
] as const

async function readSnapshot(url: string): Promise<Backup> {
  const contents = new Map<string, string>()
  await connected(url, async (client) => {
    await client.query('begin isolation level repeatable read')
    for (const table of tables) {
      const { rows } = await client.query<{ all: string }>(
        `select coalesce(json_agg(t), '[]')::text as all from ${table} as t`,
      )
      contents.set(table, rows[0]?.all ?? '[]')
    }
  })
  return {
    async restore(target) {
      const log = pino({ level: 'silent' })
      const database = await openDatabase({ url: target, folder: '', log })
      await migrate(database.pool, migrationsFolder, log)
      await database.close()
      await connected(target, async (client) => {
        for (const [table, all] of contents) {
          const insert = `insert into ${table} overriding system value select * from json_populate_recordset(null::${table}, $1)`
          await client.query(insert, [all])
        }
        await client.query(
          `select setval(pg_get_serial_sequence('outbox', 'position'), max(o.position)) from outbox as o`,
        )
      })
    },
  }
}

async function connected(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
