import { z } from 'zod'
import { MinCoverage } from '../min-coverage.ts'
import { timeReducers } from '../reduce.ts'

/** An indicator's entry in `options.yaml`, for a query in DQL. */
export const DynatraceOptions = z.strictObject({
  /** The one field of several that counts. */
  field: z.string({ error: 'must be the name of a field' }).min(1, 'must be the name of a field').optional(),
  /** What becomes of the points of a timeseries. */
  reduce: z.enum(timeReducers, { error: `must be ${timeReducers.join(' or ')}` }).optional(),
  /** The share of the points that `reduce` combines that must be numbers, for a value to count for a key objective. */
  minCoverage: MinCoverage,
  /** A value of a part of the data: enough for key objectives too, or for none. Without it, for all but key objectives. */
  partial: z.enum(['warn', 'error'], { error: 'must be warn or error' }).optional(),
})
export type DynatraceOptions = z.infer<typeof DynatraceOptions>
