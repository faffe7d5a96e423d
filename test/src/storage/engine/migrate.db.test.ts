import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { StartError } from '../../../../src/base/errors.ts'
import { openDatabase, type Database } from '../../../../src/storage/engine/database.ts'
import { migrate } from '../../../../src/storage/engine/migrate.ts'
import { prepareDatabase, type PreparedDatabase } from '../../../support/database.ts'

const log = pino({ level: 'silent' })

let prepared: PreparedDatabase
let database: Database
let folder: string

beforeAll(async () => {
  prepared = await prepareDatabase({ migrated: false })
  database = await openDatabase({ ...prepared, log })
})

beforeEach(async () => {
  folder = mkdtempSync(join(inject('testFolder'), 'migrations-'))
  await database.pool.query('drop schema public cascade; create schema public')
})

afterAll(async () => {
  await database.close()
  await prepared.remove()
})

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql)
}

function run(): Promise<readonly string[]> {
  return migrate(database.pool, folder, log)
}

async function tables(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select t.tablename as name
       from pg_tables as t
      where t.schemaname = 'public'
      order by t.tablename`,
  )
  return rows.map(({ name }) => name)
}

// Each fails when it is applied twice, the second also when it is applied first.
const first = 'create table one (number integer); create index one_number on one (number);'
const second = 'create table two as select o.number from one as o;'

test('files are applied in order, once, and recorded', async () => {
  write({ '0002_second.sql': second, '0001_first.sql': first, 'README.md': 'not SQL' })
  expect(await run()).toEqual(['0001_first.sql', '0002_second.sql'])
  expect(await run()).toEqual([])
  expect(await tables()).toEqual(['migrations', 'one', 'two'])
  const { rows } = await database.pool.query(
    `select m.name, m.checksum ~ '^[0-9a-f]{64}$' as has_checksum, m.applied_at <= now() as has_time
       from migrations as m
      order by m.name`,
  )
  expect(rows).toEqual([
    { name: '0001_first.sql', has_checksum: true, has_time: true },
    { name: '0002_second.sql', has_checksum: true, has_time: true },
  ])
})

test('a file that was added is applied at the next start', async () => {
  write({ '0001_first.sql': first })
  await run()
  write({ '0002_second.sql': second })
  expect(await run()).toEqual(['0002_second.sql'])
})

test('the line ends of a checkout on Windows are no change', async () => {
  write({ '0001_first.sql': 'create table one (\nnumber integer);\n' })
  await run()
  write({ '0001_first.sql': 'create table one (\r\nnumber integer);\r\n' })
  expect(await run()).toEqual([])
})

test('a file that was changed after it was applied stops the start, and later files wait', async () => {
  write({ '0001_first.sql': first })
  await run()
  write({ '0001_first.sql': `${first} -- better`, '0002_second.sql': second })
  await expect(run()).rejects.toThrow(
    new StartError(
      'Migration 0001_first.sql was changed after it was applied: restore its text, and add a new file instead.',
    ),
  )
  expect(await tables()).toEqual(['migrations', 'one'])
})

describe('a database newer than the program', () => {
  const newer = new StartError(
    'The database is newer than this Pharos, it holds migration 0002_second.sql: start a newer Pharos.',
  )

  test('is no hindrance when all that came has only added', async () => {
    write({ '0001_first.sql': first, '0002_second.sql': second })
    await run()
    rmSync(join(folder, '0002_second.sql'))
    expect(await run()).toEqual([])
    expect(await tables()).toEqual(['migrations', 'one', 'two'])
  })

  test('stops the start untouched when something was taken away', async () => {
    write({ '0001_first.sql': first, '0002_second.sql': `-- contract: one is read no more\n${second}` })
    await run()
    rmSync(join(folder, '0002_second.sql'))
    await expect(run()).rejects.toThrow(newer)
    expect(await tables()).toEqual(['migrations', 'one', 'two'])
  })

  test('stops the start untouched when the program has a file of its own instead', async () => {
    write({ '0001_first.sql': first, '0002_second.sql': second })
    await run()
    rmSync(join(folder, '0002_second.sql'))
    write({ '0002_other.sql': 'create table other ()' })
    await expect(run()).rejects.toThrow(newer)
    expect(await tables()).toEqual(['migrations', 'one', 'two'])
  })

  test('that was migrated before there were such marks has only added', async () => {
    write({ '0001_first.sql': first })
    await run()
    await database.pool.query('alter table migrations drop column is_contract')
    expect(await run()).toEqual([])
  })
})

test('a file that fails leaves what was before it, and nothing of its own', async () => {
  write({ '0001_first.sql': first, '0002_second.sql': 'create table two (); select nonsense;' })
  await expect(run()).rejects.toThrow(
    new StartError('Migration 0002_second.sql failed and changed nothing: column "nonsense" does not exist.'),
  )
  expect(await tables()).toEqual(['migrations', 'one'])
  write({ '0002_second.sql': second })
  expect(await run()).toEqual(['0002_second.sql'])
})

for (const { files, sentence } of [
  {
    files: { '0001_a.sql': '', '0003_c.sql': '' },
    sentence: 'Migration file 0003_c.sql should be named 0002_name.sql.',
  },
  {
    files: { '0001_a.sql': '', '0001_b.sql': '' },
    sentence: 'Migration file 0001_b.sql should be named 0002_name.sql.',
  },
  { files: { 'first.sql': '' }, sentence: 'Migration file first.sql should be named 0001_name.sql.' },
]) {
  test(`${Object.keys(files).join(' and ')} are no series of files`, async () => {
    write(files)
    await expect(run()).rejects.toThrow(new StartError(sentence))
    expect(await tables()).toEqual([])
  })
}

test('a database that goes away meanwhile is asked again, and each file is applied once', async () => {
  write({ '0001_first.sql': first, '0002_second.sql': second })
  const { pool } = database
  const connects: string[] = []
  const connect = async (): Promise<pg.PoolClient> => {
    connects.push(connects.length === 1 ? 'away' : 'there')
    if (connects.at(-1) === 'away') throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    return pool.connect()
  }
  const leaky = new Proxy(pool, { get: (target, key) => (key === 'connect' ? connect : Reflect.get(target, key)) })
  expect(await migrate(leaky, folder, log)).toEqual(['0001_first.sql', '0002_second.sql'])
  expect(connects).toEqual(['there', 'away', 'there', 'there'])
})

test('five starts at once apply each file once', async () => {
  write({
    '0001_first.sql': first,
    '0002_second.sql': second,
    '0003_third.sql': 'select pg_sleep(0.1); drop table one;',
  })
  // On PostgreSQL each has connections of its own, as processes have; an embedded database has one process only.
  const others = await Promise.all(
    Array.from({ length: prepared.url === undefined ? 0 : 4 }, () => openDatabase({ ...prepared, log })),
  )
  const pools = [database, database, database, database, database].map((own, index) => (others[index] ?? own).pool)
  const applied = await Promise.all(pools.map((pool) => migrate(pool, folder, log)))
  await Promise.all(others.map((other) => other.close()))
  expect(applied.flat().toSorted()).toEqual(['0001_first.sql', '0002_second.sql', '0003_third.sql'])
  expect(await tables()).toEqual(['migrations', 'two'])
})
