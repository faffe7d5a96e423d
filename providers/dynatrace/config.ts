import { z } from 'zod'
import { Duration, SecretReference } from '../settings.ts'

export const languages = ['classic', 'dql'] as const
export type Language = (typeof languages)[number]

/** One `kind: dynatrace` in `pharos.yaml`: one environment, of whatever deployment. */
export const DynatraceConfig = z.strictObject({
  /**
   * Base URL of the environment API: `https://<id>.live.dynatrace.com`, `https://<domain>/e/<id>` of Managed,
   * `https://<gate>:9999/e/<id>` of an ActiveGate. Without a scheme it is https; without a trailing slash once parsed.
   */
  url: z.string({ error: 'must be a URL, such as https://abc12345.live.dynatrace.com' }).transform(baseUrlOf),
  /** API token, `dt0c01…`. */
  token: SecretReference.optional(),
  /** What a query without a prefix is. */
  language: z.enum(languages, { error: 'must be classic or dql' }).default('classic'),
  /** An HTTP proxy that everything goes through. */
  proxy: z.string().refine(isProxyUrl, 'must be an http:// URL without user and password').optional(),
  /** Requests in flight. */
  concurrency: z.int().min(1).max(100).default(5),
  /** For one request, in milliseconds once parsed; without it only the evaluation's own deadline holds. */
  timeout: Duration.refine((ms) => ms > 0, 'must be longer than nothing').optional(),
})
export type DynatraceConfig = z.infer<typeof DynatraceConfig>

/** Messages never show the URL: it may hold what should not be in it. */
function baseUrlOf(text: string, context: z.RefinementCtx): string {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  const trimmed = text.trim()
  const url = URL.parse(trimmed.includes('://') ? trimmed : `https://${trimmed}`)
  if (url === null || !/^https?:$/.test(url.protocol)) return refuse('must be a URL, with https:// or http://')
  if (url.search !== '' || url.hash !== '') return refuse('must end with its path: no ? and no #')
  if (url.username !== '' || url.password !== '') return refuse('must hold no user and no password: set token')
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api(\/v\d)?$/, '')
  return classicOrigin(url) + path
}

/** Where SaaS serves its apps, the environment API is on the neighbouring host. */
function classicOrigin({ origin }: URL): string {
  return origin.replace(/\.apps\.dynatrace\.com$/, '.live.dynatrace.com')
}

function isProxyUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.protocol === 'http:' && url.username === '' && url.password === ''
}
