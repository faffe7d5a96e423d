import { z } from 'zod'
import { SecretReference } from '../../settings.ts'
import { parseBaseUrl, platformUrlOf } from '../base-url.ts'

/** Enough for timeseries. */
const usualScopes = ['storage:buckets:read', 'storage:metrics:read']

/** A client of Dynatrace's single sign-on, which issues tokens that are valid for a few minutes. */
const OAuthConfig = z.strictObject(
  {
    /** Its id, `dt0s02.…`; not a secret. */
    client: z.string({ error: 'must be a client id' }).regex(/^[\x21-\x7e]+$/, 'must be a client id'),
    secret: SecretReference,
    /** The token endpoint; sovereign and other installations have their own. */
    url: z
      .string({ error: 'must be a URL' })
      .transform(parseBaseUrl)
      .transform(({ origin, pathname }) => origin + pathname)
      .default('https://sso.dynatrace.com/sso/oauth2/token'),
    scopes: z
      .array(z.string().regex(/^[\w:.-]+$/, 'must be a scope, such as storage:logs:read'), { error: 'must be a list' })
      .min(1, 'must have at least one scope')
      .default(usualScopes),
    /** `urn:dtaccount:…`, if the client needs it. */
    account: z
      .string({ error: 'must be a string' })
      .regex(/^urn:dtaccount:[\w-]+$/, 'must be an account, urn:dtaccount:<id>')
      .optional(),
  },
  { error: 'must be a mapping with client and secret' },
)
export type OAuthConfig = z.infer<typeof OAuthConfig>

/** The platform's URL and credentials. */
export const PlatformConfig = z
  .strictObject(
    {
      /** Base URL of the platform; derived from the environment's URL if absent. */
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
    context.addIssue({ code: 'custom', message: 'needs either token or oauth' })
    return z.NEVER
  })
export type PlatformConfig = z.infer<typeof PlatformConfig> & { readonly url: string }
