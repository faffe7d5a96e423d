import { z } from 'zod'

/** Where a Prometheus is, and who asks it. */
export interface Endpoint {
  /** Scheme, host and path prefix; no user, no password, no trailing slash. */
  readonly baseUrl: string
  /** User and password that stood in the URL, as a header's value. */
  readonly basic: string | undefined
}

/** One `kind: prometheus` in `pharos.yaml`. Also everything that speaks its API: Thanos, Mimir, VictoriaMetrics. */
export const PrometheusConfig = z
  .strictObject({
    url: z.string({ error: 'must be a URL, such as http://prometheus:9090' }).transform(endpointOf),
    /** Bearer token. */
    token: z
      .string()
      .regex(
        /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/,
        'must be a reference, env:NAME or file:/path, never the secret itself',
      )
      .optional(),
    /** Queries in flight; Prometheus itself runs 20 (`--query.max-concurrency`), and others ask it too. */
    concurrency: z.int().min(1).max(100).default(10),
    /** For one query, in milliseconds once parsed; without it only the evaluation's own deadline holds. */
    timeout: z
      .string()
      .regex(/^[1-9]\d{0,5}(ms|s|m)$/, 'must be a duration, such as 500ms, 30s or 2m')
      .transform(millisecondsOf)
      .optional(),
  })
  .refine((config) => config.token === undefined || config.url.basic === undefined, {
    path: ['token'],
    message: 'there is also a user in url: use one of them',
  })
export type PrometheusConfig = z.infer<typeof PrometheusConfig>

/** Messages never show the URL: it may hold a password. */
function endpointOf(text: string, context: z.RefinementCtx): Endpoint {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    return refuse('must be a URL that begins with http:// or https://')
  if (url.search !== '' || url.hash !== '') return refuse('must end with its path: no ? and no #')
  const path = url.pathname
    .replace(/\/+$/, '')
    .replace(/\/api\/v1(\/query)?$/, '')
    .replace(/\/+$/, '')
  const basic = basicOf(url)
  if (basic === null) return refuse('its user or password is not percent-encoded')
  return { baseUrl: `${url.origin}${path}`, basic }
}

/** Null when they cannot be decoded. */
function basicOf(url: URL): string | undefined | null {
  if (url.username === '' && url.password === '') return undefined
  try {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    return `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}

function millisecondsOf(text: string): number {
  const amount = Number.parseInt(text, 10)
  if (text.endsWith('ms')) return amount
  return amount * (text.endsWith('m') ? 60_000 : 1000)
}
