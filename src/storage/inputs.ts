import { z } from 'zod'
import { missingOutcomes, type Measurement, type Policies } from '../../slo/index.ts'
import type { PlannedIndicator } from '../measure.ts'

const asked = {
  indicator: z.string(),
  provider: z.string(),
  name: z.string(),
  definition: z.string().nullable(),
  query: z.string().nullable(),
  warnings: z.array(z.string()),
}

/** A measurement as a row keeps it. */
export const MeasurementRow: z.ZodType<Measurement> = z.discriminatedUnion('kind', [
  z.object({ ...asked, kind: z.literal('measured'), value: z.number() }),
  z.object({ ...asked, kind: z.literal('missing'), outcome: z.enum(missingOutcomes), message: z.string() }),
])

export const PoliciesRow: z.ZodType<Policies> = z.object({
  missingData: z.enum(['warning', 'fail', 'keptn']),
  noBaseline: z.enum(['pass', 'warning', 'fail']),
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
