import type pg from 'pg'
import { z } from 'zod'
import type { EventFilter } from '../base/event-filter.ts'
import {
  deliveryStates,
  redeliveriesMax,
  type DeliveriesPage,
  type DeliveriesWanted,
  type DeliveryState,
  type PastDelivery,
  type SinkStanding,
} from '../announcing/subscriptions/subscriptions.ts'
import { isGoneAddress } from './delivery-queue.ts'
import { isFor, listsOf } from './subscriptions.ts'

/** Beyond it nobody counts on: who waits for a page of subscriptions waits for all of them to be counted. */
const countMax = 100_000

/** SQL that is true for a delivery `d` in this state. Each is written as an index of migrations/ has it, so that it is found there. */
const inState = {
  waiting: 'd.delivered_at is null and d.dead_at is null',
  delivered: 'd.delivered_at is not null',
  given_up: 'd.dead_at is not null and d.delivered_at is null',
} as const satisfies Record<DeliveryState, string>

const StandingRow = z.object({
  sink: z.string(),
  waiting: z.coerce.number(),
  given_up: z.coerce.number(),
  gone: z.string().nullable(),
})

/** How it stands with the deliveries of these sinks, in their order; nothing is counted beyond `countMax`. */
export async function loadStandings(
  pool: pg.Pool,
  sinks: readonly { readonly sink: string; readonly url: string }[],
): Promise<readonly SinkStanding[]> {
  const counted = (state: DeliveryState): string =>
    `(select count(*) from (
               select from deliveries as d where d.sink = w.sink and ${inState[state]} limit ${countMax}) as found)`
  const { rows } = await pool.query(
    `select w.sink,
            ${counted('waiting')} as waiting,
            ${counted('given_up')} as given_up,
            (select g.reason from gone_sinks as g where ${isGoneAddress('w')} limit 1) as gone
       from unnest($1::text[], $2::text[]) with ordinality as w (sink, url, place)
      order by w.place`,
    [sinks.map(({ sink }) => sink), sinks.map(({ url }) => url)],
  )
  return rows.map((row) => {
    const { given_up: givenUp, ...standing } = StandingRow.parse(row)
    return { ...standing, givenUp }
  })
}

const PastRow = z.object({
  position: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  evaluation_id: z.string(),
  state: z.enum(deliveryStates),
  attempts: z.number(),
  written_at: z.date(),
  due_at: z.date(),
  delivered_at: z.date().nullable(),
  dead_at: z.date().nullable(),
  last_error: z.string().nullable(),
})

/** Of PostgreSQL's bigint. */
const positionMax = '9223372036854775807'

/** A page of what became of a sink's events. */
export async function listDeliveries(
  pool: pg.Pool,
  sink: string,
  { state, place = { towards: 'older', position: positionMax }, limit }: DeliveriesWanted,
): Promise<DeliveriesPage> {
  const [beyond, order] = place.towards === 'older' ? ['<', 'desc'] : ['>', 'asc']
  const { rows } = await pool.query(
    `select d.position::text as position, o.event_id, o.event_type, o.evaluation_id, d.attempts, o.written_at,
            greatest(d.due_at, d.not_before) as due_at, d.delivered_at, d.dead_at, d.last_error,
            case when ${inState.delivered} then 'delivered'
                 when ${inState.waiting} then 'waiting'
                 else 'given_up' end as state
       from deliveries as d
       join outbox as o on o.position = d.position
      where d.sink = $1 and d.position ${beyond} $2 and ${state === undefined ? 'true' : inState[state]}
      order by d.position ${order}
      limit $3`,
    [sink, place.position, limit + 1],
  )
  const entries = rows.slice(0, limit).map(toPastDelivery)
  return { entries: place.towards === 'older' ? entries : entries.toReversed(), hasMore: rows.length > limit }
}

function toPastDelivery(row: unknown): PastDelivery {
  const past = PastRow.parse(row)
  return {
    position: past.position,
    eventId: past.event_id,
    eventType: past.event_type,
    evaluationId: past.evaluation_id,
    state: past.state,
    attempts: past.attempts,
    writtenAt: past.written_at,
    dueAt: past.state === 'waiting' ? past.due_at : null,
    deliveredAt: past.delivered_at,
    givenUpAt: past.state === 'given_up' ? past.dead_at : null,
    lastError: past.last_error,
  }
}

/** Back to where nobody had tried; what is under way stays so. */
const anew = `delivered_at = null, dead_at = null, due_at = now(), not_before = null, last_error = null, attempts = 0`

/** An event is to be delivered again, whatever became of it; false when the sink has none of this id. */
export async function redeliver(pool: pg.Pool, sink: string, eventId: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update deliveries as d
        set ${anew}
       from outbox as o
      where d.sink = $1 and o.position = d.position and o.event_id = $2`,
    [sink, eventId],
  )
  return rowCount === 1
}

/**
 * Every event since then that the filter wants is to be delivered, also what was not for the sink when it was written. Answers how
 * many; undefined, and nothing is done, when there are more than `redeliveriesMax`.
 */
export async function redeliverSince(
  pool: pg.Pool,
  sink: string,
  since: Date,
  filter: EventFilter,
): Promise<number | undefined> {
  const event = {
    project: 'e.project',
    stage: 'e.stage',
    service: 'e.service',
    result: `case when o.event_type like '%.started' then null else e.result end`,
  }
  const { rows } = await pool.query(
    `with s as (
       select $4::text[] as types, $5::text[] as projects, $6::text[] as stages, $7::text[] as services, $8::text[] as results),
     wanted as (
       select o.position, e.project || '/' || e.stage || '/' || e.service as queue
         from outbox as o
         join evaluations as e on e.id = o.evaluation_id
        cross join s
        where o.written_at >= $2 and ${isFor('o.event_type', event)}
        order by o.position
        limit $3 + 1
          for key share of o),
     again as (
       insert into deliveries as d (sink, position, queue)
       select $1, wanted.position, wanted.queue
         from wanted
        where (select count(*) from wanted) <= $3
       on conflict (sink, position) do update set ${anew}
       returning d.position)
     select (select count(*) from wanted) as wanted`,
    [sink, since, redeliveriesMax, ...listsOf(filter)],
  )
  const { wanted } = z.object({ wanted: z.coerce.number() }).parse(rows[0])
  return wanted > redeliveriesMax ? undefined : wanted
}
