import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What fetching needs from its caller. */
export interface FetchOptions {
  /** Where the unpacked package is kept for the next time. */
  readonly folder: string
  /** `PATH` says which apt-get and dpkg are used. */
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** Downloading lists, then the package, each. */
const aptLimitMs = 60_000

/** Root would otherwise hand the download to a user who may not be allowed to enter the folder. */
const sameUser = ['-o', 'APT::Sandbox::User=root']
const impatient = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=10', '-o', 'Acquire::https::Timeout=10']

/**
 * Downloads a Debian package with the machine's own sources and unpacks it into `folder`, without installing anything and
 * without being root. Where the machine has no package lists, or outdated ones, it fetches lists of its own first. Rejects
 * with the last command's error when the package cannot be had.
 */
export async function fetchDebianPackage(name: string, { folder, env, signal }: FetchOptions): Promise<void> {
  await mkdir(folder, { recursive: true })
  const work = await mkdtemp(join(folder, '.fetch-'))
  const apt = (args: readonly string[]) =>
    run('apt-get', [...sameUser, ...impatient, ...args], { cwd: work, env: plain(env), signal, timeout: aptLimitMs })
  try {
    try {
      await apt(['download', name])
    } catch (error) {
      if (isAbsent(error) || signal.aborted) throw error
      const ownLists = await privateLists(work)
      await apt([...ownLists, 'update'])
      await apt([...ownLists, 'download', name])
    }
    const archive = (await readdir(work)).find((file) => file.endsWith('.deb')) ?? `${name}.deb`
    await run('dpkg', ['-x', archive, 'unpacked'], { cwd: work, env: plain(env), signal, timeout: aptLimitMs })
    await keep(join(work, 'unpacked'), join(folder, name))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Options that make apt-get keep its lists in the work folder, where any user may write. */
async function privateLists(work: string): Promise<readonly string[]> {
  const state = join(work, 'state')
  const cache = join(work, 'cache')
  await mkdir(join(state, 'lists', 'partial'), { recursive: true })
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true })
  return ['-o', `Dir::State=${state}`, '-o', `Dir::Cache=${cache}`]
}

/** In one step, so that nobody meets a half unpacked package; whoever came first wins. */
async function keep(unpacked: string, kept: string): Promise<void> {
  try {
    await rename(unpacked, kept)
  } catch (error) {
    await access(kept).catch(() => {
      throw error
    })
  }
}

function plain(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, LC_ALL: 'C' }
}

/** There is no such command. */
function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
