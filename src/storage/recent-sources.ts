import type pg from 'pg'
import { z } from 'zod'

/** More would not be read. */
const sourcesMax = 1000

/**
 * The sources of the events that triggered or invalidated an evaluation in the last `days` days, the latest first; at most 1,000. None
 * in a database that is not migrated yet.
 */
export async function recentSources(db: pg.Pool, days: number): Promise<readonly string[]> {
  const { rows: tables } = await db.query(`select to_regclass('incoming_events') is not null as is_there`)
  if (!z.object({ is_there: z.boolean() }).parse(tables[0]).is_there) return []
  const { rows } = await db.query(
    `select seen.source
       from (
         select i.source, i.received_at as at
           from incoming_events as i
         union all
         select e.invalidation ->> 'by', (e.invalidation ->> 'at')::timestamptz
           from evaluations as e
          where e.invalidation is not null) as seen (source, at)
      where seen.at > now() - make_interval(days => $1)
      group by seen.source
      order by max(seen.at) desc, seen.source
      limit $2`,
    [days, sourcesMax],
  )
  return z
    .array(z.object({ source: z.string() }))
    .parse(rows)
    .map(({ source }) => source)
}
