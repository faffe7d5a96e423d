import { realpath } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import type { ServiceKey } from '../service.ts'
import { findCheckout, type Checkout } from './checkout.ts'

/** A folder that may hold files of a service, and the checkout that it is in. */
export interface Level {
  /** Below the root, empty for the root itself. */
  readonly folder: string
  readonly checkout: Checkout | undefined
  /** In the checkout's tree, empty for its top. */
  readonly path: string
}

/** The root, and the folders of a project, a stage and a service, the widest first. A clone or a work tree may be at each. */
export async function levelsOf(root: string, { project, stage, service }: ServiceKey): Promise<readonly Level[]> {
  const top = await realpath(root).catch(() => resolve(root))
  const checkout = await findCheckout(top)
  let level: Level = { folder: '', checkout, path: checkout === undefined ? '' : relative(checkout.top, top) }
  const levels = [level]
  for (const name of [project, stage, service]) {
    level = await levelBelow(level, name, root)
    levels.push(level)
  }
  return levels
}

async function levelBelow(parent: Level, name: string, root: string): Promise<Level> {
  const folder = join(parent.folder, name)
  const real = await realpath(join(root, folder)).catch(() => undefined)
  const checkout = real === undefined ? parent.checkout : await findCheckout(real)
  // Within one checkout the way of the names counts, so that a commit's own links are followed.
  if (real === undefined || checkout === undefined || checkout.key === parent.checkout?.key) {
    return { folder, checkout, path: join(parent.path, name) }
  }
  return { folder, checkout, path: relative(checkout.top, real) }
}

/** The narrowest level that a path is in; `levels` begins with the root. */
export function levelOf(path: string, levels: readonly Level[]): Level | undefined {
  return levels.findLast(({ folder }) => folder === '' || path.startsWith(`${folder}/`))
}

export function treePath(path: string, { folder, path: own }: Level): string {
  return join(own, relative(folder, path))
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

/** What a level is called in sentences. */
export function shownFolder(folder: string): string {
  return folder === '' ? 'the root' : folder
}
