import { createHash, timingSafeEqual } from 'node:crypto'

/** What a caller shows. */
export interface ApiToken {
  /** Who calls, for logs and records. */
  readonly name: string
  /** Where the secret is. */
  readonly reference: string
  /** As it was at the start, the secret itself: not for logs. */
  readonly token: string
}

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
  /** The name of the token with this digest; undefined if there is no such token now. */
  nameOf(digest: Buffer): Promise<string | undefined>
}

/** How long a file counts before it is read again. */
const rereadMs = 2_000
/** A file that is written in place is empty for a moment. */
const secondLookMs = 100

/** Where others can reach the service, they can guess. */
const sharedTokenCharactersMin = 16

/** What makes a secret no token, without the secret; undefined when nothing does. */
export function tokenMistake(token: string, isLocal: boolean): string | undefined {
  // No request header can carry such a token.
  if (/\s/.test(token)) return 'contains blanks'
  if (!/^[\x21-\x7e]+$/.test(token)) return 'contains characters that a header cannot carry'
  if (isLocal || token.length >= sharedTokenCharactersMin) return undefined
  return `is shorter than the ${sharedTokenCharactersMin} characters that are needed where others can reach Pharos: make one with "openssl rand -base64 32"`
}

/** What tokens are compared by. */
export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

interface Held {
  readonly name: string
  readonly reference: string
  /** Undefined: its file holds no token now. */
  readonly digest: Buffer | undefined
}

/** `tokens` are as they were read at the start. */
export function createApiTokens(tokens: readonly ApiToken[], deps: ApiTokensDeps): ApiTokens {
  const held: readonly Held[] = tokens.map(({ name, reference, token }) => {
    return { name, reference, digest: digestOf(token) }
  })
  const [fixed, atStart] = [held.filter((one) => !isOfFile(one)), held.filter(isOfFile)]
  let ofFiles = atStart
  let readAt = deps.now()
  let reading: Promise<void> | undefined

  async function reread(): Promise<void> {
    readAt = deps.now()
    const looked = await Promise.all(ofFiles.map(async (one) => ({ one, found: await look(one, deps) })))
    const all = [...fixed]
    for (const { one, found } of looked) all.push(settled(one, found, all, deps))
    ofFiles = all.slice(fixed.length)
  }

  return {
    isOpen: held.length === 0,
    async nameOf(digest) {
      // A token of the environment waits for no file.
      const known = nameIn(fixed, digest)
      if (known !== undefined || ofFiles.length === 0) return known
      if (deps.now() - readAt >= rereadMs) reading ??= reread().finally(() => (reading = undefined))
      await reading
      return nameIn(ofFiles, digest)
    },
  }
}

function isOfFile({ reference }: Held): boolean {
  return reference.startsWith('file:')
}

/** Every token is compared, so that the time taken tells nothing of how alike they are. */
function nameIn(tokens: readonly Held[], digest: Buffer): string | undefined {
  return tokens.filter((one) => one.digest !== undefined && timingSafeEqual(one.digest, digest))[0]?.name
}

type Found = { readonly digest: Buffer } | { readonly problem: string }

async function look(one: Held, deps: ApiTokensDeps): Promise<Found> {
  const found = await read(one.reference, deps)
  if ('digest' in found || one.digest === undefined) return found
  await deps.pause(secondLookMs)
  return read(one.reference, deps)
}

async function read(reference: string, { read: readSecret, isLocal }: ApiTokensDeps): Promise<Found> {
  try {
    const token = await readSecret(reference)
    const mistake = tokenMistake(token, isLocal)
    return mistake === undefined ? { digest: digestOf(token) } : { problem: `the secret ${reference} ${mistake}` }
  } catch (error) {
    if (error instanceof Error) return { problem: error.message }
    throw error
  }
}

/**
 * A token after its file was read, and a line in the log if it is another one. A file that is gone or holds no token ends its
 * token: whoever took it away meant that.
 */
function settled(one: Held, found: Found, earlier: readonly Held[], { log }: ApiTokensDeps): Held {
  const same = 'digest' in found ? nameIn(earlier, found.digest) : undefined
  const checked = same === undefined ? found : { problem: `the secret ${one.reference} is also the token of ${same}` }
  if ('problem' in checked) {
    const { problem: reason } = checked
    if (one.digest !== undefined)
      log.error({ token: one.name, reason }, 'API token no longer accepted: its file has no usable token')
    return { ...one, digest: undefined }
  }
  if (one.digest?.equals(checked.digest) === true) return one
  log.info({ token: one.name }, 'API token changed: its file has a new one, the old one is no longer accepted')
  return { ...one, digest: checked.digest }
}
