import { randomUUID } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { inject } from 'vitest'
import { openDatabase, type Database } from '../../src/storage/engine/database.ts'
import { databaseUrl, execute } from './database-url.ts'

export const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

/** A database of one test's own, for a process to open. */
export interface PreparedDatabase {
  /** Undefined on the embedded database. */
  readonly url: string | undefined
  /** The data folder, empty on PostgreSQL. */
  readonly folder: string
  /** What a Pharos process needs in its environment to use it; `undefined` is for what must not be inherited. */
  readonly env: { readonly DATABASE_URL: string | undefined; readonly PHAROS_DATA: string }
  /** Drops it; nobody may have it open any more on the embedded database. */
  remove(): Promise<void>
}

/** A database that is open in this process. On the embedded one no other process can have it meanwhile. */
export interface FreshDatabase extends PreparedDatabase {
  readonly database: Database
}

/** A new database with all migrations, on what the project of this test runs on; `remove` closes and drops it. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const prepared = await prepareDatabase()
  const database = await openDatabase({ ...prepared, log: pino({ level: 'silent' }) })
  return {
    ...prepared,
    database,
    remove: async () => {
      await database.close()
      await prepared.remove()
    },
  }
}

/** The same, opened by nobody; `migrated: false` leaves it without any table. */
export async function prepareDatabase(
  options: { readonly migrated: boolean } = { migrated: true },
): Promise<PreparedDatabase> {
  const folder = mkdtempSync(join(inject('testFolder'), 'data-'))
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true })
  if (inject('database') === 'embedded') {
    cpSync(inject('embedded')[options.migrated ? 'migrated' : 'empty'], folder, { recursive: true })
    const env = { DATABASE_URL: undefined, PHAROS_DATA: folder }
    return { url: undefined, folder, env, remove: async () => removeFolder() }
  }
  const server = inject('postgres')
  const name = `${server.prefix}${randomUUID().replaceAll('-', '')}`
  await execute(
    server.url,
    `create database ${name} template ${options.migrated ? `${server.prefix}template` : 'template0'}`,
  )
  const url = databaseUrl(server.url, name)
  return {
    url,
    folder,
    env: { DATABASE_URL: url, PHAROS_DATA: folder },
    remove: async () => {
      await execute(server.url, `drop database if exists ${name} with (force)`)
      removeFolder()
    },
  }
}
