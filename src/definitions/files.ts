import { lstat, stat, type FileHandle } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { Mistake } from '../base/errors.ts'
import { createFolders, type Folders } from './folders.ts'
import { openInside, realPlace, type Root } from './root.ts'

/** A definition is written by hand; a larger file is a mistake, and is not read. */
export const bytesMax = 4 * 1024 * 1024

/** A file below the definitions root; `path` is relative to it, with forward slashes. */
export type TextFile =
  | { readonly kind: 'found'; readonly path: string; readonly text: string }
  | { readonly kind: 'absent'; readonly path: string }
  /** It is there, and no text can be had of it. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly mistake: Mistake }

/** Where definitions are read from: a folder, or a commit's objects. Paths are below the definitions root. */
export interface DefinitionFiles {
  read(path: string): Promise<TextFile>
}

/** The files as they are now. */
export function folderFiles(root: Root): DefinitionFiles {
  return filesIn(createFolders(root))
}

/** The files as they are now, in folders as they were when each was first looked up. */
export function filesIn(folders: Folders): DefinitionFiles {
  return {
    async read(path) {
      return (await readPlainFile(folders, path)) ?? readTextFile(folders.root, path)
    },
  }
}

export interface Remembered {
  readonly files: DefinitionFiles
  readonly all: () => readonly TextFile[]
}

/** Remembers every read, also of absent files. */
export function remembering(files: DefinitionFiles): Remembered {
  const all = new Map<string, TextFile>()
  const read = async (path: string): Promise<TextFile> => {
    const file = await files.read(path)
    all.set(path, file)
    return file
  }
  return { files: { read }, all: () => [...all.values()] }
}

/** A file that no link leads to, which is nearly every one; undefined when there may be more to it. */
async function readPlainFile(folders: Folders, path: string): Promise<TextFile | undefined> {
  const folder = await folders.find(posix.dirname(path))
  if (folder.kind === 'absent') return { kind: 'absent', path }
  if (folder.kind === 'unknown') return undefined
  const { top } = folder
  try {
    const file = await openInside(
      { kind: 'inside', place: join(folder.place, posix.basename(path)), top },
      folders.root,
    )
    return file === undefined ? undefined : await readAndClose(file, path)
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? { kind: 'absent', path } : undefined
  }
}

/** A mounted ConfigMap replaces all its files at once, and those that were just found are gone. */
const triesMax = 3

const leadsOut =
  'is a link that leads out of the definitions: put the file itself there, or set definitions.followLinks in pharos.yaml'

/** Reads a text below the root. `path` must be made of checked names. */
async function readTextFile(root: Root, path: string): Promise<TextFile> {
  for (let attempt = 1; ; attempt += 1) {
    let isFound = false
    try {
      const real = await realPlace(root, path)
      isFound = true
      if (real.kind === 'outside') return unreadable(path, leadsOut)
      // Opening a device may have effects.
      if (!(await stat(real.place)).isFile()) return unreadable(path, 'is not a regular file')
      const file = await openInside(real, root)
      if (file === undefined) return unreadable(path, leadsOut)
      return await readAndClose(file, path)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'ENOENT' || code === 'ENOTDIR') {
        if (isFound && attempt < triesMax) continue
        return (await isLink(root, path)) ? unreadable(path, 'is a link that leads nowhere') : { kind: 'absent', path }
      }
      if (error instanceof Error && 'syscall' in error) return unreadable(path, `cannot be read: ${code}`)
      throw error
    }
  }
}

/** Whoever made a link to a file meant it to be there: without it, a wider file would silently take its place. */
async function isLink({ root }: Root, path: string): Promise<boolean> {
  return lstat(join(root, path)).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  )
}

async function readAndClose(file: FileHandle, path: string): Promise<TextFile> {
  try {
    return await readOpened(file, path)
  } finally {
    await file.close()
  }
}

/** Not more than a definition may have, whatever the file becomes while it is read. */
async function readOpened(file: FileHandle, path: string): Promise<TextFile> {
  const stats = await file.stat()
  if (!stats.isFile()) return unreadable(path, 'is not a regular file')
  if (stats.size > bytesMax) return tooLarge(path, stats.size)
  const parts: Uint8Array[] = []
  let length = 0
  while (length <= bytesMax) {
    // One byte more than it had, so that the end is seen with the first read.
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(Math.max(stats.size + 1, 1024)) })
    if (bytesRead === 0) return decoded(path, Buffer.concat(parts))
    parts.push(buffer.subarray(0, bytesRead))
    length += bytesRead
  }
  return tooLarge(path, length)
}

/** The text of a file's bytes, without a byte order mark. */
export function decoded(path: string, bytes: Uint8Array): TextFile {
  try {
    return { kind: 'found', path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    if (codeOf(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA') return unreadable(path, 'is not UTF-8')
    throw error
  }
}

export function tooLarge(path: string, bytes: number): TextFile {
  return unreadable(path, `has ${bytes} bytes, at most ${bytesMax} are read`)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

export function unreadable(path: string, problem: string): TextFile {
  const mistake = { code: 'unreadable', message: `the file ${problem}`, file: path, line: 1, column: 1 }
  return { kind: 'unreadable', path, mistake }
}
