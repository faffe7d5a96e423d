import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { migrate } from '../../../../src/storage/engine/migrate.ts'
import { freshDatabase, type FreshDatabase } from '../../../support/database.ts'

/** Programs go on while a newer one starts and migrates: a migration that meets them on a table gives way and tries again. */

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
  await fresh.database.pool.query('drop schema public cascade; create schema public')
  await fresh.database.pool.query('create table one (number integer); create table two (number integer)')
})
afterAll(() => fresh.remove())

/** Collects what is logged. */
function listening() {
  const waiting = Promise.withResolvers<void>()
  const write = (line: string): void => {
    if (JSON.parse(line).msg.startsWith('a migration could not lock its tables')) waiting.resolve()
  }
  return { log: pino({}, { write }), heldUp: waiting.promise }
}

function folderWith(sql: string): string {
  const folder = mkdtempSync(join(inject('testFolder'), 'migrations-'))
  writeFileSync(join(folder, '0001_change.sql'), sql)
  return folder
}

test('a migration waits for a lock on its tables', async () => {
  const { pool } = fresh.database
  const user = await pool.connect()
  await user.query('begin')
  await user.query('select * from one')
  const { log, heldUp } = listening()
  const done = migrate(pool, folderWith('alter table one add column more integer;'), log)
  await heldUp
  await user.query('commit')
  user.release()
  expect(await done).toEqual(['0001_change.sql'])
})

test('a migration loses a deadlock and tries again', async () => {
  const { pool } = fresh.database
  await pool.query('drop table migrations')
  const user = await pool.connect()
  // The server looks for deadlocks when a waiter has waited this long: the migration is to find it.
  await user.query(`set deadlock_timeout = '1min'`)
  await user.query('begin')
  await user.query('select * from two')
  const { log, heldUp } = listening()
  const done = migrate(
    pool,
    folderWith('alter table one add column a integer; alter table two add column b integer;'),
    log,
  )
  await expect.poll(async () => (await waiters(pool)).length, { timeout: 10_000 }).toBe(1)
  const crossing = user.query('select * from one')
  await heldUp
  await crossing
  await user.query('commit')
  user.release(true)
  expect(await done).toEqual(['0001_change.sql'])
})

test('a start beside a backup, which reads every table, waits for nothing', async () => {
  const { pool } = fresh.database
  const backup = await pool.connect()
  await backup.query('begin')
  await backup.query('lock table migrations in access share mode')
  const folder = folderWith('alter table one add column a integer; alter table two add column b integer;')
  expect(await migrate(pool, folder, pino({ enabled: false }))).toEqual([])
  await backup.query('rollback')
  backup.release()
})

test('a list of migrations of an older program is extended when the backup is over', async () => {
  const { pool } = fresh.database
  await pool.query('alter table migrations drop column is_contract')
  const backup = await pool.connect()
  await backup.query('begin')
  await backup.query('lock table migrations in access share mode')
  const { log, heldUp } = listening()
  const folder = folderWith('alter table one add column a integer; alter table two add column b integer;')
  const done = migrate(pool, folder, log)
  await heldUp
  await backup.query('rollback')
  backup.release()
  expect(await done).toEqual([])
})

/** The sessions that wait for a lock on a table. */
async function waiters(pool: FreshDatabase['database']['pool']): Promise<readonly unknown[]> {
  const { rows } = await pool.query(`select l.pid from pg_locks as l where not l.granted and l.locktype = 'relation'`)
  return rows
}
