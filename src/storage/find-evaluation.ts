import type { Pool } from 'pg'
import { z } from 'zod'
import type { Evaluation, EventTrigger } from '../evaluation/evaluation.ts'
import type { ServiceKey } from '../base/names.ts'
import { evaluationColumns, toEvaluation } from './evaluation-row.ts'

/** How long an idempotency key stands for its evaluation. */
export const idempotencyDays = 30

export async function findEvaluation(db: Pool, id: string): Promise<Evaluation | undefined> {
  const { rows } = await db.query(
    `select ${evaluationColumns}
       from evaluations as e
      where e.id = $1`,
    [id],
  )
  return rows.length === 0 ? undefined : toEvaluation(rows[0])
}

/** The evaluation that an idempotency key stands for, if the key is known and not too old. */
export async function findByKey(
  db: Pool,
  service: ServiceKey,
  key: string,
): Promise<{ readonly evaluation: Evaluation; readonly bodyDigest: string } | undefined> {
  const { rows } = await db.query(
    `select k.body_digest, ${evaluationColumns}
       from idempotency_keys as k
       join evaluations as e on e.id = k.evaluation_id
      where k.project = $1 and k.stage = $2 and k.service = $3 and k.key = $4
        and k.created_at > now() - make_interval(days => $5)`,
    [service.project, service.stage, service.service, key, idempotencyDays],
  )
  if (rows.length === 0) return undefined
  const { body_digest: bodyDigest } = z.object({ body_digest: z.string() }).parse(rows[0])
  return { bodyDigest, evaluation: toEvaluation(rows[0]) }
}

/** The evaluation that an event set off, if that event came before. */
export async function findByEvent(
  db: Pool,
  { source, id }: EventTrigger,
): Promise<{ readonly evaluation: Evaluation } | undefined> {
  const { rows } = await db.query(
    `select ${evaluationColumns}
       from incoming_events as i
       join evaluations as e on e.id = i.evaluation_id
      where i.source = $1 and i.event_id = $2`,
    [source, id],
  )
  return rows.length === 0 ? undefined : { evaluation: toEvaluation(rows[0]) }
}
