import type { Answer } from './answer.ts'
import type { ProviderContext } from './provider.ts'

/**
 * A secret for a header, read each time so that a rotated one is used at once. An Error, with a message for users, is returned
 * as a value: it is the outcome of every indicator that was to be queried.
 */
export async function readHeaderSecret(
  reference: string,
  context: Pick<ProviderContext, 'secret'>,
): Promise<string | Error> {
  try {
    const secret = (await context.secret(reference)).trim()
    if (/^[\x21-\x7e]+$/.test(secret)) return secret
    return new Error(`${reference} is empty or contains characters that are not allowed in a header`)
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}

/** A server's `text` without the secrets it was sent. Those shorter than six characters are kept: they may be parts of words. */
export function redacted(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret.length >= 6).reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
}

export function redactedAnswer(answer: Answer, secrets: readonly string[]): Answer {
  const warnings = answer.warnings.map((warning) => redacted(warning, secrets))
  if (answer.outcome === 'measured') return { ...answer, warnings }
  return { ...answer, warnings, message: redacted(answer.message, secrets) }
}
