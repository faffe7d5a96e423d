import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { StartError } from '../../base/errors.ts'
import { startEngine, type Engine } from './pglite-thread.ts'
import { lockFolder, unusable } from './folder-lock.ts'
import { createMultiplexer } from './multiplexer.ts'
import { PgliteStream } from './pglite-stream.ts'

/** A Postgres inside this process, for `pg` to connect to. */
export interface Embedded {
  /** One connection, for `pg`'s `stream` option. */
  connect(): Duplex
  /** Closes the database and frees its folder. */
  close(): Promise<void>
}

/** The major version of PostgreSQL in PGlite; a folder of another one cannot be opened. */
export const embeddedMajor = 18

/** Nothing that Pharos asks takes so long; PGlite knows no statement_timeout. */
const batchMaxMs = 60_000

/**
 * Opens the database in `<folder>/postgres`, making it at the first start (some seconds, 600 MB of memory while it lasts).
 * Should its thread end, everybody connected loses the connection, and the next query starts it again.
 * Throws a StartError when the folder is in use, cannot be used, or was made by another PostgreSQL.
 */
export async function openEmbedded(
  folder: string,
  log: Logger,
  limits: { readonly batchMaxMs: number } = { batchMaxMs },
): Promise<Embedded> {
  const lock = lockFolder(folder)
  let engine: Promise<Engine> | undefined
  try {
    engine = Promise.resolve(await openFolder(folder, limits.batchMaxMs, log))
  } catch (error) {
    lock.release()
    throw error instanceof StartError ? error : unusable(folder, error)
  }

  async function run(batch: Uint8Array): Promise<Uint8Array> {
    engine ??= startEngine(join(folder, 'postgres'), limits.batchMaxMs)
    try {
      return await (await engine).run(batch)
    } catch (error) {
      engine = undefined
      log.error({ err: error }, 'embedded database has stopped, the next query starts it again')
      throw error
    }
  }

  const multiplexer = createMultiplexer(run)
  return {
    connect: () => new PgliteStream(multiplexer),
    close: async () => {
      await engine?.then((running) => running.close())
      lock.release()
    },
  }
}

/** A first start leaves a mark until it is complete: what was cut short before held nothing, and is begun again. */
async function openFolder(folder: string, limitMs: number, log: Logger): Promise<Engine> {
  const postgres = join(folder, 'postgres')
  const mark = join(folder, 'postgres.unfinished')
  if (existsSync(mark)) rmSync(postgres, { recursive: true, force: true })
  if (existsSync(join(postgres, 'PG_VERSION'))) {
    checkVersion(folder, readFileSync(join(postgres, 'PG_VERSION'), 'utf8').trim())
    return startEngine(postgres, limitMs)
  }
  log.info({ folder }, 'making the embedded database')
  writeFileSync(mark, '')
  mkdirSync(postgres, { recursive: true, mode: 0o700 })
  const first = await startEngine(postgres, limitMs)
  await first.close()
  rmSync(mark)
  // A second thread, because the one that made the database keeps the memory that took.
  return startEngine(postgres, limitMs)
}

function checkVersion(folder: string, version: string): void {
  if (version === String(embeddedMajor)) return
  const cure = 'start the Pharos that made it, or name another folder in PHAROS_DATA'
  throw new StartError(
    `The data folder ${folder} was made by PostgreSQL ${version}, and this Pharos brings PostgreSQL ${embeddedMajor}: ${cure}.`,
  )
}
