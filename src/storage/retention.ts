import type pg from 'pg'
import { z } from 'zod'
import type { OldEvent, Sweep, SweepWanted } from '../announcing/retention.ts'

/** As the id of a subscription is written; no sink of `pharos.yaml` is called so. */
const uuid = `'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'`

const SweepRow = z.object({
  removed: z.coerce.number(),
  unheard: z.coerce.number(),
  written_at: z.string().nullable(),
  position: z.string().nullable(),
})

const beforeAll: OldEvent = { writtenAt: '-infinity', position: '0' }

/**
 * Looks at the next events that are older than `ageMs`, and removes them with what became of them. One that a subscriber has neither
 * taken nor refused for good stays until it is older than `waitingAgeMs`; not for a subscription that has ended.
 */
export async function removeOldEvents(
  pool: pg.Pool,
  { ageMs, waitingAgeMs, limit, after = beforeAll }: SweepWanted,
): Promise<Sweep> {
  const { rows } = await pool.query(
    `with seen as (
       select o.position, o.written_at
         from outbox as o
        where o.written_at < now() - make_interval(secs => $1)
          and (o.written_at, o.position) > ($4::timestamptz, $5::bigint)
        order by o.written_at, o.position
        limit $3),
     old as (
       select o.position
         from outbox as o
         join seen on seen.position = o.position
        where o.written_at < now() - make_interval(secs => $2)
           or not exists (select from deliveries as d where d.position = o.position and ${isWaitedFor})
          for update of o skip locked),
     removed as (
       delete from deliveries as d
        using old
        where d.position = old.position
       returning ${isWaitedFor} as is_unheard),
     moved as (
       update outbox_horizon as h
          set position = greatest(h.position, (select max(old.position) from old))
        where exists (select from old)),
     gone as (
       delete from outbox as o
        using old
        where o.position = old.position
       returning o.position)
     select (select count(*) from gone) as removed,
            (select count(*) from removed where removed.is_unheard) as unheard,
            last.written_at::text as written_at, last.position::text as position
       from (select count(*) as seen from seen) as total
       left join (
         select seen.written_at, seen.position
           from seen
          order by seen.written_at desc, seen.position desc
          limit 1) as last on total.seen = $3`,
    [ageMs / 1000, waitingAgeMs / 1000, limit, after.writtenAt, after.position],
  )
  const { removed, unheard, written_at: writtenAt, position } = SweepRow.parse(rows[0])
  return { removed, unheard, last: writtenAt === null || position === null ? undefined : { writtenAt, position } }
}

/** SQL that is true when somebody who is there waits for the delivery `d`. */
const isWaitedFor = `d.delivered_at is null and d.dead_at is null
                     and (d.sink !~ ${uuid} or exists (select from subscriptions as s where s.id::text = d.sink))`
