import { createHash, randomUUID } from 'node:crypto'

/** What a CI system calls one run of one job; first known, first used. A run that is started again is another one. */
const runs: readonly (readonly string[])[] = [
  ['GITHUB_REPOSITORY', 'GITHUB_RUN_ID', 'GITHUB_RUN_ATTEMPT', 'GITHUB_JOB'],
  ['CI_PROJECT_ID', 'CI_JOB_ID'],
  ['BUILD_TAG'],
  ['CIRCLE_WORKFLOW_JOB_ID'],
  ['BUILDKITE_JOB_ID'],
  ['SYSTEM_COLLECTIONID', 'SYSTEM_JOBID', 'SYSTEM_JOBATTEMPT'],
]

/** The longest idempotency key that the server accepts. */
const charactersMax = 255

type Environment = Readonly<Record<string, string | undefined>>

export interface IdempotencyKey {
  readonly key: string
  /** No other run of the command can have it. */
  readonly isRandom: boolean
}

/** A request for an evaluation: its path and its body. */
interface Asked {
  readonly path: string
  readonly body: { readonly window?: { readonly start?: string; readonly end?: string } }
}

/**
 * The idempotency key of a request without --key: a random one, so that only retries of this request find its evaluation. A fixed
 * start and end always have the same values, so inside a CI system such a request is found by its run and its content, and a job
 * that its runner retries continues where it was.
 */
export function keyOf(env: Environment, { path, body }: Asked): IdempotencyKey {
  const run = runId(env)
  if (run === undefined || body.window?.start === undefined || body.window.end === undefined) {
    return { key: randomUUID(), isRandom: true }
  }
  const digest = createHash('sha256')
    .update(JSON.stringify([path, body]))
    .digest('hex')
    .slice(0, 16)
  return { key: `${run.slice(digest.length + 1 - charactersMax)} ${digest}`, isRandom: false }
}

/** The run that a command belongs to; undefined outside of a CI system. */
export function runId(env: Environment): string | undefined {
  const known = runs.find((names) => names.every((name) => (env[name] ?? '') !== ''))
  if (known === undefined) return undefined
  const text = known.map((name) => env[name]).join('/')
  return text.replaceAll(/[^\x20-\x7e]/g, '_').slice(-charactersMax)
}
