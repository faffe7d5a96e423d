import type { ProviderContext } from '../provider.ts'
import type { PrometheusConfig } from './config.ts'

/** What to send for authorization, and what must not be seen in any message for it. */
export interface Credentials {
  readonly authorization: string | undefined
  readonly secrets: readonly string[]
}

/**
 * Reads the token anew, so that a rotated one is used at once. An Error (with a message for a person) comes back as a value:
 * it is the outcome of every indicator that was to be asked.
 */
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
    return { authorization: basic, secrets: [encoded, password] }
  }
  if (config.token === undefined) return { authorization: undefined, secrets: [] }
  const token = await readSecret(config.token, context)
  return typeof token === 'string' ? { authorization: `Bearer ${token}`, secrets: [token] } : token
}

async function readSecret(reference: string, context: ProviderContext): Promise<string | Error> {
  try {
    const secret = (await context.secret(reference)).trim()
    if (/^[\x21-\x7e]+$/.test(secret)) return secret
    return new Error(`${reference} is empty or holds characters that cannot stand in a header`)
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}

/** A server may send back what it was sent. */
export function redacted(text: string, { secrets }: Credentials): string {
  return secrets.filter((secret) => secret.length >= 6).reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
}
