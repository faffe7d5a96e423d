import { lstat, realpath } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { placeWithin, type Root } from './root.ts'

/** What is known of a folder below the root. */
export type FoundFolder =
  /** It is there, and neither it nor a folder above it, up to the root, is a link. `top` is the root without links. */
  | { readonly kind: 'plain'; readonly place: string; readonly top: string }
  | { readonly kind: 'absent' }
  /** A link leads to it, or it cannot be looked up: whatever is below must be looked up by its whole path. */
  | { readonly kind: 'unknown' }

/** The folders below a root as one reading of definitions sees them: each is looked up once. */
export interface Folders {
  readonly root: Root
  /** `folder` is below the root, with forward slashes; empty for the root itself. Never rejects. */
  find(folder: string): Promise<FoundFolder>
  /** Where a folder really is; undefined when there is none, or links lead out of the root. */
  placeOf(folder: string): Promise<string | undefined>
}

/**
 * Most of the files that a definition may consist of are in folders that do not exist, which need not be looked for one by one.
 * Only what is no link is remembered: those may lead elsewhere at any moment, as in a mounted ConfigMap.
 */
export function createFolders(root: Root): Folders {
  const known = new Map<string, Promise<FoundFolder>>()

  function find(folder: string): Promise<FoundFolder> {
    const path = posix.normalize(folder)
    const found = known.get(path) ?? look(path)
    known.set(path, found)
    return found
  }

  async function look(path: string): Promise<FoundFolder> {
    if (path === '.') return realPlaceOf(root.root)
    const above = await find(posix.dirname(path))
    return above.kind === 'plain' ? within(above, posix.basename(path)) : above
  }

  return {
    root,
    find,
    async placeOf(folder) {
      const found = await find(folder)
      if (found.kind === 'unknown') return placeWithin(root, folder)
      return found.kind === 'plain' ? found.place : undefined
    },
  }
}

/** The root itself may be a link. */
function realPlaceOf(root: string): Promise<FoundFolder> {
  return unlessAbsent(async () => {
    const place = await realpath(root)
    return { kind: 'plain', place, top: place }
  })
}

function within({ place, top }: Extract<FoundFolder, { kind: 'plain' }>, name: string): Promise<FoundFolder> {
  const below = join(place, name)
  return unlessAbsent(async () => ((await lstat(below)).isDirectory() ? { kind: 'plain', place: below, top } : unknown))
}

const unknown = { kind: 'unknown' } as const

async function unlessAbsent(look: () => Promise<FoundFolder>): Promise<FoundFolder> {
  try {
    return await look()
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? { kind: 'absent' } : unknown
  }
}
