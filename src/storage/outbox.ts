import type pg from 'pg'
import { z } from 'zod'
import type { Delivery, OutgoingEvent } from '../announcer.ts'
import type { ServiceKey } from '../service.ts'

const DeliveryRow = z.object({
  sink: z.string(),
  position: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  body: z.string(),
  attempts: z.number(),
})

/**
 * Two more parts for the `with` of a statement that writes a fact: its event, and a delivery for each of the event's
 * sinks. `fact` names the part that returns the evaluation's `id`, and `at`, when it happened; without a row of it nothing
 * is announced. The parameters of `announcement` begin at `$first`.
 */
export function announcing(fact: string, first: number): string {
  const [eventId, eventType, body, queue, sinks] = [0, 1, 2, 3, 4].map((place) => `$${first + place}`)
  return `event as (
       insert into outbox (event_id, event_type, evaluation_id, body)
       select ${eventId}, ${eventType}, ${fact}.id,
              '{"time":"' || to_char(${fact}.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '",'
              || substr(${body}::text, 2)
         from ${fact}
       returning position),
     announced as (
       insert into deliveries (sink, position, queue)
       select sink.name, event.position, ${queue}
         from event
        cross join unnest(${sinks}::text[]) as sink (name))`
}

/** The parameters of `announcing`. */
export function announcement({ id, type, bodyWithoutTime, sinks }: OutgoingEvent, service: ServiceKey): unknown[] {
  return [id, type, bodyWithoutTime, `${service.project}/${service.stage}/${service.service}`, sinks]
}

/**
 * Takes up to `limit` deliveries to the named sinks that are due, for `leaseMs`.
 * Of one sink and service only the oldest undelivered event is ever taken, so that they arrive in order.
 */
export async function takeDeliveries(
  pool: pg.Pool,
  sinks: readonly string[],
  limit: number,
  leaseMs: number,
): Promise<readonly Delivery[]> {
  const { rows } = await pool.query(
    `update deliveries as d
        set attempts = d.attempts + 1,
            lease_until = now() + make_interval(secs => $3)
       from outbox as o
      where o.position = d.position
        and (d.sink, d.position) in (
          select due.sink, due.position
            from deliveries as due
           where due.delivered_at is null
             and due.sink = any ($1)
             and due.due_at <= now()
             and (due.lease_until is null or due.lease_until <= now())
             and not exists (
               select 1
                 from deliveries as ahead
                where ahead.sink = due.sink and ahead.queue = due.queue
                  and ahead.position < due.position and ahead.delivered_at is null)
           order by due.due_at, due.position
           limit $2
             for update skip locked)
     returning d.sink, d.position, d.attempts, o.event_id, o.event_type, o.body`,
    [sinks, limit, leaseMs / 1000],
  )
  return z
    .array(DeliveryRow)
    .parse(rows)
    .map(({ event_id: eventId, event_type: eventType, ...row }) => ({ ...row, eventId, eventType }))
}

/** The sink took it. */
export async function markDelivered(pool: pg.Pool, { sink, position }: Delivery): Promise<void> {
  await pool.query(
    `update deliveries as d
        set delivered_at = now(), lease_until = null, last_error = null
      where d.sink = $1 and d.position = $2`,
    [sink, position],
  )
}

/** The sink did not take it: due again after `waitMs`. `error` is a sentence without secrets. */
export async function postponeDelivery(
  pool: pg.Pool,
  { sink, position }: Delivery,
  waitMs: number,
  error: string,
): Promise<void> {
  await pool.query(
    `update deliveries as d
        set due_at = now() + make_interval(secs => $3), lease_until = null, last_error = $4
      where d.sink = $1 and d.position = $2 and d.delivered_at is null`,
    [sink, position, waitMs / 1000, error],
  )
}
