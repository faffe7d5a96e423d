import { pino } from 'pino'
import { openDatabase } from '../../src/storage/engine/database.ts'

/** Writes 1, 2, 3 … into `numbers` of the embedded database in the folder given, and prints each once it is acknowledged. */
const database = await openDatabase({ url: undefined, folder: process.argv[2] ?? '', log: pino({ level: 'silent' }) })
await database.pool.query('create table if not exists numbers (number integer primary key)')
const { rows } = await database.pool.query<{ first: number }>(
  'select coalesce(max(n.number), 0) + 1 as first from numbers as n',
)
for (let number = rows[0]?.first ?? 1; ; number += 1) {
  await database.pool.query('insert into numbers (number) values ($1)', [number])
  process.stdout.write(`${number}\n`)
}
