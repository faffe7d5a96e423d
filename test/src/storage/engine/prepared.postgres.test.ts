import { pino } from 'pino'
import type { PoolClient } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../../../src/storage/engine/database.ts'
import { prepareDatabase } from '../../../support/database.ts'

let scope: AsyncDisposableStack
let client: PoolClient

beforeEach(async () => {
  scope = new AsyncDisposableStack()
  const prepared = await prepareDatabase()
  scope.defer(() => prepared.remove())
  const database = await openDatabase({ ...prepared, log: pino({ level: 'silent' }) })
  scope.defer(() => database.close())
  client = await database.pool.connect()
  scope.defer(() => client.release())
})
afterEach(() => scope.disposeAsync())

/** What the server keeps for this connection: texts, and how often it could use the plan that it had. */
async function kept(): Promise<readonly { readonly statement: string; readonly uses: string }[]> {
  const { rows } = await client.query<{ statement: string; uses: string }>(
    `select p.statement, p.generic_plans + p.custom_plans as uses
       from pg_prepared_statements as p
      order by p.prepare_time`,
  )
  return rows
}

test('a statement with parameters is read by the server once for each connection', async () => {
  for (const number of [1, 2, 3]) {
    const { rows } = await client.query('select $1::integer + 1 as next', [number])
    expect(rows).toEqual([{ next: number + 1 }])
  }
  expect(await kept()).toEqual([{ statement: 'select $1::integer + 1 as next', uses: '3' }])
})

test('a statement without parameters is not kept', async () => {
  await client.query('select 1')
  expect(await kept()).toEqual([])
})

test('a kept statement goes on while a newer release adds to its table', async () => {
  await client.query('create table grown (id integer)')
  const write = (id: number) => client.query('insert into grown (id) values ($1) returning id', [id])
  await write(1)
  await client.query('alter table grown add column note text')
  expect((await write(2)).rows).toEqual([{ id: 2 }])
})

test('a statement that failed can be sent again', async () => {
  const divide = (by: number) => client.query('select 6 / $1::integer as part', [by])
  await expect(divide(0)).rejects.toThrow('division by zero')
  expect((await divide(3)).rows).toEqual([{ part: 2 }])
})

test('a statement that the server could not read can be sent again once it can', async () => {
  const look = () => client.query('select later.id from later where later.id = $1', [1])
  await expect(look()).rejects.toThrow('relation "later" does not exist')
  await client.query('create table later as select 1 as id')
  expect((await look()).rows).toEqual([{ id: 1 }])
})
