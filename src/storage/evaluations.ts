import { DatabaseError, type Pool, type PoolClient } from 'pg'
import { z } from 'zod'
import type { Announcer } from '../announcer.ts'
import type { Accepted, NewEvaluation } from '../evaluation-store.ts'
import type { OpenEvaluation } from '../evaluation.ts'
import { asksProviders } from '../planned.ts'
import { findByEvent, findByKey, idempotencyDays } from './find-evaluation.ts'
import { joinOpen } from './join.ts'
import { announcement, announcing } from './outbox.ts'
import { json, storable } from './storable.ts'
import { transaction } from './transaction.ts'

/** How many windows, those with the latest starts, are searched for an overlap: a retry follows soon. */
const overlappingMax = 20

/** Requests for one window at once meet at the same attempt number; all but one try again. */
const attemptTriesMax = 100

/**
 * Writes an accepted evaluation, its idempotency key or its event, and its started event in one transaction; an event may
 * join an evaluation instead. When the key or the event was taken meanwhile, nothing is written and the evaluation it stands for is the answer.
 */
export async function acceptEvaluation(
  pool: Pool,
  brought: NewEvaluation,
  announcer: Announcer,
): Promise<Accepted & { readonly bodyDigest: string | undefined }> {
  const accepted = storable(brought)
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
  retry_of: z.string().nullable(),
  retry: z.number().nullable(),
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
     overlapping as (
       select near.id, coalesce(near.retry, 0) + 1 as retry
         from (
           select e.id, e.retry, e.accepted_at, e.window_end, e.labels, e.slo_digest
             from evaluations as e
            where e.project = $2 and e.stage = $3 and e.service = $4 and e.slo_inline = $15 and e.window_start < $10
            order by e.window_start desc
            limit $35) as near
        where near.window_end > $9 and near.labels = $7::jsonb and near.slo_digest = $13
        order by near.accepted_at desc, near.id desc
        limit 1),
     accepted as (
       insert into evaluations as e (
         id, project, stage, service, context, trigger, labels, git_commit_id,
         window_start, window_end, window_source, attempt,
         slo_text, slo_digest, slo_source, slo_inline, total_score, policies, plan, engine_version,
         warnings, reasons, due_at, accepted_at, retry_of, retry,
         state, started_at, runs, lease_token, lease_until, asks_providers)
       select $1, $2, $3, $4, $5, $6, $7, $8,
              $9, $10, $11, 1 + coalesce((
                select max(earlier.attempt)
                  from evaluations as earlier
                 where earlier.project = $2 and earlier.stage = $3 and earlier.service = $4
                   and earlier.slo_inline = $15 and earlier.window_start = $9 and earlier.window_end = $10), 0),
              $12, $13, $14, $15, $16, $17, $18, $19,
              $20, $27, due.at, moment.at, overlapping.id, overlapping.retry,
              case when lease.seconds is null then 'queued' else 'running' end,
              case when lease.seconds is null then null else moment.at end,
              case when lease.seconds is null then 0 else 1 end,
              case when lease.seconds is null then null else gen_random_uuid() end,
              moment.at + make_interval(secs => lease.seconds), $36
         from moment
        cross join due
        cross join lease
         left join overlapping on true
        where ($22::text is null or exists (select 1 from reserved))
          and ($25::text is null or exists (select 1 from noted))
       returning e.id, e.accepted_at as at, e.attempt, e.retry_of, e.retry, e.started_at, e.lease_token),
     ${announcing('accepted', 29)}
     select accepted.at, accepted.attempt, accepted.retry_of, accepted.retry, accepted.started_at, accepted.lease_token
       from accepted`,
    [
      id,
      service.project,
      service.stage,
      service.service,
      accepted.context,
      json(accepted.trigger),
      json(accepted.labels),
      accepted.gitCommitId,
      window.start,
      window.end,
      window.source,
      slo?.text ?? null,
      slo?.digest ?? null,
      slo?.source ?? null,
      slo?.inline ?? false,
      slo === null ? null : json(slo.totalScore),
      json(policies),
      json(plan),
      accepted.engineVersion,
      json(accepted.warnings),
      leaseMs === undefined ? null : leaseMs / 1000,
      idempotency?.key ?? null,
      idempotency?.bodyDigest ?? null,
      idempotencyDays,
      event?.source ?? null,
      event?.id ?? null,
      json(accepted.reasons),
      accepted.mayBeToCome,
      ...announcement(announcer.started({ ...accepted, ...service }), service),
      overlappingMax,
      asksProviders(plan),
    ],
  )
  if (rows.length === 0) return undefined
  const { lease_token: leaseToken, ...inserted } = InsertedRow.parse(rows[0])
  const evaluation = toOpenEvaluation(accepted, inserted)
  return leaseToken === null
    ? { evaluation }
    : { evaluation, taken: { evaluation, policies, plan, leaseToken, runs: 1, failedRuns: 0 } }
}

function toOpenEvaluation(
  accepted: NewEvaluation,
  inserted: Pick<z.infer<typeof InsertedRow>, 'attempt' | 'retry_of' | 'retry' | 'at' | 'started_at'>,
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
    retryOf: inserted.retry_of,
    retry: inserted.retry,
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
