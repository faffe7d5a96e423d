import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mistake } from '../errors.ts'

/** A definition is written by hand; a larger file is a mistake, and is not read. */
const bytesMax = 4 * 1024 * 1024

/** A file below the definitions root; `path` is relative to it, with forward slashes. */
export type TextFile =
  | { readonly kind: 'found'; readonly path: string; readonly text: string }
  | { readonly kind: 'absent'; readonly path: string }
  /** It is there, and no text can be had of it. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly mistake: Mistake }

/**
 * Reads a text below `root`. Symbolic links are followed, also out of the root: mounted volumes are made of them, and who
 * may write to the definitions decides what is in them. `path` must be made of checked names.
 */
export async function readTextFile(root: string, path: string): Promise<TextFile> {
  const place = join(root, path)
  try {
    const stats = await stat(place)
    // Reading a pipe or a device may never end.
    if (!stats.isFile()) return unreadable(path, 'is no file')
    if (stats.size > bytesMax) return unreadable(path, `has ${stats.size} bytes, at most ${bytesMax} are read`)
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(place))
    return { kind: 'found', path, text }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent', path }
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return unreadable(path, 'is not UTF-8')
    if (error instanceof Error && 'syscall' in error) return unreadable(path, `cannot be read: ${code}`)
    throw error
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function unreadable(path: string, problem: string): TextFile {
  const mistake = { code: 'unreadable', message: `the file ${problem}`, file: path, line: 1, column: 1 }
  return { kind: 'unreadable', path, mistake }
}
