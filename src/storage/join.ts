import type pg from 'pg'
import type { Announcer } from '../announcing/outgoing-event.ts'
import type { NewEvaluation } from '../evaluation/evaluation-store.ts'
import type { Evaluation, EventTrigger } from '../evaluation/evaluation.ts'
import { announcement, announcing } from './outbox.ts'
import { evaluationColumns, toEvaluation } from './evaluation-row.ts'
import { json } from './storable.ts'

/**
 * Makes an event the trigger of an open evaluation that an event of another type set off for the same context, stage and
 * service, if there is one. The later trigger is what its finished event answers then, and it gets a started event of its own.
 * What is unsigned joins only what is unsigned, and the other way round: it would decide what is judged, or who is answered.
 * Nobody else can accept an event for that context, stage and service until the client's transaction ends.
 */
export async function joinOpen(
  client: pg.PoolClient,
  { service: key, context }: NewEvaluation,
  trigger: EventTrigger,
  announcer: Announcer,
): Promise<Evaluation | undefined> {
  const { project, stage, service } = key
  await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [
    [project, stage, service, context].join('/'),
  ])
  const { rows } = await client.query(
    `select ${evaluationColumns}
       from evaluations as e
      where e.state in ('queued', 'running')
        and e.project = $1 and e.stage = $2 and e.service = $3 and e.context = $4
        and e.trigger ->> 'kind' = 'event' and e.trigger ->> 'type' <> $5 and e.trigger -> 'joined' is null
        and (e.trigger -> 'unsigned' is not null) = $6
      order by e.accepted_at, e.id
      limit 1
        for update`,
    [project, stage, service, context, trigger.type, trigger.unsigned === true],
  )
  return rows.length === 0 ? undefined : join(client, toEvaluation(rows[0]), trigger, announcer)
}

/** Undefined when this very event came before. */
async function join(
  client: pg.PoolClient,
  open: Evaluation,
  trigger: EventTrigger,
  announcer: Announcer,
): Promise<Evaluation | undefined> {
  if (open.trigger.kind !== 'event') throw new Error(`evaluation ${open.id} was not set off by an event`)
  const { id, source, type, by } = open.trigger
  const first = { id, source, type, ...(by !== undefined && { by }) }
  const joined = { ...open, trigger: { ...trigger, joined: first } }
  const { rowCount } = await client.query(
    `with noted as (
       insert into incoming_events (source, event_id, evaluation_id)
       values ($2, $3, $1)
       on conflict (source, event_id) do nothing
       returning evaluation_id),
     joined as (
       update evaluations as e
          set trigger = $4
         from noted
        where e.id = noted.evaluation_id
       returning e.id, clock_timestamp() as at),
     ${announcing('joined', 5)}
     select joined.id
       from joined`,
    [
      open.id,
      trigger.source,
      trigger.id,
      json(joined.trigger),
      ...announcement(announcer.started(joined, startedAgain), open),
    ],
  )
  return rowCount === 0 ? undefined : joined
}

/** The ordinal of the started event that answers the later trigger; there is no third. */
const startedAgain = 2
