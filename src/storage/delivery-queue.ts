import type pg from 'pg'
import { z } from 'zod'
import type { Delivery, FreePlaces, Postponement, Sink } from '../announcing/outgoing-event.ts'

const DeliveryRow = z.object({
  sink: z.string(),
  position: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  body: z.string(),
  attempts: z.number(),
  lease: z.string(),
  taken_at: z.date(),
})

const deliveryColumns = `d.sink, d.position, d.attempts, d.lease_until::text as lease,
                 o.event_id, o.event_type, o.body, clock_timestamp() as taken_at`

function toDelivery(row: unknown): Delivery {
  const { event_id: eventId, event_type: eventType, taken_at: takenAt, ...delivery } = DeliveryRow.parse(row)
  return { ...delivery, eventId, eventType, takenAt }
}

/**
 * SQL that is true while the delivery `d`, of rows that are found by their key, is to be sent now and nobody is sending it. Whether it is
 * delivered or given up is written so that it is no condition of an index: without statistics the planner would take one of these, and
 * look through all that waits for the sink.
 */
const isFree = `coalesce(d.delivered_at, d.dead_at) is null
             and d.due_at <= now()
             and (d.not_before is null or d.not_before <= now())
             and (d.lease_until is null or d.lease_until <= now())`

/**
 * SQL that is true while a sink is as `of` knows it, with its columns `sink`, `url`, `origin` and `generation`: its address is not
 * gone, its key is the newest, and a subscription is one that is sent to, and there.
 */
function isStillSo(of: string): string {
  return `not exists (select from gone_sinks as g where ${isGoneAddress(of)})
          and coalesce((select k.generation from signing_keys as k where k.sink = ${of}.sink), 0) = ${of}.generation
          and (${of}.origin = 'file' or exists (
            select from subscriptions as s
             where s.id::text = ${of}.sink and s.url = ${of}.url and s.enabled and not s.paused))`
}

/**
 * Takes deliveries that are due, for `leaseMs`: of each sink as many as are wanted, the longest due first.
 * Of one sink and service only the oldest event that is neither delivered nor dead is ever taken, so that they arrive in order. These are found by
 * going from service to service in the index, however many events wait behind them.
 */
export async function takeDeliveries(
  pool: pg.Pool,
  wanted: readonly FreePlaces[],
  leaseMs: number,
): Promise<readonly Delivery[]> {
  const { rows } = await pool.query(
    `with recursive wanted (sink, free) as (
       select w.sink, w.free
         from unnest($1::text[], $2::integer[], $4::text[], $5::text[], $6::integer[])
              as w (sink, free, url, origin, generation)
        where ${isStillSo('w')}),
     heads as (
       select wanted.sink, oldest.queue, oldest.position
         from wanted
        cross join lateral (
          select d.queue, d.position
            from deliveries as d
           where d.sink = wanted.sink and d.delivered_at is null and d.dead_at is null
           order by d.queue, d.position
           limit 1) as oldest
       union all
       select heads.sink, oldest.queue, oldest.position
         from heads
        cross join lateral (
          select d.queue, d.position
            from deliveries as d
           where d.sink = heads.sink and d.queue > heads.queue and d.delivered_at is null and d.dead_at is null
           order by d.queue, d.position
           limit 1) as oldest),
     due as (
       select chosen.sink, chosen.position
         from wanted
        cross join lateral (
          select d.sink, d.position
            from heads
            join deliveries as d on d.sink = heads.sink and d.position = heads.position
           where heads.sink = wanted.sink
             and ${isFree}
           order by d.due_at, d.position
           limit wanted.free
             for update of d skip locked) as chosen)
     update deliveries as d
        set attempts = d.attempts + 1,
            lease_until = now() + make_interval(secs => $3)
       from due
       join outbox as o on o.position = due.position
      where d.sink = due.sink and d.position = due.position
     returning ${deliveryColumns}`,
    [
      wanted.map(({ to }) => to.name),
      wanted.map(({ free }) => free),
      leaseMs / 1000,
      wanted.map(({ to }) => to.url),
      wanted.map(({ to }) => to.origin),
      wanted.map(({ to }) => to.keyGeneration),
    ],
  )
  return rows.map(toDelivery)
}

/**
 * The sink took it; nothing is noted when somebody else holds it by now, who is sending it again. With `next`, the next event for
 * this sink and service is taken at once for so long, if it is due and the sink is still as it was: answers that.
 */
export async function markDelivered(
  pool: pg.Pool,
  { sink, position, lease }: Delivery,
  next?: { readonly leaseMs: number; readonly to: Sink },
): Promise<Delivery | undefined> {
  const { rows } = await pool.query(
    `with done as (
       update deliveries as d
          set delivered_at = now(), lease_until = null, last_error = null, dead_at = null
        where d.sink = $1 and d.position = $2 and d.lease_until = $4::timestamptz
       returning d.sink, d.queue),
     known (sink, url, origin, generation) as (
       values ($1::text, $5::text, $6::text, $7::integer)),
     oldest as (
       select d.sink, d.position
         from deliveries as d
        where d.sink = $1 and d.queue = (select done.queue from done)
          and d.delivered_at is null and d.dead_at is null and d.position <> $2
        order by d.queue, d.position
        limit 1),
     free as (
       select d.sink, d.position
         from oldest
         join deliveries as d on d.sink = oldest.sink and d.position = oldest.position
         join known on ${isStillSo('known')}
        where ${isFree}
          and $3::double precision is not null
          for update of d skip locked)
     update deliveries as d
        set attempts = d.attempts + 1,
            lease_until = now() + make_interval(secs => $3)
       from free
       join outbox as o on o.position = free.position
      where d.sink = free.sink and d.position = free.position
     returning ${deliveryColumns}`,
    [
      sink,
      position,
      next === undefined ? null : next.leaseMs / 1000,
      lease,
      next?.to.url ?? null,
      next?.to.origin ?? null,
      next?.to.keyGeneration ?? null,
    ],
  )
  return rows.map(toDelivery)[0]
}

/**
 * The sink did not take it, and nobody else holds it by now: due again after `waitMs`, and whatever happens not before `pauseMs`, which the sink asked for.
 * `error` is a sentence without secrets.
 */
export async function postponeDelivery(
  pool: pg.Pool,
  { sink, position, lease }: Delivery,
  { waitMs, pauseMs, error }: Postponement,
): Promise<void> {
  await pool.query(
    `update deliveries as d
        set due_at = now() + make_interval(secs => $3), not_before = now() + make_interval(secs => $4),
            lease_until = null, last_error = $5
      where d.sink = $1 and d.position = $2 and d.lease_until = $6::timestamptz`,
    [sink, position, waitMs / 1000, pauseMs === undefined ? null : pauseMs / 1000, error, lease],
  )
}

/** The sink will never take it, and nobody else holds it by now: what stands behind it goes on. */
export async function giveUpDelivery(pool: pg.Pool, { sink, position, lease }: Delivery, error: string): Promise<void> {
  await pool.query(
    `update deliveries as d
        set dead_at = now(), lease_until = null, last_error = $3
      where d.sink = $1 and d.position = $2 and d.lease_until = $4::timestamptz`,
    [sink, position, error, lease],
  )
}

/**
 * Nothing is sent to this address any more; the delivery and those behind it wait for another one. A subscription is disabled,
 * unless it has another address by now.
 */
export async function noteGone(pool: pg.Pool, sink: string, url: string, reason: string): Promise<void> {
  await pool.query(
    `with disabled as (
       update subscriptions as s
          set enabled = false, disabled_because = $3, changed_at = now()
        where s.id::text = $1 and s.url = $2 and s.enabled)
     insert into gone_sinks (sink, url, reason)
     select $1, ${digestOf('$2::text')}, $3
      where not exists (select from subscriptions as s where s.id::text = $1)
     on conflict (sink, url) do nothing`,
    [sink, url, reason],
  )
}

/** Something was taken at this address of the sink, whatever it said before. */
export async function noteReachable(pool: pg.Pool, sink: string, url: string): Promise<void> {
  await pool.query(
    `delete from gone_sinks as g
      using (select $1::text as sink, $2::text as url) as w
      where ${isGoneAddress('w')}`,
    [sink, url],
  )
}

/** SQL that is true when `gone_sinks as g` holds the sink and the url of `of`. */
export function isGoneAddress(of: string): string {
  return `g.sink = ${of}.sink and g.url = ${digestOf(`${of}.url`)}`
}

/** SQL: an address may hold a token, so that only its digest is kept. */
function digestOf(url: string): string {
  return `encode(sha256(convert_to(${url}, 'UTF8')), 'hex')`
}

/** A sink that failed took an event again: what waits for it is due at once. */
export async function hurryDeliveries(pool: pg.Pool, sink: string): Promise<void> {
  await pool.query(
    `update deliveries as d
        set due_at = now()
      where d.sink = $1 and d.delivered_at is null and d.dead_at is null and d.due_at > now()`,
    [sink],
  )
}
