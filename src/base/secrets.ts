import { readFile } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { z } from 'zod'

/** What `process.env` is; handed around, so that only `main` reads it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where a secret is, never the secret itself: `env:NAME` or `file:/absolute/path`. */
export const SecretReference = z
  .string({ error: 'must be a string' })
  .refine(
    (text) => parseReference(text) !== undefined,
    'must name a secret, not be one: env:NAME or file:/absolute/path',
  )

/** A secret that cannot be had. The message names its reference only. */
export class SecretError extends Error {
  override readonly name = 'SecretError'
}

/**
 * Reads a secret at the time it is needed, without blanks around it, so that a rotated file is seen. Never answers an empty text.
 * Throws SecretError when it is missing, empty, or no reference at all, which may be a secret and is therefore not repeated.
 */
export async function resolveSecret(reference: string, env: Environment): Promise<string> {
  const parsed = parseReference(reference)
  if (parsed === undefined) throw new SecretError('a secret is no reference: expected env:NAME or file:/absolute/path')
  const secret = parsed.kind === 'env' ? variable(parsed.name, env) : await secretIn(parsed.path)
  if (secret === undefined) throw new SecretError(`the secret ${reference} is not set`)
  if (secret.trim() === '') throw new SecretError(`the secret ${reference} is empty`)
  return secret.trim()
}

type Reference = { readonly kind: 'env'; readonly name: string } | { readonly kind: 'file'; readonly path: string }

function parseReference(text: string): Reference | undefined {
  const name = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)?.[1]
  if (name !== undefined) return { kind: 'env', name }
  const path = /^file:(.+)$/.exec(text)?.[1]
  return path !== undefined && isAbsolute(path) ? { kind: 'file', path } : undefined
}

function variable(name: string, env: Environment): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined
}

async function secretIn(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new SecretError(`the secret file:${path} cannot be read: ${code}`, { cause: error })
  }
}
