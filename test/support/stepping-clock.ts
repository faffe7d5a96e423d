import { existsSync, readdirSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchDebianPackage } from '../../demo/debian.ts'

/** A clock that one process has for itself: libfaketime, preloaded into it alone. Its timers go on as they are. */
export interface SteppingClock {
  /** What the process is started with. */
  readonly env: Readonly<Record<string, string>>
  /** From now on the process's clock is so far ahead of the true time, or behind it. It notices within a second. */
  step(aheadSeconds: number): Promise<void>
}

const toolsFolder = fileURLToPath(new URL('../../.pharos/tools', import.meta.url))
const cacheSeconds = 1

/** `file` holds how far ahead the clock is. Rejects when there is no libfaketime and Debian's package cannot be fetched. */
export async function createSteppingClock(file: string): Promise<SteppingClock> {
  const library = await findLibrary()
  /** In one step, so that the process never reads half a number. */
  async function step(aheadSeconds: number): Promise<void> {
    await writeFile(`${file}.next`, `${aheadSeconds < 0 ? '' : '+'}${aheadSeconds}s\n`)
    await rename(`${file}.next`, file)
  }
  await step(0)
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: String(cacheSeconds),
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
  return { env, step }
}

/** The machine's own, else that of Debian's package, unpacked and not installed. */
async function findLibrary(): Promise<string> {
  const libraries = ['/usr/lib', join(toolsFolder, 'libfaketime', 'usr', 'lib')]
  const find = (): string | undefined =>
    libraries
      .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []))
      .map((folder) => join(folder, 'faketime', 'libfaketimeMT.so.1'))
      .find(existsSync)
  const found = find()
  if (found !== undefined) return found
  const { signal } = new AbortController()
  await fetchDebianPackage('libfaketime', { folder: toolsFolder, env: process.env, signal })
  const fetched = find()
  if (fetched === undefined) throw new Error("there is no library in Debian's package libfaketime: install it")
  return fetched
}
