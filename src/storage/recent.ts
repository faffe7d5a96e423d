import type pg from 'pg'
import { z } from 'zod'
import { buildLabels, results, type RecentEvaluation } from '../../slo/index.ts'
import type { Evaluation } from '../evaluation/evaluation.ts'

/** As many as the linter needs for its slowest rule. */
const recentMax = 20

const RecentRow = z.object({
  id: z.string(),
  baseline_result: z.enum(results),
  window_start: z.date(),
  window_end: z.date(),
  build: z.partialRecord(z.enum(buildLabels), z.string()),
  measured: z.array(z.tuple([z.string(), z.string(), z.number()])),
})

/**
 * What the newest evaluations of the same line measured, whatever their results: of each window only the last attempt,
 * none of this evaluation's own window. Only names, numbers and what labels say of the build are read, since every
 * evaluation reads them.
 */
export async function loadRecent(pool: pg.Pool, evaluation: Evaluation): Promise<readonly RecentEvaluation[]> {
  const { rows } = await pool.query(
    `select e.id, e.baseline_result, e.window_start, e.window_end,
            (select coalesce(jsonb_object_agg(l.key, l.value), '{}')
               from jsonb_each(e.labels) as l
              where l.key = any ($9)) as build,
            (select coalesce(jsonb_agg(jsonb_build_array(m -> 'provider', m -> 'name', m -> 'value')), '[]')
               from jsonb_array_elements(e.measurements) as m
              where m ->> 'kind' = 'measured' and m ->> 'partial' is distinct from 'unless_key'
                and m -> 'coverage' ->> 'isEnough' is distinct from 'false') as measured
       from evaluations as e
      where e.project = $2 and e.stage = $3 and e.service = $4 and e.slo_inline = $5
        and e.state = 'succeeded' and e.invalidation is null
        and e.finished_at < (select own.accepted_at from evaluations as own where own.id = $1)
        and (e.window_start, e.window_end) <> ($6, $7)
      order by e.finished_at desc, e.id desc
      limit $8`,
    [
      evaluation.id,
      evaluation.project,
      evaluation.stage,
      evaluation.service,
      evaluation.slo?.inline ?? false,
      evaluation.window.start,
      evaluation.window.end,
      recentMax,
      buildLabels,
    ],
  )
  const windows = new Set<string>()
  return z
    .array(RecentRow)
    .parse(rows)
    .filter(({ window_start: start, window_end: end }) => {
      const window = `${start.getTime()} ${end.getTime()}`
      const isKnown = windows.has(window)
      windows.add(window)
      return !isKnown
    })
    .map(toCandidate)
}

function toCandidate({ id, baseline_result: result, build, measured }: z.infer<typeof RecentRow>): RecentEvaluation {
  return {
    id,
    result,
    build,
    values: measured.map(([provider, name, value]) => ({ provider, name, definition: null, value })),
  }
}
