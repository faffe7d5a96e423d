import type pg from 'pg'
import { z } from 'zod'
import type { StreamFilter, StreamRange, StreamedEvent } from '../event-stream.ts'

const RangeRow = z.object({ oldest: z.string(), newest: z.string() })
const EventRow = z.object({ position: z.string(), type: z.string(), body: z.string().nullable() })

/** Below it every transaction has ended, so that no smaller position can come any more. */
const isSettled = 'o.written_by < pg_snapshot_xmin(pg_current_snapshot())'

export async function streamRange(pool: pg.Pool): Promise<StreamRange> {
  const { rows } = await pool.query(
    `select coalesce((select min(o.position) from outbox as o), 0)::text as oldest,
            coalesce((select o.position from outbox as o where ${isSettled} order by o.position desc limit 1), 0)::text as newest`,
  )
  return RangeRow.parse(rows[0])
}

export async function eventsAfter(
  pool: pg.Pool,
  position: string,
  filter: StreamFilter,
  limit: number,
): Promise<readonly StreamedEvent[]> {
  const { rows } = await pool.query(
    `select o.position::text as position, o.event_type as type,
            case when ($2::text is null or o.event_type in ($2, 'sh.keptn.event.' || $2))
                  and ($3::text is null or e.project = $3)
                  and ($4::text is null or e.stage = $4)
                  and ($5::text is null or e.service = $5)
                  and ($6::text is null or (e.result = $6 and o.event_type not like '%.started'))
                 then o.body
             end as body
       from outbox as o
       join evaluations as e on e.id = o.evaluation_id
      where o.position > $1 and ${isSettled}
      order by o.position
      limit $7`,
    [position, filter.type, filter.project, filter.stage, filter.service, filter.result, limit],
  )
  return z.array(EventRow).parse(rows)
}
