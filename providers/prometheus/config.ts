import { z } from 'zod'
import { Duration, SecretReference } from '../settings.ts'

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
    token: SecretReference.optional(),
    /** Queries in flight; Prometheus itself runs 20 (`--query.max-concurrency`), and others ask it too. */
    concurrency: z.int().min(1).max(100).default(10),
    /** For one query, in milliseconds once parsed; without it only the evaluation's own deadline holds. */
    timeout: Duration.refine((ms) => ms > 0, 'must be longer than nothing').optional(),
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
