import { z } from 'zod'
import { Concurrency, Duration, ProxyUrl, SecretReference } from '../settings.ts'
import { classicUrlOf, parseBaseUrl, platformBeside } from './base-url.ts'
import { PlatformConfig } from './grail/config.ts'
import { packNames } from './pack.ts'

export const languages = ['classic', 'dql'] as const
export type Language = (typeof languages)[number]

/** One `kind: dynatrace` in `pharos.yaml`: one environment, of whatever deployment. */
export const DynatraceConfig = z
  .strictObject({
    /**
     * Base URL of the environment API: `https://<id>.live.dynatrace.com`, `https://<domain>/e/<id>` of Managed,
     * `https://<gate>:9999/e/<id>` of an ActiveGate. Without a scheme it is https; without a trailing slash once parsed.
     */
    url: z
      .string({ error: 'must be a URL, such as https://abc12345.live.dynatrace.com' })
      .transform(parseBaseUrl)
      .transform(classicUrlOf),
    /** API token, `dt0c01…`. */
    token: SecretReference.optional(),
    /** Where DQL is answered, and as whom. */
    platform: PlatformConfig.optional(),
    /** What a query without a prefix is. */
    language: z.enum(languages, { error: 'must be classic or dql' }).default('classic'),
    /** What is asked for indicators that no `sli.yaml` holds. */
    indicatorPack: z.enum(packNames, { error: `must be ${packNames.join(' or ')}` }).optional(),
    /** An HTTP proxy that everything goes through. */
    proxy: ProxyUrl.optional(),
    /** Requests in flight. */
    concurrency: Concurrency.default(5),
    /** For one request, in milliseconds once parsed; without it only the evaluation's own deadline holds. */
    timeout: Duration.refine((ms) => ms > 0, 'must be longer than nothing').optional(),
  })
  .superRefine(({ indicatorPack, platform }, context) => {
    if (indicatorPack !== 'grail' || platform !== undefined) return
    const message = 'is grail, which asks in DQL: set platform too'
    context.addIssue({ code: 'custom', path: ['indicatorPack'], message })
  })
  .transform(({ platform, ...config }, context) => {
    if (platform === undefined) return { ...config, platform }
    const url = platform.url ?? platformBeside(config.url)
    if (url !== undefined) return { ...config, platform: { ...platform, url } }
    const message = 'is missing: only of <id>.live.dynatrace.com it is known where the platform is'
    context.addIssue({ code: 'custom', path: ['platform', 'url'], message })
    return z.NEVER
  })
export type DynatraceConfig = z.infer<typeof DynatraceConfig>
