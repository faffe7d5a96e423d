import type pg from 'pg'
import { z } from 'zod'
import type { KeyState } from '../announcing/delivery/signing-keys.ts'

/** So many generations before the newest may sign too: each adds a signature to every message. */
const earlierMax = 4

const KeyRow = z.object({
  sink: z.string(),
  generation: z.number(),
  secret_check: z.string(),
  earlier_until: z.array(z.date()),
})

/** SQL: the columns of a key `k` but its sink. What has ended of the overlaps is their end, so that the others keep their places. */
export const keyColumns = `k.generation, k.secret_check,
                 array(
                   select overlap.until
                     from unnest(k.earlier_until) with ordinality as overlap (until, place)
                    where overlap.until > now()
                    order by overlap.place) as earlier_until`

/** A row with the columns of `keyColumns` and `sink`. */
export function toKeyState(row: unknown): KeyState {
  const { sink, generation, secret_check: secretCheck, earlier_until: ends } = KeyRow.parse(row)
  const earlier = ends.map((until, place) => ({ generation: generation - 1 - place, until }))
  return { sink, generation, secretCheck, earlier }
}

/** Of every sink and subscription that has a key: as many as there are of these. */
export async function listKeys(pool: pg.Pool): Promise<readonly KeyState[]> {
  const { rows } = await pool.query(`select k.sink, ${keyColumns} from signing_keys as k`)
  return rows.map(toKeyState)
}

/**
 * The next generation of a sink's key, the first one if it has none. Those before count for `overlapMs` more, or for as long as they
 * would have if that is less; not when they were derived from another secret, since nobody can sign with them any more. Undefined
 * when it is a subscription that has ended.
 */
export async function nextKey(
  pool: pg.Pool,
  { sink, origin }: { readonly sink: string; readonly origin: 'api' | 'file' },
  secretCheck: string,
  overlapMs: number,
): Promise<KeyState | undefined> {
  const { rows } = await pool.query(
    `with standing as (
       select from subscriptions as s
        where s.id::text = $1
          for key share)
     insert into signing_keys as k (sink, generation, secret_check)
     select $1, 1, $2
      where $4 = 'file' or exists (select from standing)
     on conflict (sink) do update
        set generation = k.generation + 1,
            secret_check = excluded.secret_check,
            earlier_until = case when k.secret_check = excluded.secret_check then array(
              select least(overlap.until, now() + make_interval(secs => $3))
                from unnest(array['infinity'::timestamptz] || k.earlier_until) with ordinality as overlap (until, place)
               where overlap.place <= ${earlierMax}
               order by overlap.place) else '{}' end
     returning k.sink, ${keyColumns}`,
    [sink, secretCheck, overlapMs / 1000, origin],
  )
  return rows.length === 0 ? undefined : toKeyState(rows[0])
}
