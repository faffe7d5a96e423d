import { readHeaderSecret } from '../credentials.ts'
import type { ProviderContext } from '../provider.ts'
import type { PrometheusConfig } from './config.ts'

/** What to send for authorization, and what must not be seen in any message for it. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
}

/** An Error is the outcome of every indicator that was to be asked. */
export async function readCredentials(
  config: PrometheusConfig,
  context: ProviderContext,
): Promise<Credentials | Error> {
  const { basic } = config.url
  if (basic !== undefined) {
    const encoded = basic.slice('Basic '.length)
    const password = Buffer.from(encoded, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, '')
    return { headers: { authorization: basic }, secrets: [encoded, password] }
  }
  if (config.token === undefined) return { headers: {}, secrets: [] }
  const token = await readHeaderSecret(config.token, context)
  return typeof token === 'string' ? { headers: { authorization: `Bearer ${token}` }, secrets: [token] } : token
}
