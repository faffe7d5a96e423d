import type pg from 'pg'
import { z } from 'zod'
import type { StreamFilter, StreamPart, StreamRange } from '../announcing/event-stream.ts'

const RangeRow = z.object({ oldest: z.string(), newest: z.string() })
const EventRow = z.object({
  oldest: z.string(),
  position: z.string().nullable(),
  type: z.string().nullable(),
  body: z.string().nullable(),
})

/**
 * Below the snapshot every transaction has ended, so that no smaller position can come any more. What is seen and yet beyond it
 * came with a backup from another server, which counts its transactions on its own.
 */
const isSettled = `(o.written_by < pg_snapshot_xmin(pg_current_snapshot())
                    or o.written_by >= pg_snapshot_xmax(pg_current_snapshot()))`

export async function streamRange(pool: pg.Pool): Promise<StreamRange> {
  const { rows } = await pool.query(
    `select (h.position + 1)::text as oldest,
            greatest(h.position, (
              select o.position from outbox as o where ${isSettled} order by o.position desc limit 1))::text as newest
       from outbox_horizon as h`,
  )
  return RangeRow.parse(rows[0])
}

export async function eventsAfter(
  pool: pg.Pool,
  position: string,
  filter: StreamFilter,
  limit: number,
): Promise<StreamPart> {
  const { rows } = await pool.query(
    `select (h.position + 1)::text as oldest, next.position::text as position, next.type, next.body
       from outbox_horizon as h
       left join lateral (
         select o.position, o.event_type as type,
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
          limit $7) as next on true
      order by next.position`,
    [position, filter.type, filter.project, filter.stage, filter.service, filter.result, limit],
  )
  const found = z.array(EventRow).min(1).parse(rows)
  const events = found.flatMap(({ position: at, type, body }) =>
    at === null || type === null ? [] : [{ position: at, type, body }],
  )
  return { oldest: found[0]?.oldest ?? '1', events }
}
