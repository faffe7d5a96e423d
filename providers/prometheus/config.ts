import { z } from 'zod'
import { Concurrency, Duration, ProxyUrl, SecretReference } from '../settings.ts'
import { packNames } from './pack.ts'

const Text = z.string({ error: 'must be a string' })

/** Headers that Pharos itself sets. */
const ownHeaders = [
  'accept',
  'connection',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
  'x-scope-orgid',
]

const HeaderName = z
  .string()
  .regex(/^[A-Za-z0-9-]+$/, 'must be a header name')
  .refine((name) => !ownHeaders.includes(name.toLowerCase()), 'is a header that Pharos sets itself')

const ownParameters = ['query', 'time', 'start', 'end', 'step', 'timeout']

const ParameterName = z
  .string()
  .refine((name) => !ownParameters.includes(name), 'is a parameter that Pharos sets itself')

/** One `kind: prometheus` in `pharos.yaml`. Also for other systems with its API: Thanos, Mimir, VictoriaMetrics. */
export const PrometheusConfig = z
  .strictObject({
    /** Scheme, host and path prefix once parsed, without user, password or trailing slash. */
    url: z.string({ error: 'must be a URL, such as http://prometheus:9090' }).transform(baseUrlOf),
    /** Bearer token. */
    token: SecretReference.optional(),
    /** Together with `password`, for basic authentication. */
    user: Text.regex(/^[^:\p{Cc}]+$/u, 'must be a name without a colon').optional(),
    password: SecretReference.optional(),
    /** By name; each value is a secret. */
    headers: z
      .record(HeaderName, SecretReference, { error: 'must be a mapping of header names to references' })
      .default({}),
    /** Sent as X-Scope-OrgID: the tenant of Mimir, Cortex and similar systems; separate several with |. */
    orgId: Text.regex(/^[\x21-\x7e]+$/, 'must be a tenant without spaces').optional(),
    /** Sent with every query, such as `dedup` of Thanos and `extra_label` of VictoriaMetrics. */
    parameters: z
      .record(ParameterName, z.union([Text, z.array(Text)], { error: 'must be a string or a list of strings' }), {
        error: 'must be a mapping of parameter names to strings',
      })
      .default({}),
    tls: z
      .strictObject(
        {
          /** Replaces the certificate authorities that the machine trusts. PEM, as are the others. */
          ca: SecretReference.optional(),
          cert: SecretReference.optional(),
          key: SecretReference.optional(),
        },
        { error: 'must be a mapping with ca, or with cert and key' },
      )
      .refine(({ cert, key }) => (cert === undefined) === (key === undefined), 'cert and key must be set together')
      .optional(),
    /** An HTTP proxy for all requests. */
    proxy: ProxyUrl.optional(),
    /** Concurrent queries; Prometheus itself runs 20 (`--query.max-concurrency`), and has other users too. */
    concurrency: Concurrency.default(10),
    /** Queries for indicators that are not in any `sli.yaml`. */
    indicatorPack: z.enum(packNames, { error: `must be ${packNames.join(' or ')}` }).optional(),
    /** For one query, in milliseconds once parsed; if absent, only the evaluation's own deadline applies. */
    timeout: Duration.refine((ms) => ms > 0, 'must be longer than 0').optional(),
  })
  .refine((config) => (config.user === undefined) === (config.password === undefined), {
    path: ['user'],
    message: 'user and password must be set together',
  })
  .refine((config) => config.user === undefined || config.token === undefined, {
    path: ['user'],
    message: 'cannot be combined with token: use one of them',
  })
export type PrometheusConfig = z.infer<typeof PrometheusConfig>

/** Messages never show the URL, which may contain a password. */
function baseUrlOf(text: string, context: z.RefinementCtx): string {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    return refuse('must be a URL that begins with http:// or https://')
  // More people can read a settings file than may know a secret.
  if (url.username !== '' || url.password !== '')
    return refuse('must not contain a user or a password: use references in user and password, token or headers')
  if (url.search !== '' || url.hash !== '') return refuse('must not contain ? or #')
  const path = url.pathname
    .replace(/\/+$/, '')
    .replace(/\/api\/v1(\/query)?$/, '')
    .replace(/\/+$/, '')
  return `${url.origin}${path}`
}
