import { z } from 'zod'

/** In milliseconds once parsed. */
export const Duration = z
  .string({ error: 'must be a duration, such as 500ms, 30s or 2m' })
  .regex(/^\d{1,6}(ms|s|m|h)$/, 'must be a duration, such as 500ms, 30s or 2m')
  .transform(millisecondsOf)

/** What `ProviderContext.secret` reads. */
export const SecretReference = z
  .string({ error: 'must be a text' })
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/,
    'must be a reference, env:NAME or file:/path, never the secret itself',
  )

function millisecondsOf(text: string): number {
  const amount = Number.parseInt(text, 10)
  if (text.endsWith('ms')) return amount
  if (text.endsWith('s')) return amount * 1000
  return amount * (text.endsWith('m') ? 60_000 : 3_600_000)
}
