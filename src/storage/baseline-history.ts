import type pg from 'pg'
import { z } from 'zod'
import {
  lookBackMax,
  results,
  type Candidate,
  type Comparison,
  type EarlierValue,
  type Measurement,
} from '../../slo/index.ts'
import type { History, HistoryWanted } from '../evaluation/evaluation-store.ts'
import type { Evaluation } from '../evaluation/evaluation.ts'
import type { SkippedEvaluation } from '../evaluation/skipped.ts'
import { MeasurementRow } from './inputs.ts'

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
 * The earlier evaluations of the same line (service; inline or not) that ended before this one was accepted: of each
 * window only the newest usable attempt, none of this evaluation's own window.
 * Mostly the newest few hold a value of every indicator, and the rest is not read.
 */
export async function loadHistory(
  pool: pg.Pool,
  evaluation: Evaluation,
  { comparison, indicators }: HistoryWanted,
): Promise<History> {
  const newest = await loadLine(pool, evaluation, comparison.include, Math.min(comparison.resultsMax, lookBackMax))
  const isEnough = indicators.every(
    (indicator) => newest.candidates.filter((candidate) => holds(candidate, indicator)).length >= comparison.resultsMax,
  )
  return isEnough ? newest : loadLine(pool, evaluation, comparison.include, lookBackMax)
}

function holds({ values }: Candidate, { provider, name }: HistoryWanted['indicators'][number]): boolean {
  return values.some((value) => value.provider === provider && value.name === name)
}

async function loadLine(
  pool: pg.Pool,
  evaluation: Evaluation,
  include: Comparison['include'],
  limit: number,
): Promise<History> {
  const { rows } = await pool.query(
    `with line as not materialized (
       select e.id, e.finished_at, e.state, e.result, e.baseline_result, e.labels, e.measurements, e.attempt,
              e.invalidation is not null as invalidated,
              e.state = 'succeeded' and e.invalidation is null and e.baseline_result = any ($8) as counts,
              (select usable.attempt
                 from evaluations as usable
                where usable.project = e.project and usable.stage = e.stage and usable.service = e.service
                  and usable.slo_inline = e.slo_inline
                  and usable.window_start = e.window_start and usable.window_end = e.window_end
                  and usable.state = 'succeeded' and usable.invalidation is null
                  and usable.finished_at < (select own.accepted_at from evaluations as own where own.id = $1)
                order by usable.attempt desc
                limit 1) as newest_attempt
         from evaluations as e
        where e.project = $2 and e.stage = $3 and e.service = $4 and e.slo_inline = $5
          and e.finished_at < (select own.accepted_at from evaluations as own where own.id = $1)
          and (e.window_start, e.window_end) <> ($6, $7)),
     candidates as (
       select line.*
         from line
        where line.counts and line.attempt = line.newest_attempt
        order by line.finished_at desc, line.id desc
        limit $9),
     skipped as (
       select line.*
         from line
        where not line.counts and line.attempt >= coalesce(line.newest_attempt, 1)
          and line.finished_at > coalesce((select min(oldest.finished_at) from candidates as oldest), '-infinity')
        order by line.finished_at desc, line.id desc
        limit $10)
     select earlier.id, earlier.counts, earlier.state, earlier.result, earlier.baseline_result, earlier.labels,
            earlier.invalidated, case when earlier.counts then earlier.measurements else '[]' end as measurements
       from (select candidates.* from candidates union all select skipped.* from skipped) as earlier
      order by earlier.finished_at desc, earlier.id desc`,
    [
      evaluation.id,
      evaluation.project,
      evaluation.stage,
      evaluation.service,
      evaluation.slo?.inline ?? false,
      evaluation.window.start,
      evaluation.window.end,
      counted[include],
      limit,
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

/** Partial data or coverage is no baseline, unless the author of the indicator allows it. */
function toCandidate({ id, baseline_result: result, measurements }: z.infer<typeof EarlierRow>): Candidate {
  return { id, result, values: measurements.flatMap(earlierValue) }
}

function earlierValue(measurement: Measurement): readonly EarlierValue[] {
  if (measurement.kind === 'missing' || measurement.partial === 'unless_key') return []
  if (measurement.coverage?.isEnough === false) return []
  const { provider, name, definition, value, basis } = measurement
  return [{ provider, name, definition, value, ...(basis !== undefined && { basis }) }]
}
