import { z } from 'zod'
import { Concurrency, Duration, ProxyUrl, SecretReference } from '../settings.ts'
import { classicUrlOf, parseBaseUrl, platformBeside } from './base-url.ts'
import { PlatformConfig } from './grail/config.ts'
import { packNames } from './pack.ts'

export const languages = ['classic', 'dql'] as const
export type Language = (typeof languages)[number]

/** One `kind: dynatrace` in `pharos.yaml`: one environment, in any kind of deployment. */
export const DynatraceConfig = z
  .strictObject({
    /**
     * Base URL of the environment API: `https://<id>.live.dynatrace.com`, `https://<domain>/e/<id>` of Managed,
     * `https://<gate>:9999/e/<id>` of an ActiveGate. The default scheme is https; parsing removes a trailing slash.
     */
    url: z
      .string({ error: 'must be a URL, such as https://abc12345.live.dynatrace.com' })
      .transform(parseBaseUrl)
      .transform(classicUrlOf),
    /** API token, `dt0c01…`. */
    token: SecretReference.optional(),
    /** The platform that runs DQL, and its credentials. */
    platform: PlatformConfig.optional(),
    /** The language of queries without a prefix. */
    language: z.enum(languages, { error: 'must be classic or dql' }).default('classic'),
    /** Queries for indicators that are not in any `sli.yaml`. */
    indicatorPack: z.enum(packNames, { error: `must be ${packNames.join(' or ')}` }).optional(),
    /** An HTTP proxy for all requests. */
    proxy: ProxyUrl.optional(),
    /** Requests in flight. */
    concurrency: Concurrency.default(5),
    /** For one request, in milliseconds once parsed; if absent, only the evaluation's own deadline applies. */
    timeout: Duration.refine((ms) => ms > 0, 'must be longer than 0').optional(),
  })
  .superRefine(({ indicatorPack, platform }, context) => {
    if (indicatorPack !== 'grail' || platform !== undefined) return
    const message = 'grail uses DQL, so platform must be set too'
    context.addIssue({ code: 'custom', path: ['indicatorPack'], message })
  })
  .transform(({ platform, ...config }, context) => {
    if (platform === undefined) return { ...config, platform }
    const url = platform.url ?? platformBeside(config.url)
    if (url !== undefined) return { ...config, platform: { ...platform, url } }
    const message = 'is required unless the environment is at <id>.live.dynatrace.com'
    context.addIssue({ code: 'custom', path: ['platform', 'url'], message })
    return z.NEVER
  })
export type DynatraceConfig = z.infer<typeof DynatraceConfig>
