import type { OutgoingEvent } from '../announcing/outgoing-event.ts'
import type { ServiceKey } from '../base/names.ts'
import { isFor } from './subscriptions.ts'

/**
 * Two more parts for the `with` of a statement that writes a fact: its event, and a delivery for each of the event's
 * sinks. `fact` names the part that returns the evaluation's `id`, and `at`, when it happened; without a row of it nothing
 * is announced. The parameters of `announcement` begin at `$first`.
 */
export function announcing(fact: string, first: number): string {
  const [eventId, eventType, body, queue, sinks, result] = [0, 1, 2, 3, 4, 5].map((place) => `$${first + place}`)
  const part = (place: number): string => `split_part(${queue}, '/', ${place})`
  const chosen = { project: part(1), stage: part(2), service: part(3), result: `${result}::text` }
  return `event as (
       insert into outbox (event_id, event_type, evaluation_id, written_at, body)
       select ${eventId}, ${eventType}, ${fact}.id, ${fact}.at,
              '{"time":"' || to_char(${fact}.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '",'
              || substr(${body}::text, 2)
         from ${fact}
       returning position),
     announced as (
       insert into deliveries (sink, position, queue)
       select sink.name, event.position, ${queue}
         from event
        cross join (
          select unnest(${sinks}::text[])
           union all
          select s.id::text
            from subscriptions as s
           where s.enabled and ${isFor(`${eventType}::text`, chosen)}
        ) as sink (name))`
}

/** The parameters of `announcing`. */
export function announcement(event: OutgoingEvent, { project, stage, service }: ServiceKey): unknown[] {
  const { id, type, bodyWithoutTime, sinks, result } = event
  return [id, type, bodyWithoutTime, `${project}/${stage}/${service}`, sinks, result]
}
