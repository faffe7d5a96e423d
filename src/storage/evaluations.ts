import { DatabaseError, type Pool, type PoolClient } from 'pg'
import { z } from 'zod'
import type { Announcer } from '../announcing/outgoing-event.ts'
import type { Accepted, NewEvaluation } from '../evaluation/evaluation-store.ts'
import type { OpenEvaluation } from '../evaluation/evaluation.ts'
import { asksProviders } from '../measuring/planned.ts'
import { findByEvent, findByKey, idempotencyDays } from './find-evaluation.ts'
import { joinOpen } from './join.ts'
import { announcement, announcing } from './outbox.ts'
import { ceilingParameters, queueFull, reachingCeilings, type QueueCeilings } from './queue-ceilings.ts'
import { json, storable } from './storable.ts'
import { transaction } from './engine/transaction.ts'

/** How many windows, those with the latest starts, are searched for an overlap: a retry follows soon. */
const overlappingMax = 20

/** Requests for one window at once meet at the same attempt number; all but one try again. */
const attemptTriesMax = 100

/**
 * Writes an accepted evaluation, its idempotency key or its event, and its started event in one transaction; an event may
 * join an evaluation instead. When the key or the event was taken meanwhile, nothing is written and the evaluation it stands for is the answer.
 * Throws PharosError `queue_full` when it would have to wait and too much does already.
 */
export async function acceptEvaluation(
  pool: Pool,
  brought: NewEvaluation,
  announcer: Announcer,
  ceilings: QueueCeilings,
): Promise<Accepted & { readonly bodyDigest: string | undefined }> {
  const accepted = storable(brought)
  const { service, trigger, idempotency } = accepted
  for (let tries = 1; ; tries++) {
    try {
      const written = await writeEvaluation(pool, accepted, announcer, ceilings)
      if ('evaluation' in written) return { ...written, replayed: false, bodyDigest: idempotency?.bodyDigest }
      const known =
        trigger.kind === 'event'
          ? await findByEvent(pool, trigger)
          : idempotency && (await findByKey(pool, service, idempotency.key))
      if (known !== undefined) return { bodyDigest: undefined, ...known, replayed: true }
      if (written.ceiling !== null) throw queueFull(written.ceiling, service.project, ceilings)
      throw new Error(`the key or the event of evaluation ${accepted.id} is taken, but stands for nothing`)
    } catch (error) {
      if (!isAttemptTaken(error) || tries === attemptTriesMax) throw error
    }
  }
}

/** Nothing was written, because a ceiling was reached or, if that is null, because the key or the event stands for another. */
interface Unwritten {
  readonly ceiling: string | null
}

async function writeEvaluation(
  pool: Pool,
  accepted: NewEvaluation,
  announcer: Announcer,
  ceilings: QueueCeilings,
): Promise<Pick<Accepted, 'evaluation' | 'taken' | 'joined'> | Unwritten> {
  const { trigger } = accepted
  if (trigger.kind === 'api') return insertEvaluation(pool, accepted, announcer, ceilings)
  return transaction(pool, async (client) => {
    const evaluation = await joinOpen(client, accepted, trigger, announcer)
    return evaluation === undefined
      ? insertEvaluation(client, accepted, announcer, ceilings)
      : { evaluation, joined: true }
  })
}

function isAttemptTaken(error: unknown): boolean {
  return error instanceof DatabaseError && error.constraint === 'evaluations_attempt_key'
}

const CeilingRow = z.object({ ceiling: z.string().nullable(), attempt: z.number().nullable() })

const InsertedRow = z.object({
  attempt: z.number(),
  retry_of: z.string().nullable(),
  retry: z.number().nullable(),
  at: z.date(),
  started_at: z.date().nullable(),
  lease_token: z.string().nullable(),
})

/** Answers what was written and, where it was taken at once, the lease. */
async function insertEvaluation(
  db: Pool | PoolClient,
  accepted: NewEvaluation,
  announcer: Announcer,
  ceilings: QueueCeilings,
): Promise<Pick<Accepted, 'evaluation' | 'taken'> | Unwritten> {
  const { id, service, slo, window, policies, plan, idempotency, leaseMs } = accepted
  const event = accepted.trigger.kind === 'event' ? accepted.trigger : null
  const planText = json(plan)
  const { rows } = await db.query(
    `with moment as materialized (
       select clock_timestamp() as at),
     due as (
       select case when $28 then $10::timestamptz else moment.at end as at
         from moment),
     lease as (
       select case when due.at <= moment.at then $21::double precision end as seconds
         from due
        cross join moment),
     ${reachingCeilings(38)},
     reserved as (
       insert into idempotency_keys as k (project, stage, service, key, body_digest, evaluation_id)
       select $2, $3, $4, $22, $23, $1
         from reached
        where $22::text is not null and reached.ceiling is null
       on conflict (project, stage, service, key) do update
          set body_digest = excluded.body_digest, evaluation_id = excluded.evaluation_id, created_at = now()
        where k.created_at <= now() - make_interval(days => $24)
       returning k.evaluation_id),
     noted as (
       insert into incoming_events (source, event_id, evaluation_id)
       select $25, $26, $1
         from reached
        where $25::text is not null and reached.ceiling is null
       on conflict (source, event_id) do nothing
       returning evaluation_id),
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
         warnings, reasons, queued_bytes, due_at, accepted_at, retry_of, retry,
         state, started_at, runs, lease_token, lease_until, asks_providers)
       select $1, $2, $3, $4, $5, $6, $7, $8,
              $9, $10, $11, 1 + coalesce((
                select max(earlier.attempt)
                  from evaluations as earlier
                 where earlier.project = $2 and earlier.stage = $3 and earlier.service = $4
                   and earlier.slo_inline = $15 and earlier.window_start = $9 and earlier.window_end = $10), 0),
              $12, $13, $14, $15, $16, $17, $18, $19,
              $20, $27, $37, due.at, moment.at, overlapping.id, overlapping.retry,
              case when lease.seconds is null then 'queued' else 'running' end,
              case when lease.seconds is null then null else moment.at end,
              case when lease.seconds is null then 0 else 1 end,
              case when lease.seconds is null then null else gen_random_uuid() end,
              moment.at + make_interval(secs => lease.seconds), $36
         from moment
        cross join due
        cross join lease
        cross join reached
         left join overlapping on true
        where reached.ceiling is null
          and ($22::text is null or exists (select 1 from reserved))
          and ($25::text is null or exists (select 1 from noted))
       returning e.id, e.accepted_at as at, e.attempt, e.retry_of, e.retry, e.started_at, e.lease_token),
     ${announcing('accepted', 29)}
     select reached.ceiling,
            accepted.at, accepted.attempt, accepted.retry_of, accepted.retry, accepted.started_at, accepted.lease_token
       from reached
       left join accepted on true`,
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
      planText,
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
      Buffer.byteLength(slo?.text ?? '') + Buffer.byteLength(planText),
      ...ceilingParameters(ceilings),
    ],
  )
  const { ceiling, attempt } = CeilingRow.parse(rows[0])
  if (attempt === null) return { ceiling }
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
