import type pg from 'pg'
import { z } from 'zod'
import {
  keptnPolicies,
  missingOutcomes,
  partialData,
  results,
  type Basis,
  type Candidate,
  type Coverage,
  type Measurement,
  type Policies,
} from '../../slo/index.ts'
import type { JudgedInputs } from '../evaluation/explain.ts'
import type { PlannedIndicator } from '../measuring/planned.ts'

const BasisRow: z.ZodType<Basis> = z.object({
  digest: z.string(),
  parts: z.record(z.string(), z.string()),
  windowMs: z.number(),
})

/** Coverage as stored in a row. */
export const CoverageRow: z.ZodType<Coverage> = z.object({
  found: z.number(),
  nan: z.number(),
  expected: z.number(),
  isEnough: z.boolean(),
})

const asked = {
  indicator: z.string(),
  provider: z.string(),
  name: z.string(),
  definition: z.string().nullable(),
  query: z.string().nullable(),
  warnings: z.array(z.string()),
  basis: BasisRow.exactOptional(),
}

/** A measurement as a row keeps it. */
export const MeasurementRow: z.ZodType<Measurement> = z.discriminatedUnion('kind', [
  z.object({
    ...asked,
    kind: z.literal('measured'),
    value: z.number(),
    partial: z.enum(partialData).exactOptional(),
    coverage: CoverageRow.exactOptional(),
  }),
  z.object({ ...asked, kind: z.literal('missing'), outcome: z.enum(missingOutcomes), message: z.string() }),
])

/** A policy that a row does not name has the value that matches the time before it existed. */
export const PoliciesRow: z.ZodType<Policies> = z.object({
  missingData: z.enum(['warning', 'fail', 'keptn']),
  noBaseline: z.enum(['pass', 'warning', 'fail']),
  ungated: z.enum(['warning', 'pass', 'fail']).default(keptnPolicies.ungated),
  windowLength: z.enum(['keptn', 'warning', 'fail']).default(keptnPolicies.windowLength),
  misspeltKeys: z.enum(['refuse', 'fail', 'keptn']).default(keptnPolicies.misspeltKeys),
})

/** What was planned for an indicator, as a row keeps it. */
export const PlannedIndicatorRow: z.ZodType<PlannedIndicator> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pushed'), indicator: z.string(), value: z.number() }),
  z.object({
    kind: z.literal('asked'),
    indicator: z.string(),
    provider: z.string(),
    name: z.string(),
    definition: z.string(),
    query: z.string(),
    options: z.record(z.string(), z.unknown()).exactOptional(),
    basis: BasisRow.exactOptional(),
  }),
  z.object({
    kind: z.literal('computed'),
    indicator: z.string(),
    provider: z.string(),
    name: z.string(),
    formula: z.string(),
    definition: z.string(),
    inputs: z.array(z.lazy(() => PlannedIndicatorRow)),
    basis: BasisRow.exactOptional(),
  }),
  z.object({
    kind: z.literal('unanswered'),
    indicator: z.string(),
    provider: z.string(),
    name: z.string(),
    definition: z.string().nullable(),
    message: z.string(),
  }),
])

/** An earlier evaluation, as far as a judgement depended on it, as a row keeps it. */
export const CandidateRow: z.ZodType<Candidate> = z.object({
  id: z.string(),
  result: z.enum(results),
  values: z.array(
    z.object({
      provider: z.string(),
      name: z.string(),
      definition: z.string().nullable(),
      value: z.number(),
      basis: BasisRow.exactOptional(),
    }),
  ),
})

const InputsRow = z.object({
  measurements: z.array(MeasurementRow),
  candidates: z.array(CandidateRow),
  policies: PoliciesRow,
})

/** What an evaluation was judged from, beside its SLO. Throws when there is no such evaluation. */
export async function loadInputs(pool: pg.Pool, id: string): Promise<JudgedInputs> {
  const { rows } = await pool.query(
    `select e.measurements, e.candidates, e.policies
       from evaluations as e
      where e.id = $1`,
    [id],
  )
  return InputsRow.parse(rows[0])
}
