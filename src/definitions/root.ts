import { constants } from 'node:fs'
import { open, readlink, realpath, type FileHandle } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'

/** The definitions root, a folder, and whether links may lead out of it. */
export interface Root {
  readonly root: string
  /** Without it they may not: otherwise, anyone who can change definitions could read other files of the server. */
  readonly followLinks?: boolean | undefined
}

/** Where something below the root really is; `outside` when links lead out of the root. */
export type RealPlace =
  | { readonly kind: 'inside'; readonly place: string; readonly top: string }
  | { readonly kind: 'outside' }

/** `path` is below the root; empty for the root itself, which may be a link. Rejects when there is nothing. */
export async function realPlace({ root, followLinks }: Root, path: string): Promise<RealPlace> {
  // Once: the root may become a link to another folder meanwhile, and the files of one read must be of one of them.
  const top = await realpath(root)
  const place = await realpath(join(top, path))
  return followLinks === true || isWithin(place, top) ? { kind: 'inside', place, top } : { kind: 'outside' }
}

/** Where a folder or file below the root really is; undefined when there is none, or links lead out of the root. */
export async function placeWithin(root: Root, path: string): Promise<string | undefined> {
  const real = await realPlace(root, path).catch(() => undefined)
  return real?.kind === 'inside' ? real.place : undefined
}

/**
 * Opens a place that `realPlace` found, unless links were put into its path meanwhile: then undefined, where they lead out of the
 * root. Rejects when it is not there any more.
 */
export async function openInside(
  { place, top }: Extract<RealPlace, { kind: 'inside' }>,
  { followLinks }: Root,
): Promise<FileHandle | undefined> {
  // Without O_NONBLOCK, opening a pipe would wait until its other end is opened.
  const file = await open(place, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0))
  if (followLinks === true || isWithin(await openedPlace(file, place), top)) return file
  await file.close()
  return undefined
}

/** Linux knows where an open file is, whatever happens to its path; elsewhere the path is looked at again. */
async function openedPlace({ fd }: FileHandle, place: string): Promise<string> {
  return readlink(`/proc/self/fd/${fd}`).catch(() => realpath(place))
}

function isWithin(place: string, top: string): boolean {
  const path = relative(top, place)
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path)
}
