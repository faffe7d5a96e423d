import { isDeepStrictEqual } from 'node:util'
import type pg from 'pg'
import { z } from 'zod'
import type { Announcer } from '../announcing/outgoing-event.ts'
import type { Changed, TakenEvaluation } from '../evaluation/evaluation-store.ts'
import { hasEnded, type EndedEvaluation, type Evaluation } from '../evaluation/evaluation.ts'
import { cancelled, type Outcome } from '../evaluation/unjudged.ts'
import { findEvaluation } from './find-evaluation.ts'
import { announcement, announcing } from './outbox.ts'
import { json, storable } from './storable.ts'

/** Extends all of these leases at once. Answers the ids of those that are still ours. */
export async function extendLeases(
  pool: pg.Pool,
  taken: readonly TakenEvaluation[],
  leaseMs: number,
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query(
    `update evaluations as e
        set lease_until = now() + make_interval(secs => $3)
       from unnest($1::uuid[], $2::uuid[]) as held (id, lease_token)
      where e.id = held.id and e.lease_token = held.lease_token
     returning e.id`,
    [taken.map(({ evaluation }) => evaluation.id), taken.map(({ leaseToken }) => leaseToken), leaseMs / 1000],
  )
  return new Set(
    z
      .array(z.object({ id: z.string() }))
      .parse(rows)
      .map(({ id }) => id),
  )
}

/** Counts a run that failed through no fault of its process; nothing happens when the lease is no longer ours. */
export async function noteFailedRun(pool: pg.Pool, taken: TakenEvaluation): Promise<void> {
  await pool.query(
    `update evaluations as e
        set failed_runs = e.failed_runs + 1
      where e.id = $1 and e.lease_token = $2`,
    [taken.evaluation.id, taken.leaseToken],
  )
}

/** Gives an evaluation back unfinished, as if it had not been taken: the next process starts it anew at once. */
export async function releaseLease(pool: pg.Pool, taken: TakenEvaluation): Promise<void> {
  await pool.query(
    `update evaluations as e
        set lease_token = null, lease_until = null, runs = e.runs - 1
      where e.id = $1 and e.lease_token = $2`,
    [taken.evaluation.id, taken.leaseToken],
  )
}

/** Ends every lease: for a database that only this process can have open, where whoever held one is gone. */
export async function releaseAllLeases(pool: pg.Pool): Promise<void> {
  await pool.query(
    `update evaluations as e
        set lease_token = null, lease_until = null
      where e.lease_token is not null`,
  )
  await pool.query(
    `update deliveries as d
        set lease_until = null
      where d.lease_until is not null`,
  )
}

const EndedRow = z.object({ started_at: z.date().nullable(), at: z.date() })

/** Records how a taken evaluation ended; undefined when the lease is no longer ours. */
export async function finishEvaluation(
  pool: pg.Pool,
  { evaluation, leaseToken }: TakenEvaluation,
  brought: Outcome,
  announcer: Announcer,
): Promise<EndedEvaluation | undefined> {
  const outcome = storable(brought)
  const ended = await end(pool, evaluation, leaseToken, outcome, announcer)
  if (ended !== undefined) return ended
  // Another trigger joined meanwhile; no third one can.
  const standing = await findEvaluation(pool, evaluation.id)
  if (standing === undefined || isDeepStrictEqual(standing.trigger, evaluation.trigger)) return undefined
  return end(pool, { ...evaluation, trigger: standing.trigger }, leaseToken, outcome, announcer)
}

/**
 * Ends an evaluation that has not ended, whoever holds it: its holder can write no outcome any more.
 * Answers the evaluation as it stands then, which is not `aborted` when it had ended before; undefined when there is none.
 */
export async function cancelEvaluation(pool: pg.Pool, id: string, announcer: Announcer): Promise<Changed | undefined> {
  for (let tries = 1; ; tries++) {
    const evaluation = await findEvaluation(pool, id)
    if (evaluation === undefined) return undefined
    if (hasEnded(evaluation) || tries > cancelTriesMax) return { evaluation, hasChanged: false }
    const ended = await end(pool, evaluation, null, cancelled(evaluation), announcer)
    if (ended !== undefined) return { evaluation: ended, hasChanged: true }
  }
}

/** Between looking and ending, another trigger may join once, and the evaluation may end once. */
const cancelTriesMax = 2

/**
 * Writes an outcome and its finished event in one statement, if the evaluation has not ended, still has the trigger that the
 * event answers, and is still under `leaseToken`; null: under whose lease it may be.
 */
async function end(
  pool: pg.Pool,
  open: Evaluation,
  leaseToken: string | null,
  outcome: Outcome,
  announcer: Announcer,
): Promise<EndedEvaluation | undefined> {
  const { state, result, score, reasons, warnings, objectives, comparedEvaluations } = outcome
  const judged = { state, result, score, reasons, warnings, objectives, comparedEvaluations }
  const evaluation = { ...open, ...judged }
  const { rows } = await pool.query(
    `with ended as (
       update evaluations as e
          set state = $3, result = $4, baseline_result = $5, score = $6,
              reasons = $7, warnings = $8, objectives = $9, compared_evaluations = $10,
              measurements = $11, candidates = $12,
              finished_at = greatest(clock_timestamp(), e.started_at), lease_token = null, lease_until = null
        where e.id = $1 and e.finished_at is null and ($2::uuid is null or e.lease_token = $2) and e.trigger = $13
       returning e.id, e.started_at, e.finished_at as at),
     ${announcing('ended', 14)}
     select ended.started_at, ended.at
       from ended`,
    [
      evaluation.id,
      leaseToken,
      state,
      result,
      outcome.baselineResult,
      score,
      json(reasons),
      json(warnings),
      json(objectives),
      json(comparedEvaluations),
      json(outcome.measurements),
      json(outcome.candidates),
      json(evaluation.trigger),
      ...announcement(announcer.finished(evaluation, outcome.explanation), evaluation),
    ],
  )
  if (rows.length === 0) return undefined
  const { started_at: startedAt, at: finishedAt } = EndedRow.parse(rows[0])
  return { ...evaluation, startedAt, finishedAt }
}
