import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'

/** A branch may be an alias of another; git follows as many. */
const refsMax = 5

const commitId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/**
 * The commit of the git checkout that `root` is in, as hexadecimal text; null when it is in none, or when nothing is
 * committed. Reads git's files, so that git itself need not be there; repositories in reftable format have no commit here.
 * Source: gitrepository-layout(5), gitglossary(7).
 */
export async function gitCommit(root: string): Promise<string | null> {
  const gitFolder = await findGitFolder(await realpath(root).catch(() => resolve(root)))
  if (gitFolder === undefined) return null
  const shared = await readLine(join(gitFolder, 'commondir'))
  const sharedFolder = shared === undefined ? gitFolder : resolve(gitFolder, shared)
  let value = await readLine(join(gitFolder, 'HEAD'))
  for (let step = 0; step < refsMax && value?.startsWith('ref: '); step += 1) {
    value = await readRef(value.slice('ref: '.length).trim(), gitFolder, sharedFolder)
  }
  return value !== undefined && commitId.test(value) ? value : null
}

/** Walks up to the first `.git`, a folder or, in work trees and submodules, a file that names one. */
async function findGitFolder(start: string): Promise<string | undefined> {
  for (let folder = start; ; folder = dirname(folder)) {
    const place = join(folder, '.git')
    const stats = await stat(place).catch(() => undefined)
    if (stats?.isDirectory()) return place
    const line = stats?.isFile() ? await readLine(place) : undefined
    if (line?.startsWith('gitdir: ')) return resolve(folder, line.slice('gitdir: '.length))
    if (folder === dirname(folder)) return undefined
  }
}

/** A ref's file wins over the packed list. */
async function readRef(ref: string, gitFolder: string, sharedFolder: string): Promise<string | undefined> {
  if (isAbsolute(ref) || ref.split('/').includes('..')) return undefined
  const loose = (await readLine(join(gitFolder, ref))) ?? (await readLine(join(sharedFolder, ref)))
  if (loose !== undefined) return loose
  const packed = await readFile(join(sharedFolder, 'packed-refs'), 'utf8').catch(() => '')
  const line = packed.split('\n').find((entry) => entry.trimEnd().endsWith(` ${ref}`))
  return line?.split(' ', 1)[0]
}

/** Undefined when there is no such file: a repository that cannot be read has no commit to tell. */
async function readLine(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text?.split('\n', 1)[0]?.trim()
}
