import { z } from 'zod'

/** The type of a field and, for an array, of its elements. */
const FieldType = z.object({
  type: z.string(),
  types: z.array(z.object({ mappings: z.record(z.string(), z.object({ type: z.string() })) })).nullish(),
})
export type FieldType = z.infer<typeof FieldType>

const Notification = z.object({
  severity: z.string().nullish(),
  notificationType: z.string().nullish(),
  message: z.string().nullish(),
})
export type Notification = z.infer<typeof Notification>

const Result = z.object({
  records: z.array(z.record(z.string(), z.unknown()).nullable()),
  /** Each applies to a range of record indexes, both ends inclusive. */
  types: z
    .array(z.object({ indexRange: z.tuple([z.number(), z.number()]), mappings: z.record(z.string(), FieldType) }))
    .nullish(),
  metadata: z
    .object({
      grail: z.object({ sampled: z.boolean().nullish(), notifications: z.array(Notification).nullish() }).nullish(),
    })
    .nullish(),
})
export type Result = z.infer<typeof Result>

/** The reply of execute and poll. */
export const QueryReply = z.discriminatedUnion('state', [
  z.object({ state: z.enum(['NOT_STARTED', 'RUNNING']), requestToken: z.string().min(1).nullish() }),
  z.object({ state: z.literal('SUCCEEDED'), result: Result }),
  z.object({ state: z.enum(['FAILED', 'CANCELLED', 'RESULT_GONE']) }),
])
export type QueryReply = z.infer<typeof QueryReply>
