import { readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'

/** A branch may be an alias of another; git follows as many. */
const refsMax = 5

/** A folder that git has checked out: a clone, a work tree, a submodule. */
export interface Checkout {
  /** The folder that holds `.git`. */
  readonly top: string
  /** What git keeps of this checkout alone. */
  readonly gitFolder: string
  /** Equal for the same checkout, different when another one replaces it. */
  readonly key: string
}

/** The innermost checkout that a folder is in, if it is in any. `folder` must be free of links. */
export async function findCheckout(start: string): Promise<Checkout | undefined> {
  for (let top = start; ; top = dirname(top)) {
    const checkout = await checkoutAt(top)
    if (checkout !== undefined || top === dirname(top)) return checkout
  }
}

/** The checkout whose top a folder is. */
export async function checkoutAt(top: string): Promise<Checkout | undefined> {
  const place = join(top, '.git')
  const stats = await stat(place).catch(() => undefined)
  const gitFolder = stats?.isFile() ? await namedFolder(place, top) : stats && place
  if (stats === undefined || gitFolder === undefined) return undefined
  return { top, gitFolder, key: `${top}\0${stats.dev}:${stats.ino}` }
}

/** In work trees and submodules, `.git` is a file that names the folder. */
async function namedFolder(file: string, top: string): Promise<string | undefined> {
  const line = firstLine(await textOf(file))
  return line.startsWith('gitdir: ') ? resolve(top, line.slice('gitdir: '.length)) : undefined
}

/**
 * A text that changes whenever HEAD may have moved: the files that git would read to find it. So git is asked only after a change.
 * For repositories in reftable format it is the list of tables, which every change rewrites.
 * Source: gitrepository-layout(5), gitglossary(7), git's Documentation/technical/reftable.
 */
export async function refState({ gitFolder }: Checkout): Promise<string> {
  const [common, head] = await Promise.all(['commondir', 'HEAD'].map((name) => textOf(join(gitFolder, name))))
  const shared = firstLine(common ?? '')
  const sharedFolder = shared === '' ? gitFolder : resolve(gitFolder, shared)
  const others = Promise.all([
    stateOf(join(sharedFolder, 'packed-refs')),
    ...[...new Set([gitFolder, sharedFolder])].map((folder) => textOf(join(folder, 'reftable/tables.list'))),
  ])
  const state = [head ?? '']
  for (let step = 0, ref = refOf(state[0]); step < refsMax && ref !== undefined; step += 1) {
    const text = (await textOf(join(gitFolder, ref))) || (await textOf(join(sharedFolder, ref)))
    state.push(text)
    ref = refOf(text)
  }
  return JSON.stringify([...state, ...(await others)])
}

/** The ref that another ref points to, unless it is outside the repository. */
function refOf(text: string | undefined): string | undefined {
  const line = firstLine(text ?? '')
  const ref = line.startsWith('ref: ') ? line.slice('ref: '.length).trim() : undefined
  return ref === undefined || isAbsolute(ref) || ref.split('/').includes('..') ? undefined : ref
}

async function stateOf(path: string): Promise<string> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined)
  return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`
}

/** Empty if there is no such file; git explains what cannot be read. */
function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').trim()
}
