import { createHash, timingSafeEqual } from 'node:crypto'
import type { ApiToken } from './config.ts'

export interface ApiTokensDeps {
  /** Reads a secret reference; throws an Error that names the reference only. */
  readonly read: (reference: string) => Promise<string>
  /** In milliseconds, of a clock that only goes forward. */
  readonly now: () => number
  readonly pause: (ms: number) => Promise<unknown>
  readonly log: Record<'info' | 'error', (fields: object, sentence: string) => void>
  /** Whether the service is on loopback. */
  readonly isLocal: boolean
}

/** The tokens of callers. Those of files are read anew, so that the file decides which one is right. */
export interface ApiTokens {
  /** Whether there are none, and everybody may call. */
  readonly isOpen: boolean
  /** The name of the token that was given; undefined when it is none of them now. */
  nameOf(digest: Buffer): Promise<string | undefined>
}

/** A file counts for so long once it was read. */
const rereadMs = 2_000
/** A file that is written in place is empty for a moment. */
const secondLookMs = 100

/** Where others can reach the service, they can guess. */
const sharedTokenCharactersMin = 16

/** What makes a secret no token, without the secret; undefined when nothing does. */
export function tokenMistake(token: string, isLocal: boolean): string | undefined {
  // No request header can carry such a token.
  if (/\s/.test(token)) return 'holds blanks'
  if (!/^[\x21-\x7e]+$/.test(token)) return 'holds characters that no header can carry'
  if (isLocal || token.length >= sharedTokenCharactersMin) return undefined
  return `has ${token.length} characters, and where others can reach Pharos at least ${sharedTokenCharactersMin} are needed, such as those of "openssl rand -base64 32"`
}

/** What tokens are compared by. */
export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

interface Held {
  readonly name: string
  readonly reference: string
  /** Undefined: its file holds no token now. */
  digest: Buffer | undefined
}

/** `tokens` are as they were read at the start. */
export function createApiTokens(tokens: readonly ApiToken[], deps: ApiTokensDeps): ApiTokens {
  const held: readonly Held[] = tokens.map(({ name, reference, token }) => ({
    name,
    reference,
    digest: digestOf(token),
  }))
  const ofFiles = held.filter(({ reference }) => reference.startsWith('file:'))
  let readAt = deps.now()
  let reading: Promise<void> | undefined

  async function reread(): Promise<void> {
    readAt = deps.now()
    for (const one of ofFiles) await rereadOne(one, held, deps)
  }

  return {
    isOpen: held.length === 0,
    async nameOf(digest) {
      if (ofFiles.length > 0 && deps.now() - readAt >= rereadMs) {
        reading ??= reread().finally(() => (reading = undefined))
      }
      await reading
      // Every token is compared, so that the time taken tells nothing.
      const matching = held.filter((one) => one.digest !== undefined && timingSafeEqual(one.digest, digest))
      return matching[0]?.name
    },
  }
}

/** A file that is gone or holds no token ends its token: whoever took it away meant that, and a log line says it once. */
async function rereadOne(one: Held, all: readonly Held[], deps: ApiTokensDeps): Promise<void> {
  const wasThere = one.digest !== undefined
  let found = await read(one, all, deps)
  if ('problem' in found && wasThere) {
    await deps.pause(secondLookMs)
    found = await read(one, all, deps)
  }
  if ('problem' in found) {
    one.digest = undefined
    if (wasThere) deps.log.error({ token: one.name, reason: found.problem }, 'API token ended: its file holds none')
    return
  }
  if (one.digest?.equals(found.digest) === true) return
  one.digest = found.digest
  deps.log.info({ token: one.name }, 'API token read anew: the one before has ended')
}

type Found = { readonly digest: Buffer } | { readonly problem: string }

async function read(one: Held, all: readonly Held[], { read: readSecret, isLocal }: ApiTokensDeps): Promise<Found> {
  try {
    const token = await readSecret(one.reference)
    const mistake = tokenMistake(token, isLocal)
    if (mistake !== undefined) return { problem: `the secret ${one.reference} ${mistake}` }
    const digest = digestOf(token)
    const same = all.find((other) => other !== one && other.digest?.equals(digest) === true)
    return same === undefined ? { digest } : { problem: `the secret ${one.reference} is the token of ${same.name} too` }
  } catch (error) {
    if (error instanceof Error) return { problem: error.message }
    throw error
  }
}
