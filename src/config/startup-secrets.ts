import { tokenMistake, type ApiToken } from '../access/tokens.ts'
import { resolveSecret, SecretError, type Environment } from '../base/secrets.ts'

/** The tokens of callers, as they are at the start. */
export async function resolveTokens(
  settings: readonly { readonly name: string; readonly token: string }[],
  { env, isLocal }: { readonly env: Environment; readonly isLocal: boolean },
  problems: string[],
): Promise<readonly ApiToken[]> {
  const tokens: ApiToken[] = []
  for (const { name, token: reference } of settings) {
    const token = await readSecret(reference, env, (problem) => problems.push(`apiTokens: ${problem}`))
    if (token === undefined) continue
    const same = tokens.find((other) => other.token === token)
    const mistake = tokenMistake(token, isLocal)
    if (mistake !== undefined) problems.push(`apiTokens: the secret ${reference} ${mistake}`)
    if (same !== undefined) {
      problems.push(`apiTokens: ${same.name} and ${name} are the same token: give each name a token of its own`)
    }
    tokens.push({ name, reference, token })
  }
  return tokens
}

/** They are read anew for each event; but one that is not there at the start is a mistake, and not the sender's. */
export async function checkSignatureSecrets(
  signatures: readonly { readonly source: string; readonly secret: string }[],
  env: Environment,
  problems: string[],
): Promise<void> {
  for (const { source, secret } of signatures) {
    await readSecret(secret, env, (problem) => problems.push(`events.signatures of ${source}: ${problem}`))
  }
}

/** A secret that is guessed makes every signature worthless. */
const signingSecretCharactersMin = 32

/** What the keys of subscriptions are derived from: PHAROS_SECRET_KEY unless the file names another; undefined without either. */
export async function resolveSigningSecret(
  reference: string | undefined,
  env: Environment,
  problems: string[],
): Promise<string | undefined> {
  if (reference === undefined && env['PHAROS_SECRET_KEY'] === undefined) return undefined
  const name = reference ?? 'env:PHAROS_SECRET_KEY'
  const secret = await readSecret(name, env, (problem) => problems.push(`subscriptions.secretKey: ${problem}`))
  if (secret !== undefined && secret.length < signingSecretCharactersMin) {
    problems.push(
      `subscriptions.secretKey: the secret ${name} has ${secret.length} characters, and at least ${signingSecretCharactersMin} are needed, such as those of "openssl rand -base64 32"`,
    )
  }
  return secret
}

async function readSecret(
  reference: string,
  env: Environment,
  fail: (problem: string) => void,
): Promise<string | undefined> {
  try {
    return await resolveSecret(reference, env)
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    fail(error.message)
    return undefined
  }
}
