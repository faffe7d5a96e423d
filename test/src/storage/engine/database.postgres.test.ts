import { expect, test } from 'vitest'
import { isDatabaseUnavailable, transaction } from '../../../../src/storage/engine/database.ts'
import { freshDatabase } from '../../../support/database.ts'

test('connections that the server ends cost the query that runs, and nothing else', async () => {
  const fresh = await freshDatabase()
  const { pool } = fresh.database
  await Promise.all(Array.from({ length: 5 }, () => pool.query('select pg_sleep(0.01)')))
  expect(pool.idleCount).toBe(5)
  const error = await transaction(pool, (client) =>
    client.query(
      `select pg_terminate_backend(a.pid)
         from pg_stat_activity as a
        where a.datname = current_database()
        order by a.pid = pg_backend_pid()`,
    ),
  ).catch((thrown: unknown) => thrown)
  expect(isDatabaseUnavailable(error)).toBe(true)
  await expect.poll(() => pool.totalCount).toBe(0)
  const { rows } = await pool.query('select 1 as one')
  expect(rows).toEqual([{ one: 1 }])
  await fresh.remove()
})
