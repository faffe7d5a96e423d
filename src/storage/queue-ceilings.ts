import { PharosError } from '../base/errors.ts'

/** How much may be queued: of one project, and of one token where there are several. */
export interface QueueCeilings {
  readonly evaluations: number
  /** Of SLO texts and plans together; the evaluation that reaches the ceiling may exceed it. */
  readonly bytes: number
  readonly isPerToken: boolean
}

/**
 * A part for the `with` of a statement that queues an evaluation: its one row has the ceiling that was reached before, as
 * `ceiling`, null when none was or when part `lease` has the evaluation run at once. Expects the project as `$2` and the trigger as `$6`;
 * the parameters of `ceilingParameters` begin at `$first`.
 *
 * What other connections queue at the same moment is not seen: each of them may exceed a ceiling by one evaluation. Looks at no more
 * rows than may be queued.
 */
export function reachingCeilings(first: number): string {
  const [evaluations, bytes, isPerToken] = [0, 1, 2].map((place) => `$${first + place}`)
  // The order is that of an index with only these rows: without it, a plan may look at all that is queued instead.
  const reached = (whose: string, column: string, value: string): string =>
    `(select case when count(*) >= ${evaluations} then '${whose} evaluations'
                          when sum(queued.queued_bytes) >= ${bytes} then '${whose} bytes' end
                from (
                  select e.queued_bytes
                    from evaluations as e
                   where e.state = 'queued' and ${column} = ${value}
                   order by ${column}, e.due_at, e.id
                   limit ${evaluations}) as queued)`
  return `reached as (
       select case when lease.seconds is null then coalesce(
                ${reached('project', 'e.project', '$2')},
                case when ${isPerToken}::boolean then
                ${reached('token', `e.trigger ->> 'by'`, `$6::jsonb ->> 'by'`)} end) end as ceiling
         from lease)`
}

/** The parameters of `reachingCeilings`. */
export function ceilingParameters({ evaluations, bytes, isPerToken }: QueueCeilings): unknown[] {
  return [evaluations, bytes, isPerToken]
}

/** A `ceiling` of `reachingCeilings` as what a caller hears of it. */
export function queueFull(ceiling: string, project: string, { evaluations, bytes }: QueueCeilings): PharosError {
  const [whose, what] = ceiling.split(' ')
  const owner = whose === 'token' ? 'the token of this request' : `project ${project}`
  const much = what === 'bytes' ? `${bytes} bytes of SLOs and plans` : `${evaluations} evaluations`
  const setting = what === 'bytes' ? 'limits.queuedBytes' : 'limits.queued'
  return new PharosError('queue_full', `${owner} has reached ${setting}, ${much} queued: try again later`)
}
