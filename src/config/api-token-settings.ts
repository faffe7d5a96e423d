import { z } from 'zod'
import { SecretReference } from '../base/secrets.ts'
import { exactly } from '../base/setting-kinds.ts'

/** No reference looks like this, so that a name is one token's only. */
const TokenName = z
  .string({ error: 'must be a string' })
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/,
    'must be 1 to 64 letters, digits and . _ @ -, and begin with a letter or a digit',
  )

const NamedToken = exactly({ name: TokenName, token: SecretReference })

/** A reference, which is its own name, or both. */
const ApiTokenSetting = z.unknown().transform((value, context): z.infer<typeof NamedToken> => {
  const parsed =
    typeof value === 'object'
      ? NamedToken.safeParse(value)
      : SecretReference.transform((reference) => ({ name: reference, token: reference })).safeParse(value)
  if (parsed.success) return parsed.data
  // What was found by another schema lacks only the input, which zod does not show.
  for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: undefined })
  return z.NEVER
})

/** `apiTokens` of `pharos.yaml`. */
export const ApiTokenSettings = z
  .array(ApiTokenSetting, { error: 'must be a list of secret references' })
  .superRefine((tokens, context) => {
    for (const [place, { name }] of tokens.entries()) {
      if (tokens.findIndex((other) => other.name === name) === place) continue
      context.addIssue({
        code: 'custom',
        path: [place],
        message: `must have a name of its own: ${name} is already taken`,
      })
    }
  })
