import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { transaction } from '../../../../src/storage/engine/database.ts'
import { freshDatabase, type FreshDatabase } from '../../../support/database.ts'

let fresh: FreshDatabase

beforeAll(async () => {
  fresh = await freshDatabase()
  await fresh.database.pool.query('create table notes (note text primary key)')
})

afterAll(() => fresh.remove())

beforeEach(() => fresh.database.pool.query('delete from notes'))

async function notes(): Promise<readonly string[]> {
  const { rows } = await fresh.database.pool.query<{ note: string }>('select n.note from notes as n order by n.note')
  return rows.map(({ note }) => note)
}

const insert = 'insert into notes (note) values ($1)'

test('a transaction keeps what its work wrote, and answers what it answers', async () => {
  const answer = await transaction(fresh.database.pool, async (client) => {
    await client.query(insert, ['kept'])
    return 42
  })
  expect(answer).toBe(42)
  expect(await notes()).toEqual(['kept'])
})

test('a transaction whose work throws leaves nothing, and throws that', async () => {
  const work = transaction(fresh.database.pool, async (client) => {
    await client.query(insert, ['lost'])
    throw new Error('changed my mind')
  })
  await expect(work).rejects.toThrow('changed my mind')
  expect(await notes()).toEqual([])
})

test('a transaction that swallowed an error of the database does not look committed', async () => {
  const work = transaction(fresh.database.pool, async (client) => {
    await client.query(insert, ['lost'])
    await client.query('select nonsense').catch(() => {})
  })
  await expect(work).rejects.toThrow('the transaction was rolled back')
  expect(await notes()).toEqual([])
})

test('thirty transactions at once do not mix', async () => {
  await fresh.database.pool.query(`insert into notes (note) values ('0')`)
  const works = Array.from({ length: 30 }, () =>
    transaction(fresh.database.pool, async (client) => {
      const { rows } = await client.query<{ note: string }>('select n.note from notes as n for update')
      await client.query('update notes set note = $1', [String(Number(rows[0]?.note) + 1)])
    }),
  )
  await Promise.all(works)
  expect(await notes()).toEqual(['30'])
})

test('a client that is lost in a transaction is rolled back, and holds up nobody', async () => {
  const client = await fresh.database.pool.connect()
  await client.query('begin')
  await client.query(insert, ['lost'])
  client.release(new Error('lost'))
  expect(await notes()).toEqual([])
})

test('a client that is lost while it asks is rolled back, and holds up nobody', async () => {
  const client = await fresh.database.pool.connect()
  await client.query('begin')
  const asked = client.query(insert, ['lost']).catch(() => {})
  client.release(new Error('lost'))
  await asked
  expect(await notes()).toEqual([])
})

test('a hundred queries at once each get their own answer', async () => {
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => fresh.database.pool.query('select $1::integer as number', [index])),
  )
  expect(answers.map(({ rows }) => rows)).toEqual(Array.from({ length: 100 }, (_, number) => [{ number }]))
})

test('five megabytes there and back', async () => {
  const note = 'ä'.repeat(2_500_000)
  const { rows } = await fresh.database.pool.query<{ note: string }>('select $1::text as note', [note])
  expect(rows[0]?.note === note).toBe(true)
})

test('an error is of its own query only', async () => {
  const queries = ['select 1 as one', 'select nonsense', insert].map((sql) =>
    fresh.database.pool.query(sql, sql === insert ? ['kept'] : []),
  )
  const [first, second, third] = await Promise.allSettled(queries)
  expect([first?.status, second?.status, third?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  await expect(fresh.database.pool.query(insert, ['kept'])).rejects.toMatchObject({ code: '23505' })
  expect(await notes()).toEqual(['kept'])
})
