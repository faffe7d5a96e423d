import { join, posix, relative, sep } from 'node:path'
import type { ServiceKey } from '../base/names.ts'
import { checkoutAt, findCheckout, type Checkout } from './checkout.ts'
import type { Folders } from './folders.ts'

/** A folder that may hold files of a service, and the checkout that it is in. */
export interface Level {
  /** Below the root, empty for the root itself. */
  readonly folder: string
  /** Its real path; undefined if it does not exist now, although a commit may have it, or is outside of the root. */
  readonly place: string | undefined
  readonly checkout: Checkout | undefined
  /** In the checkout's tree, empty for its top. */
  readonly path: string
}

/** The root, and the folders of a project, a stage and a service, the widest first. A clone or a work tree may be at each. */
export async function levelsOf(of: Folders, { project, stage, service }: ServiceKey): Promise<readonly Level[]> {
  const folders = ['', project, posix.join(project, stage), posix.join(project, stage, service)]
  const places = await Promise.all(folders.map((folder) => of.placeOf(folder)))
  const levels: Level[] = []
  for (const [index, folder] of folders.entries()) {
    levels.push(await levelAt({ folder, place: places[index] }, levels.at(-1)))
  }
  return levels
}

async function levelAt({ folder, place }: Pick<Level, 'folder' | 'place'>, parent: Level | undefined): Promise<Level> {
  const name = posix.basename(folder)
  const inherited = { folder, place, checkout: parent?.checkout, path: posix.join(parent?.path ?? '', name) }
  if (place === undefined) return inherited
  const isWithin = parent?.place !== undefined && place === join(parent.place, name)
  const checkout = await (isWithin ? checkoutAt(place) : findCheckout(place))
  // Within one checkout, paths are not resolved, so that a commit's own links are followed.
  if ((isWithin && checkout === undefined) || checkout?.key === parent?.checkout?.key) return inherited
  return { folder, place, checkout, path: checkout === undefined ? '' : below(checkout.top, place) }
}

/** The path of a place within a folder, with forward slashes, as git and our own paths have them. */
function below(folder: string, place: string): string {
  return relative(folder, place).split(sep).join('/')
}

/** The narrowest level that a path is in; `levels` begins with the root. */
export function levelOf(path: string, levels: readonly Level[]): Level | undefined {
  return levels.findLast(({ folder }) => folder === '' || path.startsWith(`${folder}/`))
}

export function treePath(path: string, { folder, path: own }: Level): string {
  return posix.join(own, posix.relative(folder, path))
}

/** The distinct checkouts, the innermost first, each with the folder at which it begins to count. */
export function checkoutsOf(levels: readonly Level[]): readonly Level[] {
  const checkouts = new Map<string, Level>()
  for (const level of levels) {
    const { checkout } = level
    if (checkout !== undefined && !checkouts.has(checkout.key)) checkouts.set(checkout.key, level)
  }
  return [...checkouts.values()].toReversed()
}

/** A level's name in sentences. */
export function shownFolder(folder: string): string {
  return folder === '' ? 'the root' : folder
}
