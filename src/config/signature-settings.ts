import { z } from 'zod'
import { sourceKey } from '../base/event-source.ts'
import { SecretReference } from '../base/secrets.ts'
import { exactly, oneOf, Text } from '../base/setting-kinds.ts'

/** How the events of a source are signed. */
const Signature = exactly({
  source: Text,
  kind: oneOf(['hmac', 'standard-webhooks']),
  secret: SecretReference,
  /** Of an HMAC; HTTP's headers are of any case. */
  header: z
    .string({ error: 'must be a string' })
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header: letters, digits and -')
    .transform((name) => name.toLowerCase())
    .default('x-hub-signature-256'),
})

/** Each one is checked for each request that has its header. */
const signaturesMax = 20

export const Signatures = z
  .array(Signature, { error: 'must be a list' })
  .max(signaturesMax, `must hold at most ${signaturesMax} sources`)
  .superRefine((list, context) => {
    for (const [place, { source }] of list.entries()) {
      const same = list.slice(0, place).find((other) => sourceKey(other.source) === sourceKey(source))
      if (same !== undefined) context.addIssue(`must name each source once, ${twice(source, same.source)}`)
    }
  })

function twice(source: string, other: string): string {
  if (source === other) return `and ${JSON.stringify(source)} is there twice`
  return `and ${JSON.stringify(source)} is another spelling of ${JSON.stringify(other)}`
}
