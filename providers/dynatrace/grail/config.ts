import { z } from 'zod'
import { SecretReference } from '../../settings.ts'
import { parseBaseUrl, platformUrlOf } from '../base-url.ts'

/** Enough for timeseries. */
const usualScopes = ['storage:buckets:read', 'storage:metrics:read']

/** A client of Dynatrace's single sign-on, which gives tokens of a few minutes. */
const OAuthConfig = z.strictObject(
  {
    /** Its id, `dt0s02.…`; no secret. */
    client: z.string({ error: 'must be the id of a client' }).regex(/^[\x21-\x7e]+$/, 'must be the id of a client'),
    secret: SecretReference,
    /** Where tokens are given; sovereign and other installations have their own. */
    url: z
      .string({ error: 'must be a URL' })
      .transform(parseBaseUrl)
      .transform(({ origin, pathname }) => origin + pathname)
      .default('https://sso.dynatrace.com/sso/oauth2/token'),
    scopes: z
      .array(z.string().regex(/^[\w:.-]+$/, 'must be a scope, such as storage:logs:read'), { error: 'must be a list' })
      .min(1, 'must name a scope')
      .default(usualScopes),
    /** `urn:dtaccount:…`, where the client needs it. */
    account: z
      .string({ error: 'must be a text' })
      .regex(/^urn:dtaccount:[\w-]+$/, 'must be an account, urn:dtaccount:<id>')
      .optional(),
  },
  { error: 'must be a mapping with client and secret' },
)
export type OAuthConfig = z.infer<typeof OAuthConfig>

/** Where and as whom the platform is asked. */
export const PlatformConfig = z
  .strictObject(
    {
      /** Base URL of the platform; without it the neighbour of the environment's own. */
      url: z
        .string({ error: 'must be a URL, such as https://abc12345.apps.dynatrace.com' })
        .transform(parseBaseUrl)
        .transform(platformUrlOf)
        .optional(),
      /** Platform token, `dt0s16…`. */
      token: SecretReference.optional(),
      oauth: OAuthConfig.optional(),
    },
    { error: 'must be a mapping with token or oauth' },
  )
  .transform(({ url, token, oauth }, context) => {
    if (token !== undefined && oauth === undefined) return { url, token }
    if (token === undefined && oauth !== undefined) return { url, oauth }
    context.addIssue({ code: 'custom', message: 'needs token or oauth, one of them' })
    return z.NEVER
  })
export type PlatformConfig = z.infer<typeof PlatformConfig> & { readonly url: string }
