import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { usageError, type Terminal } from './terminal.ts'

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EEXIST: 'it is there already',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ELOOP: 'its links go in a circle',
  ENOSPC: 'there is no space left',
  ENAMETOOLONG: 'its name is too long',
}

/** Why a file or a folder cannot be used, in words; of what is rare, the system's code. */
export function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return words[code] ?? code
}

/** How a file is called in sentences. */
export function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file
}

/** The text of a file, or of standard input for `-`, without a byte order mark. Throws a CommandError that says why not. */
export async function readText(file: string, terminal: Terminal): Promise<string> {
  const bytes = file === '-' ? await terminal.input() : await readBytes(file, terminal)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw usageError(`${nameOf(file)} is no UTF-8 text: save it as UTF-8`)
  }
}

async function readBytes(file: string, { cwd }: Terminal): Promise<Uint8Array> {
  try {
    return await readFile(resolve(cwd, file))
  } catch (error) {
    throw usageError(`${file} cannot be read: ${whyNot(error)}`)
  }
}

/** Throws a CommandError that says why a file cannot be written. */
export async function writeText(file: string, text: string, { cwd }: Terminal): Promise<void> {
  try {
    await writeFile(resolve(cwd, file), text)
  } catch (error) {
    throw usageError(`${file} cannot be written: ${whyNot(error)}`)
  }
}
