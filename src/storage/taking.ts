import type pg from 'pg'
import { z } from 'zod'
import type { Shares, TakenEvaluation } from '../evaluation/evaluation-store.ts'
import { PlannedIndicatorRow, PoliciesRow } from './inputs.ts'
import { evaluationColumns, toEvaluation } from './evaluation-row.ts'

const TakenRow = z.object({
  policies: PoliciesRow,
  plan: z.array(PlannedIndicatorRow),
  lease_token: z.string(),
  runs: z.number(),
  failed_runs: z.number(),
})

/** Of each project more are looked at than may be taken, because others take at the same time. */
const spare = 100

/** No process runs more, and few are left behind at once. */
const leftMax = 10_000

const taking = takingOf('')
const takingAlone = takingOf('and not q.asks_providers')

/**
 * Takes up to `limit` evaluations that are due and that nobody holds, for `leaseMs`: of the project first that has the fewest
 * here, by `shares`; within a project what was begun before, then the oldest. Times are the database's own.
 */
export async function takeEvaluations(
  pool: pg.Pool,
  limit: number,
  leaseMs: number,
  shares: Shares = everything,
): Promise<readonly TakenEvaluation[]> {
  const { areAlone } = shares
  // What runs asks providers, and has no part in the places of what asks none.
  const { running, runningMax } = areAlone ? everything : shares
  const { rows } = await pool.query(areAlone ? takingAlone : taking, [
    limit,
    leaseMs / 1000,
    [...running.keys()],
    [...running.values()],
    runningMax,
    spare,
    leftMax,
  ])
  return rows.map((row) => {
    const taken = TakenRow.parse(row)
    return {
      evaluation: toEvaluation(row),
      policies: taken.policies,
      plan: taken.plan,
      leaseToken: taken.lease_token,
      runs: taken.runs,
      failedRuns: taken.failed_runs,
    }
  })
}

const everything: Shares = { running: new Map(), runningMax: leftMax, areAlone: false }

/** `alone` narrows every look at the queue down. The projects are found one by one in the index, however much each has waiting. */
function takingOf(alone: string): string {
  return `
with recursive projects as (
    (select q.project
       from evaluations as q
      where q.state = 'queued' ${alone}
      order by q.project
      limit 1)
   union all
     select (
       select q.project
         from evaluations as q
        where q.state = 'queued' and q.project > projects.project ${alone}
        order by q.project
        limit 1)
       from projects
      where projects.project is not null),
   waiting as (
     select next.id, next.project, next.due_at, true as is_queued
       from projects
      cross join lateral (
        select q.id, q.project, q.due_at
          from evaluations as q
         where q.state = 'queued' and q.project = projects.project and q.due_at <= now() ${alone}
         order by q.due_at, q.id
         limit $1::bigint + $6::bigint) as next
     union all
     (select q.id, q.project, q.due_at, false as is_queued
        from evaluations as q
       where q.state = 'running' and (q.lease_until is null or q.lease_until <= now()) ${alone}
       order by q.due_at
       limit $7)),
   placed as (
     select w.id, w.due_at, row_number() over (partition by w.project order by w.is_queued, w.due_at, w.id)
            + coalesce(held.running, 0) as place
       from waiting as w
       left join unnest($3::text[], $4::integer[]) as held (project, running) on held.project = w.project),
   first as materialized (
     select placed.id
       from placed
      where placed.place <= $5
      order by placed.place, placed.due_at, placed.id
      limit $1::bigint + $6::bigint)
   update evaluations as e
      set state = 'running',
          started_at = coalesce(e.started_at, clock_timestamp()),
          runs = e.runs + 1,
          lease_token = gen_random_uuid(),
          lease_until = now() + make_interval(secs => $2)
     from (
       select still.id
         from first
        cross join lateral (
          select q.id
            from evaluations as q
           where q.id = first.id
             and q.state in ('queued', 'running')
             and (q.lease_until is null or q.lease_until <= now())
             for update skip locked) as still
        limit $1) as free
    where e.id = free.id
   returning e.policies, e.plan, e.lease_token, e.runs, e.failed_runs, ${evaluationColumns}`
}
