import type pg from 'pg'

/** As the id of a subscription is written; no sink of `pharos.yaml` is called so. */
const uuid = `'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'`

/**
 * Removes up to `limit` events that are older, with what became of them, and answers how many. One that a subscriber has neither
 * taken nor refused for good stays, however old; not for a subscription that has ended while it was written.
 */
export async function removeOldEvents(pool: pg.Pool, ageMs: number, limit: number): Promise<number> {
  const { rowCount } = await pool.query(
    `with old as (
       select o.position
         from outbox as o
        where o.written_at < now() - make_interval(secs => $1)
          and not exists (
            select from deliveries as d
             where d.position = o.position and d.delivered_at is null and d.dead_at is null
               and (d.sink !~ ${uuid} or exists (select from subscriptions as s where s.id::text = d.sink)))
        order by o.written_at, o.position
        limit $2
          for update of o skip locked),
     removed as (
       delete from deliveries as d
        using old
        where d.position = old.position),
     moved as (
       update outbox_horizon as h
          set position = greatest(h.position, (select max(old.position) from old))
        where exists (select from old))
     delete from outbox as o
      using old
      where o.position = old.position`,
    [ageMs / 1000, limit],
  )
  return rowCount ?? 0
}
