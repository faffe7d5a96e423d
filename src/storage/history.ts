import type pg from 'pg'
import { z } from 'zod'
import { results, type Candidate, type Comparison } from '../../slo/index.ts'
import type { History } from '../evaluate.ts'
import type { Evaluation } from '../evaluation.ts'
import type { SkippedEvaluation } from '../skipped.ts'
import { MeasurementRow } from './inputs.ts'

/** A baseline looks back over at most so many evaluations that count. */
export const candidatesMax = 50
const skippedMax = 50

const EarlierRow = z.object({
  id: z.string(),
  counts: z.boolean(),
  state: z.enum(['succeeded', 'errored', 'aborted']),
  result: z.enum(results),
  baseline_result: z.enum(results),
  labels: z.record(z.string(), z.string()),
  measurements: z.array(MeasurementRow),
  invalidated: z.boolean(),
})

const counted = {
  all: ['pass', 'warning', 'fail'],
  pass_or_warn: ['pass', 'warning'],
  pass: ['pass'],
} as const satisfies Record<Comparison['include'], readonly string[]>

/**
 * The earlier evaluations of the same line (service; inline or not) that ended before this one was accepted:
 * of each window only the newest usable attempt, none of this evaluation's own window.
 */
export async function loadHistory(
  pool: pg.Pool,
  evaluation: Evaluation,
  include: Comparison['include'],
): Promise<History> {
  const { rows } = await pool.query(
    `with line as not materialized (
       select e.id, e.state, e.result, e.baseline_result, e.labels, e.measurements, e.finished_at,
              e.invalidation is not null as invalidated,
              e.state = 'succeeded' and e.invalidation is null and e.baseline_result = any ($6) as counts
         from evaluations as e
        where e.project = $1 and e.stage = $2 and e.service = $3
          and e.slo_inline = $4
          and e.finished_at < (select own.accepted_at from evaluations as own where own.id = $5)
          and (e.window_start, e.window_end) <> ($7, $8)
          and not exists (
            select 1
              from evaluations as later
             where later.project = e.project and later.stage = e.stage and later.service = e.service
               and later.slo_inline = e.slo_inline
               and later.window_start = e.window_start and later.window_end = e.window_end
               and later.attempt > e.attempt
               and later.state = 'succeeded' and later.invalidation is null
               and later.finished_at < (select own.accepted_at from evaluations as own where own.id = $5)))
     select earlier.id, earlier.state, earlier.result, earlier.baseline_result, earlier.labels,
            case when earlier.counts then earlier.measurements else '[]' end as measurements,
            earlier.invalidated, earlier.counts
       from (
         (select line.* from line where line.counts order by line.finished_at desc, line.id desc limit $9)
         union all
         (select line.* from line where not line.counts order by line.finished_at desc, line.id desc limit $10)
       ) as earlier
      order by earlier.finished_at desc, earlier.id desc`,
    [
      evaluation.project,
      evaluation.stage,
      evaluation.service,
      evaluation.slo?.inline ?? false,
      evaluation.id,
      counted[include],
      evaluation.window.start,
      evaluation.window.end,
      candidatesMax,
      skippedMax,
    ],
  )
  return split(z.array(EarlierRow).parse(rows))
}

function split(rows: readonly z.infer<typeof EarlierRow>[]): History {
  const candidates: Candidate[] = []
  const skipped: SkippedEvaluation[] = []
  for (const row of rows) {
    if (row.counts) candidates.push(toCandidate(row))
    else skipped.push({ ...row, candidatesNewer: candidates.length })
  }
  return { candidates, skipped }
}

function toCandidate({ id, baseline_result: result, measurements }: z.infer<typeof EarlierRow>): Candidate {
  const values = measurements.flatMap((measurement) =>
    measurement.kind === 'measured'
      ? [
          {
            provider: measurement.provider,
            name: measurement.name,
            definition: measurement.definition,
            value: measurement.value,
          },
        ]
      : [],
  )
  return { id, result, values }
}
