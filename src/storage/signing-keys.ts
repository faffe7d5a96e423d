import type pg from 'pg'
import { z } from 'zod'
import type { KeyState } from '../signing-keys.ts'

const KeyRow = z.object({
  sink: z.string(),
  generation: z.number(),
  secret_check: z.string(),
  previous_until: z.date().nullable(),
})

const columns = `k.sink, k.generation, k.secret_check,
                 case when k.previous_until > now() then k.previous_until end as previous_until`

function toKeyState(row: unknown): KeyState {
  const { sink, generation, secret_check: secretCheck, previous_until: previousUntil } = KeyRow.parse(row)
  return { sink, generation, secretCheck, previousUntil }
}

/** Of every sink and subscription that has a key: some hundred. */
export async function listKeys(pool: pg.Pool): Promise<readonly KeyState[]> {
  const { rows } = await pool.query(`select ${columns} from signing_keys as k limit 1000`)
  return rows.map(toKeyState)
}

/**
 * The next generation of a sink's key, the first one if it has none. The one before counts for `overlapMs` more; not when it was
 * derived from another secret, since nobody can sign with it any more.
 */
export async function nextKey(pool: pg.Pool, sink: string, secretCheck: string, overlapMs: number): Promise<KeyState> {
  const { rows } = await pool.query(
    `insert into signing_keys as k (sink, generation, secret_check)
     values ($1, 1, $2)
     on conflict (sink) do update
        set generation = k.generation + 1,
            secret_check = excluded.secret_check,
            previous_until = case when k.secret_check = excluded.secret_check
                                  then now() + make_interval(secs => $3) end
     returning ${columns}`,
    [sink, secretCheck, overlapMs / 1000],
  )
  return toKeyState(rows[0])
}
