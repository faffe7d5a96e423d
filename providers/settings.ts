import { z } from 'zod'

const millisecondsPerUnit: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** In milliseconds once parsed. A day has 24 hours, a week 7 days. */
export const Duration = z
  .string({ error: 'must be a duration, such as 500ms, 30s or 1m30s' })
  .regex(/^(?:\d{1,6}(?:ms|[smhdw])){1,6}$/, 'must be a duration, such as 500ms, 30s or 1m30s')
  .transform(millisecondsOf)

/** A reference for `ProviderContext.secret`. */
export const SecretReference = z
  .string({ error: 'must be a string' })
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/,
    'must be a reference such as env:NAME or file:/path, never the secret itself',
  )

/** The number of concurrent requests. */
export const Concurrency = z
  .int({ error: 'must be a whole number from 1 to 100' })
  .min(1, 'must be a whole number from 1 to 100')
  .max(100, 'must be a whole number from 1 to 100')

/** An HTTP proxy for all requests. */
export const ProxyUrl = z
  .string({ error: 'must be an http:// URL' })
  .refine(isProxyUrl, 'must be an http:// URL without user and password')

function isProxyUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.protocol === 'http:' && url.username === '' && url.password === ''
}

function millisecondsOf(text: string): number {
  const parts = [...text.matchAll(/(\d+)([a-z]+)/g)]
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (millisecondsPerUnit[unit ?? ''] ?? 0), 0)
}
