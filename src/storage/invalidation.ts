import type pg from 'pg'
import { z } from 'zod'
import type { Announcer } from '../announcing/outgoing-event.ts'
import type { Changed } from '../evaluation/evaluation-store.ts'
import { hasEnded, type Evaluation, type Invalidation, type Trust } from '../evaluation/evaluation.ts'
import type { ServiceKey } from '../base/names.ts'
import { findEvaluation } from './find-evaluation.ts'
import { announcement, announcing } from './outbox.ts'
import { evaluationColumns, toEvaluation } from './evaluation-row.ts'

/**
 * The newest evaluation of a service whose events have this `triggeredid`: one that an event of this id set off or joined, or
 * the one of this id that a caller asked for. Anybody can give an unsigned event the id of another: those that are as trusted as
 * `trust` come first.
 */
export async function findTriggered(
  db: pg.Pool,
  { project, stage, service }: ServiceKey,
  triggeredId: string,
  trust: Trust,
): Promise<Evaluation | undefined> {
  const { rows } = await db.query(
    `select ${evaluationColumns}
       from evaluations as e
      where e.id in (
              select i.evaluation_id
                from incoming_events as i
               where i.event_id = $4
              union
              select $5::uuid)
        and e.project = $1 and e.stage = $2 and e.service = $3
      order by (e.trigger -> 'unsigned' is not null) = $6 desc, e.accepted_at desc, e.id desc
      limit 1`,
    [project, stage, service, triggeredId, z.uuid().safeParse(triggeredId).data ?? null, trust === 'unsigned'],
  )
  return rows.length === 0 ? undefined : toEvaluation(rows[0])
}

/** What was invalidated can not become valid again, so it is told once. */
const ordinal = 1

/**
 * Makes an evaluation no measure for later ones, and announces it, in one statement. One that is invalidated already stays as
 * it is. Answers it as it stands then; its `invalidation` is null when it has not ended.
 */
export async function invalidateEvaluation(
  pool: pg.Pool,
  evaluation: Evaluation,
  by: Omit<Invalidation, 'at'>,
  announcer: Announcer,
): Promise<Changed> {
  if (!hasEnded(evaluation) || evaluation.invalidation !== null) return { evaluation, hasChanged: false }
  const { rows } = await pool.query(
    `with invalidated as (
       update evaluations as e
          set invalidation = jsonb_strip_nulls(
                jsonb_build_object('reason', $2::text, 'by', $3::text, 'byToken', $4::text, 'at', clock_timestamp()))
        where e.id = $1 and e.finished_at is not null and e.invalidation is null
       returning e.id, (e.invalidation ->> 'at')::timestamptz as at),
     ${announcing('invalidated', 5)}
     select invalidated.at
       from invalidated`,
    [
      evaluation.id,
      by.reason,
      by.by,
      by.byToken ?? null,
      ...announcement(announcer.invalidated(evaluation, by, ordinal), evaluation),
    ],
  )
  if (rows.length === 0) {
    return { evaluation: (await findEvaluation(pool, evaluation.id)) ?? evaluation, hasChanged: false }
  }
  const { at } = z.object({ at: z.date() }).parse(rows[0])
  return { evaluation: { ...evaluation, invalidation: { ...by, at } }, hasChanged: true }
}
