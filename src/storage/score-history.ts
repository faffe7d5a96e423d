import type pg from 'pg'
import { z } from 'zod'
import type { HistoryPage, HistoryPlace } from '../history/score-history-page.ts'
import type { ServiceKey } from '../base/names.ts'
import { evaluationColumns, toEvaluation } from './evaluation-row.ts'

/** The ended evaluations of a service, newest first: `limit` of them from `place` on, or from the newest. */
export async function loadScoreHistory(
  pool: pg.Pool,
  service: ServiceKey,
  place: HistoryPlace | undefined,
  limit: number,
): Promise<HistoryPage> {
  const isNewer = place?.towards === 'newer'
  const { rows } = await pool.query(
    `select to_char(e.finished_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as finished_at_text,
            ${evaluationColumns}
       from evaluations as e
      where e.project = $1 and e.stage = $2 and e.service = $3
        and e.finished_at is not null
        ${place === undefined ? '' : `and (e.finished_at, e.id) ${isNewer ? '>' : '<'} ($5, $6)`}
      order by ${isNewer ? 'e.finished_at asc, e.id asc' : 'e.finished_at desc, e.id desc'}
      limit $4`,
    [
      service.project,
      service.stage,
      service.service,
      limit + 1,
      ...(place === undefined ? [] : [place.finishedAt, place.id]),
    ],
  )
  const entries = rows.slice(0, limit).map((row) => ({
    evaluation: toEvaluation(row),
    finishedAt: z.object({ finished_at_text: z.string() }).parse(row).finished_at_text,
  }))
  return { entries: isNewer ? entries.toReversed() : entries, hasMore: rows.length > limit }
}

/** Whether a service was ever evaluated, also when the evaluation has not ended. */
export async function hasEvaluations(pool: pg.Pool, { project, stage, service }: ServiceKey): Promise<boolean> {
  const { rows } = await pool.query(
    `select e.id
       from evaluations as e
      where e.project = $1 and e.stage = $2 and e.service = $3
      limit 1`,
    [project, stage, service],
  )
  return rows.length > 0
}
