import type pg from 'pg'
import { z } from 'zod'
import type { JudgedNames } from '../evaluation/new-names.ts'
import type { ServiceKey } from '../base/names.ts'

/** A project with more pairs of stage and service has established names. */
const pairsMax = 1000

const PairRow = z.object({ stage: z.string(), service: z.string() })

/**
 * The stages and services of a project for which an evaluation succeeded; of a service that is among them itself, only its
 * own names. Each step is one look into evaluations_history, however many evaluations there are.
 */
export async function loadJudgedNames(pool: pg.Pool, { project, stage, service }: ServiceKey): Promise<JudgedNames> {
  const own = await pool.query(
    `select e.id
       from evaluations as e
      where e.project = $1 and e.stage = $2 and e.service = $3
        and e.finished_at is not null and e.state = 'succeeded'
      limit 1`,
    [project, stage, service],
  )
  if (own.rows.length > 0) return { stages: [stage], services: [service] }
  const { rows } = await pool.query(
    `with recursive pairs as (
       (select e.stage, e.service
          from evaluations as e
         where e.project = $1 and e.finished_at is not null and e.state = 'succeeded'
         order by e.stage, e.service
         limit 1)
       union all
       select following.stage, following.service
         from pairs
        cross join lateral (
          select e.stage, e.service
            from evaluations as e
           where e.project = $1 and e.finished_at is not null and e.state = 'succeeded'
             and (e.stage, e.service) > (pairs.stage, pairs.service)
           order by e.stage, e.service
           limit 1) as following)
     select pairs.stage, pairs.service
       from pairs
      limit $2`,
    [project, pairsMax],
  )
  const pairs = z.array(PairRow).parse(rows)
  return {
    stages: [...new Set(pairs.map((pair) => pair.stage))],
    services: [...new Set(pairs.map((pair) => pair.service))],
  }
}
