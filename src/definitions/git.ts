import { execFile } from 'node:child_process'
import { dirname } from 'node:path'

/** Git answers such questions within milliseconds. */
const timeoutMs = 10_000

/** How many git processes run at once; others wait for their turn. */
const processesMax = 4

/** All questions are ours: the longest answer is the text of some definitions. */
const outputBytesMax = 256 * 1024 * 1024

/** Git is not installed, does not trust the repository, or cannot read it. The message ends a sentence. */
export class GitError extends Error {
  override readonly name = 'GitError'
}

/** The git program, asked about the objects of a repository: never about its index, its work tree or a remote. */
export interface Git {
  /**
   * What it writes to standard output, asked in the folder `top` that holds `.git`; undefined when it ends with 1, which is
   * its way to say that there is none. Rejects with a GitError.
   */
  ask(top: string, args: readonly string[], input?: string): Promise<Buffer | undefined>
}

/**
 * Git would run programs that the repository configures, and use other repositories from its environment: both are disabled. Nothing is
 * fetched, locked or written, and no replacement stands in for an object.
 */
const guarded = [
  '--no-pager',
  '--no-optional-locks',
  '--no-replace-objects',
  '--literal-pathspecs',
  ...['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'protocol.allow=never'].flatMap((setting) => ['-c', setting]),
]

/** The variables that git sees: PATH, and the settings of the user who runs the server, for `safe.directory`. */
const seen =
  /^(?:PATH|HOME|USERPROFILE|SYSTEMROOT|XDG_CONFIG_HOME|GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|(?:KEY|VALUE)_\d+))$/i

export function createGit(environment: Readonly<Record<string, string | undefined>>): Git {
  const kept = Object.fromEntries(Object.entries(environment).filter(([name]) => seen.test(name)))
  const fixed = { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_NO_LAZY_FETCH: '1' }
  const takeTurn = createTurns(processesMax)
  return {
    // Git must find the repository itself: it does not check the owner of one that it is pointed to.
    ask: (top, args, input = '') =>
      takeTurn(() => {
        const env = { ...kept, ...fixed, GIT_CEILING_DIRECTORIES: dirname(top) }
        return execute([...guarded, '-C', top, ...args], input, env)
      }),
  }
}

function execute(
  args: readonly string[],
  input: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const options = {
      env,
      encoding: 'buffer',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: outputBytesMax,
    } as const
    const child = execFile('git', args, options, (error, output, complaint) => {
      if (error === null) resolve(output)
      else if (error.code === 1) resolve(undefined)
      else reject(new GitError(whyOf(error, complaint.toString('utf8')), { cause: error }))
    })
    // A git that ends before it has read everything has said why.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

function whyOf(error: { readonly code?: unknown; readonly killed?: boolean | undefined }, complaint: string): string {
  if (error.code === 'ENOENT') return 'there is no git program on the PATH of the server'
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'git returned too much output'
  if (error.killed === true) return `git did not answer within ${timeoutMs / 1000} s`
  if (complaint.includes('dubious ownership')) {
    return 'git does not trust the repository, because its folder belongs to another user: add the folder to safe.directory in the Git settings of the user who runs the server'
  }
  const [line = ''] = complaint.split('\n')
  return `git cannot read the repository${line === '' ? '' : ` (${line.replace(/^(?:fatal|error): /, '')})`}`
}

/** Runs a limited number of tasks at once, the others in order of arrival. */
function createTurns(max: number): <Value>(task: () => Promise<Value>) => Promise<Value> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (task) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      // The next task takes this one's place.
      if (next === undefined) running -= 1
      else next()
    }
  }
}
