import { z } from 'zod'
import { MinCoverage } from '../min-coverage.ts'
import { timeReducers } from '../reduce.ts'

/** An indicator's entry in `options.yaml`, for a query in DQL. */
export const DynatraceOptions = z.strictObject({
  /** The field to use if there are several. */
  field: z.string({ error: 'must be the name of a field' }).min(1, 'must be the name of a field').optional(),
  /** How the points of a timeseries are combined. */
  reduce: z.enum(timeReducers, { error: `must be ${timeReducers.join(' or ')}` }).optional(),
  /** The share of the points combined by `reduce` that must be numbers for the value to count for a key objective. */
  minCoverage: MinCoverage,
  /** A value from partial data: `warn` accepts it even for key objectives, `error` never. By default, it is accepted except for key objectives. */
  partial: z.enum(['warn', 'error'], { error: 'must be warn or error' }).optional(),
})
export type DynatraceOptions = z.infer<typeof DynatraceOptions>
