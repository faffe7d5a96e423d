import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mistake } from '../errors.ts'

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
export function folderFiles(root: string): DefinitionFiles {
  return { read: (path) => readTextFile(root, path) }
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

/**
 * Reads a text below `root`. Symbolic links are followed, also out of the root: mounted volumes are made of them, and who
 * may write to the definitions decides what is in them. `path` must be made of checked names.
 */
async function readTextFile(root: string, path: string): Promise<TextFile> {
  const place = join(root, path)
  try {
    const stats = await stat(place)
    // Reading a pipe or a device may never end.
    if (!stats.isFile()) return unreadable(path, 'is not a file')
    if (stats.size > bytesMax) return tooLarge(path, stats.size)
    return decoded(path, await readFile(place))
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent', path }
    if (error instanceof Error && 'syscall' in error) return unreadable(path, `cannot be read: ${code}`)
    throw error
  }
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
