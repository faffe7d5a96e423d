import { pino } from 'pino'
import { expect, inject, test } from 'vitest'
import { openDatabase } from '../../../../src/storage/engine/database.ts'
import { freshDatabase } from '../../../support/database.ts'

test('no line of the log has the password of the database', async () => {
  const fresh = await freshDatabase()
  const url = new URL(fresh.url ?? '')
  url.password = 'hunter2-of-the-database'
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const database = await openDatabase({ url: url.href, folder: inject('testFolder'), log })
  try {
    await database.pool.query('select 1')
    await fresh.database.pool.query(
      `select pg_terminate_backend(a.pid)
         from pg_stat_activity as a
        where a.datname = current_database() and a.pid <> pg_backend_pid()`,
    )
    await expect.poll(() => lines.join('')).toContain('idle database connection lost')
    expect(lines.join('')).not.toContain('hunter2')
  } finally {
    await database.close()
    await fresh.remove()
  }
})
