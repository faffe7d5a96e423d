import { z } from 'zod'
import { Concurrency, Duration, ProxyUrl, SecretReference } from '../settings.ts'
import { packNames } from './pack.ts'

const Text = z.string({ error: 'must be a text' })

/** What Pharos itself says in every request. */
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
  .regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header')
  .refine((name) => !ownHeaders.includes(name.toLowerCase()), 'is a header that Pharos sends itself')

const ownParameters = ['query', 'time', 'start', 'end', 'step', 'timeout']

const ParameterName = z
  .string()
  .refine((name) => !ownParameters.includes(name), 'is a parameter that Pharos sends itself')

/** One `kind: prometheus` in `pharos.yaml`. Also everything that speaks its API: Thanos, Mimir, VictoriaMetrics. */
export const PrometheusConfig = z
  .strictObject({
    /** Scheme, host and path prefix once parsed; no user, no password, no trailing slash. */
    url: z.string({ error: 'must be a URL, such as http://prometheus:9090' }).transform(baseUrlOf),
    /** Bearer token. */
    token: SecretReference.optional(),
    /** With `password`: basic authentication. */
    user: z
      .string({ error: 'must be a text' })
      .regex(/^[^:\p{Cc}]+$/u, 'must be a name without a colon')
      .optional(),
    password: SecretReference.optional(),
    /** By name; each value is a secret. */
    headers: z
      .record(HeaderName, SecretReference, { error: 'must map the names of headers to references' })
      .default({}),
    /** Sent as X-Scope-OrgID: the tenant of Mimir, Cortex and Loki's kin; several with | between them. */
    orgId: z
      .string({ error: 'must be a text' })
      .regex(/^[\x21-\x7e]+$/, 'must be a tenant, without blanks')
      .optional(),
    /** Sent with every query, such as `dedup` of Thanos and `extra_label` of VictoriaMetrics. */
    parameters: z
      .record(ParameterName, z.union([Text, z.array(Text)], { error: 'must be a text, or a list of texts' }), {
        error: 'must map the names of parameters to texts',
      })
      .default({}),
    tls: z
      .strictObject(
        {
          /** Trusted instead of what the machine trusts. PEM, like the others. */
          ca: SecretReference.optional(),
          cert: SecretReference.optional(),
          key: SecretReference.optional(),
        },
        { error: 'must be a mapping with ca, or with cert and key' },
      )
      .refine(({ cert, key }) => (cert === undefined) === (key === undefined), 'cert and key need each other')
      .optional(),
    /** An HTTP proxy that everything goes through. */
    proxy: ProxyUrl.optional(),
    /** Queries in flight; Prometheus itself runs 20 (`--query.max-concurrency`), and others ask it too. */
    concurrency: Concurrency.default(10),
    /** Queries for indicators that no `sli.yaml` holds. */
    indicatorPack: z.enum(packNames, { error: `must be ${packNames.join(' or ')}` }).optional(),
    /** For one query, in milliseconds once parsed; without it only the evaluation's own deadline holds. */
    timeout: Duration.refine((ms) => ms > 0, 'must be longer than nothing').optional(),
  })
  .refine((config) => (config.user === undefined) === (config.password === undefined), {
    path: ['user'],
    message: 'user and password need each other',
  })
  .refine((config) => config.user === undefined || config.token === undefined, {
    path: ['user'],
    message: 'there is also a token: use one of them',
  })
export type PrometheusConfig = z.infer<typeof PrometheusConfig>

/** Messages never show the URL: it may hold a password. */
function baseUrlOf(text: string, context: z.RefinementCtx): string {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    return refuse('must be a URL that begins with http:// or https://')
  // A settings file is read by more people than a secret is for.
  if (url.username !== '' || url.password !== '')
    return refuse('must not contain a user or a password: set user and password, token or headers to references')
  if (url.search !== '' || url.hash !== '') return refuse('must end with its path: no ? and no #')
  const path = url.pathname
    .replace(/\/+$/, '')
    .replace(/\/api\/v1(\/query)?$/, '')
    .replace(/\/+$/, '')
  return `${url.origin}${path}`
}
