import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartError } from '../../base/errors.ts'

export interface FolderLock {
  release(): void
}

/**
 * Makes `folder` if need be, and holds it against every other process until released or until this process is gone,
 * however it ends. PGlite has no lock of its own: a second process would silently lose the rows of the first.
 * SQLite's exclusive lock is one of the operating system, which dies with its process; a file with a pid would not.
 * Throws a StartError when the folder cannot be used or is in use.
 */
export function lockFolder(folder: string): FolderLock {
  makeWritable(folder)
  const file = join(folder, 'postgres.lock')
  try {
    const lock = new DatabaseSync(file, { timeout: 0 })
    lock.exec('begin exclusive')
    return { release: () => lock.close() }
  } catch (error) {
    if (isLocked(error)) throw new StartError(inUse(folder), { cause: error })
    throw unusable(folder, error)
  }
}

/** The sentence for a data folder that does not work, with the system's reason. */
export function unusable(folder: string, error: unknown): StartError {
  const reason = error instanceof Error ? error.message : String(error)
  const cure = 'name a writable folder in PHAROS_DATA, or a PostgreSQL in DATABASE_URL'
  return new StartError(`The data folder ${folder} cannot be used (${reason}): ${cure}.`, { cause: error })
}

function inUse(folder: string): string {
  const cure = 'stop it, name another folder in PHAROS_DATA, or share a PostgreSQL through DATABASE_URL'
  return `The data folder ${folder} is in use by another Pharos: ${cure}.`
}

/** Asks the system rather than the mode bits: a read-only file system says no to root too. */
function makeWritable(folder: string): void {
  try {
    makeFolder(folder)
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw unusable(folder, error)
  }
}

/** As `recursive: true` does, which never returns below /proc (Node 24.21). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

/** SQLITE_BUSY. */
function isLocked(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5
}
