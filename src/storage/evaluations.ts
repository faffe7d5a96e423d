import { DatabaseError, type Pool, type PoolClient } from 'pg'
import { z } from 'zod'
import type { Announcer } from '../announcer.ts'
import type { Accepted, NewEvaluation } from '../evaluate.ts'
import type { Evaluation, EventTrigger, OpenEvaluation } from '../evaluation.ts'
import type { ServiceKey } from '../service.ts'
import { joinOpen } from './join.ts'
import { announcement, announcing } from './outbox.ts'
import { evaluationColumns, toEvaluation } from './rows.ts'
import { transaction } from './transaction.ts'

/** How long an idempotency key stands for its evaluation. */
const idempotencyDays = 30

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
async function findByEvent(
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

/** Requests for one window at once meet at the same attempt number; all but one try again. */
const attemptTriesMax = 100

/**
 * Writes an accepted evaluation, its idempotency key or its event, and its started event in one transaction; an event may
 * join an evaluation instead. When the key or the event was taken meanwhile, nothing is written and the evaluation it stands for is the answer.
 */
export async function acceptEvaluation(
  pool: Pool,
  accepted: NewEvaluation,
  announcer: Announcer,
): Promise<Accepted & { readonly bodyDigest: string | undefined }> {
  const { service, trigger, idempotency } = accepted
  for (let tries = 1; ; tries++) {
    try {
      const written = await writeEvaluation(pool, accepted, announcer)
      if (written !== undefined) return { ...written, replayed: false, bodyDigest: idempotency?.bodyDigest }
      const known =
        trigger.kind === 'event'
          ? await findByEvent(pool, trigger)
          : await findByKey(pool, service, idempotency?.key ?? '')
      if (known !== undefined) return { bodyDigest: undefined, ...known, replayed: true }
      throw new Error(`the key or the event of evaluation ${accepted.id} is taken, but stands for nothing`)
    } catch (error) {
      if (!isAttemptTaken(error) || tries === attemptTriesMax) throw error
    }
  }
}

/** Undefined when the key or the event stands for another. */
async function writeEvaluation(
  pool: Pool,
  accepted: NewEvaluation,
  announcer: Announcer,
): Promise<Pick<Accepted, 'evaluation' | 'taken' | 'joined'> | undefined> {
  const { trigger } = accepted
  if (trigger.kind === 'api') return insertEvaluation(pool, accepted, announcer)
  return transaction(pool, async (client) => {
    const evaluation = await joinOpen(client, accepted, trigger, announcer)
    return evaluation === undefined ? insertEvaluation(client, accepted, announcer) : { evaluation, joined: true }
  })
}

function isAttemptTaken(error: unknown): boolean {
  return error instanceof DatabaseError && error.constraint === 'evaluations_attempt_key'
}

const InsertedRow = z.object({
  attempt: z.number(),
  at: z.date(),
  started_at: z.date().nullable(),
  lease_token: z.string().nullable(),
})

/** Answers what was written and, where it was taken at once, the lease; undefined when the key or the event stands for another. */
async function insertEvaluation(
  db: Pool | PoolClient,
  accepted: NewEvaluation,
  announcer: Announcer,
): Promise<Pick<Accepted, 'evaluation' | 'taken'> | undefined> {
  const { id, service, slo, window, policies, plan, idempotency, leaseMs } = accepted
  const event = accepted.trigger.kind === 'event' ? accepted.trigger : null
  const { rows } = await db.query(
    `with reserved as (
       insert into idempotency_keys as k (project, stage, service, key, body_digest, evaluation_id)
       select $2, $3, $4, $22, $23, $1
        where $22::text is not null
       on conflict (project, stage, service, key) do update
          set body_digest = excluded.body_digest, evaluation_id = excluded.evaluation_id, created_at = now()
        where k.created_at <= now() - make_interval(days => $24)
       returning k.evaluation_id),
     noted as (
       insert into incoming_events (source, event_id, evaluation_id)
       select $25, $26, $1
        where $25::text is not null
       on conflict (source, event_id) do nothing
       returning evaluation_id),
     moment as materialized (
       select clock_timestamp() as at),
     due as (
       select case when $28 then $10::timestamptz else moment.at end as at
         from moment),
     lease as (
       select case when due.at <= moment.at then $21::double precision end as seconds
         from due
        cross join moment),
     accepted as (
       insert into evaluations as e (
         id, project, stage, service, context, trigger, labels, git_commit_id,
         window_start, window_end, window_source, attempt,
         slo_text, slo_digest, slo_source, slo_inline, total_score, policies, plan, engine_version,
         warnings, reasons, due_at, accepted_at,
         state, started_at, runs, lease_token, lease_until)
       select $1, $2, $3, $4, $5, $6, $7, $8,
              $9, $10, $11, 1 + coalesce((
                select max(earlier.attempt)
                  from evaluations as earlier
                 where earlier.project = $2 and earlier.stage = $3 and earlier.service = $4
                   and earlier.slo_inline = $15 and earlier.window_start = $9 and earlier.window_end = $10), 0),
              $12, $13, $14, $15, $16, $17, $18, $19,
              $20, $27, due.at, moment.at,
              case when lease.seconds is null then 'queued' else 'running' end,
              case when lease.seconds is null then null else moment.at end,
              case when lease.seconds is null then 0 else 1 end,
              case when lease.seconds is null then null else gen_random_uuid() end,
              moment.at + make_interval(secs => lease.seconds)
         from moment
        cross join due
        cross join lease
        where ($22::text is null or exists (select 1 from reserved))
          and ($25::text is null or exists (select 1 from noted))
       returning e.id, e.accepted_at as at, e.attempt, e.started_at, e.lease_token),
     ${announcing('accepted', 29)}
     select accepted.at, accepted.attempt, accepted.started_at, accepted.lease_token
       from accepted`,
    [
      id,
      service.project,
      service.stage,
      service.service,
      accepted.context,
      JSON.stringify(accepted.trigger),
      JSON.stringify(accepted.labels),
      accepted.gitCommitId,
      window.start,
      window.end,
      window.source,
      slo?.text ?? null,
      slo?.digest ?? null,
      slo?.source ?? null,
      slo?.inline ?? false,
      slo === null ? null : JSON.stringify(slo.totalScore),
      JSON.stringify(policies),
      JSON.stringify(plan),
      accepted.engineVersion,
      JSON.stringify(accepted.warnings),
      leaseMs === undefined ? null : leaseMs / 1000,
      idempotency?.key ?? null,
      idempotency?.bodyDigest ?? null,
      idempotencyDays,
      event?.source ?? null,
      event?.id ?? null,
      JSON.stringify(accepted.reasons),
      accepted.mayBeToCome,
      ...announcement(announcer.started({ ...accepted, ...service }), service),
    ],
  )
  if (rows.length === 0) return undefined
  const { lease_token: leaseToken, ...inserted } = InsertedRow.parse(rows[0])
  const evaluation = toOpenEvaluation(accepted, inserted)
  return leaseToken === null
    ? { evaluation }
    : { evaluation, taken: { evaluation, policies, plan, leaseToken, runs: 1 } }
}

function toOpenEvaluation(
  accepted: NewEvaluation,
  inserted: Pick<z.infer<typeof InsertedRow>, 'attempt' | 'at' | 'started_at'>,
): OpenEvaluation {
  return {
    id: accepted.id,
    ...accepted.service,
    context: accepted.context,
    trigger: accepted.trigger,
    labels: accepted.labels,
    gitCommitId: accepted.gitCommitId,
    window: accepted.window,
    attempt: inserted.attempt,
    slo: accepted.slo,
    engineVersion: accepted.engineVersion,
    state: inserted.started_at === null ? 'queued' : 'running',
    acceptedAt: inserted.at,
    startedAt: inserted.started_at,
    finishedAt: null,
    result: null,
    score: null,
    reasons: accepted.reasons,
    warnings: accepted.warnings,
    objectives: [],
    comparedEvaluations: [],
    invalidation: null,
  }
}
