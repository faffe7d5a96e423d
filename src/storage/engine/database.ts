import { setTimeout as pause } from 'node:timers/promises'
import { Client, Pool, type PoolConfig } from 'pg'
import type { Logger } from 'pino'
import { formatDuration } from '../../base/duration.ts'
import { StartError } from '../../base/errors.ts'
import { openEmbedded } from './embedded.ts'
import { PreparingClient } from './prepared.ts'
import { StoringClient } from '../storable.ts'
import { isDatabaseUnavailable } from './unavailable.ts'

export { transaction } from './transaction.ts'
export { isDatabaseUnavailable } from './unavailable.ts'

export interface Database {
  readonly pool: Pool
  readonly kind: 'postgres' | 'embedded'
  /** A connection beside the pool's, the caller's to end; undefined on the embedded database, whose clients share one session. */
  readonly connectAlone: (() => Promise<Client>) | undefined
  /** Waits for what runs, then closes every connection. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** A PostgreSQL of 15 or later; undefined for the embedded one in `folder`. */
  readonly url: string | undefined
  readonly folder: string
  readonly log: Logger
  /** How long to wait for a PostgreSQL that is not there yet. */
  readonly connect?: ConnectLimits
}

interface ConnectLimits {
  /** No try begins later than this. */
  readonly forMs: number
  readonly pauseMs: number
  /** When a first try without any answer is mentioned. */
  readonly noticeMs: number
}

const connectLimits: ConnectLimits = { forMs: 30_000, pauseMs: 1_000, noticeMs: 1_000 }

const oldestVersion = 15

/**
 * Connections are plain, without session state, since on the embedded database all share one session; on a server statements
 * are prepared.
 * `statement_timeout` is the server's limit; `query_timeout` is ours, for when the server or the network is gone.
 */
const poolOptions = {
  max: 10,
  application_name: 'pharos',
  connectionTimeoutMillis: 5_000,
  statement_timeout: 15_000,
  query_timeout: 20_000,
  idle_in_transaction_session_timeout: 30_000,
  keepAlive: true,
} satisfies PoolConfig

/** On a connection of one's own nothing runs but what is answered at once. */
const aloneQueryMs = 5_000

/** Opens the database; it is not migrated yet. Throws a StartError when there is none that can be used. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, folder, log } = options
  return url === undefined
    ? openEmbeddedDatabase(folder, log)
    : openPostgres(url, log, options.connect ?? connectLimits)
}

async function openEmbeddedDatabase(folder: string, log: Logger): Promise<Database> {
  const embedded = await openEmbedded(folder, log)
  const pool = createPool(
    { stream: () => embedded.connect(), user: 'postgres', password: '', ssl: false, Client: StoringClient },
    log,
  )
  return {
    pool,
    kind: 'embedded',
    connectAlone: undefined,
    close: async () => {
      await pool.end()
      await embedded.close()
    },
  }
}

async function openPostgres(url: string, log: Logger, limits: ConnectLimits): Promise<Database> {
  const place = placeOf(url)
  const pool = createPool({ connectionString: url, Client: PreparingClient }, log)
  try {
    const version = await firstAnswer(pool, place, log, limits)
    if (version < oldestVersion * 10_000) {
      throw new StartError(
        `${place} is version ${Math.floor(version / 10_000)}, and Pharos needs ${oldestVersion} or later.`,
      )
    }
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    pool,
    kind: 'postgres',
    connectAlone: async () => {
      const client = new Client({ ...poolOptions, connectionString: url, query_timeout: aloneQueryMs })
      await client.connect()
      return client
    },
    close: () => pool.end(),
  }
}

function createPool(options: PoolConfig, log: Logger): Pool {
  const pool = new Pool({ ...poolOptions, ...options })
  pool.on('error', (error) => log.warn({ err: error }, 'idle database connection lost'))
  // Of a client that is in use, its query throws the same error; unheard, the event would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Without an example of user and password, which would be taken for secrets. */
const notPostgresql =
  'DATABASE_URL is not a valid PostgreSQL URL, such as postgres://db.example:5432/pharos; percent-encode special characters in its user and password.'

/** Where a database is, for sentences: without user and password. Throws a StartError when the address is none. */
function placeOf(url: string): string {
  try {
    if (!/^(postgres|postgresql|socket):|^\//.test(url)) throw new Error('unknown protocol')
    const { host, port, database } = new Client({ connectionString: url })
    return `The PostgreSQL at ${host}:${port}/${database ?? ''}`
  } catch {
    // Without the cause, whose text may hold the password.
    throw new StartError(notPostgresql)
  }
}

/** Of one try; `query_timeout` of one query is pg's own, its types do not know it. */
const versionQuery = {
  text: `select current_setting('server_version_num')::integer as version`,
  query_timeout: 5_000,
}

/**
 * Asks until the server answers: it may start at the same time as we do. Answers its version, as 150018 for 15.18. What keeps it is
 * logged at the first try, and whenever it becomes something else.
 */
async function firstAnswer(pool: Pool, place: string, log: Logger, limits: ConnectLimits): Promise<number> {
  const began = performance.now()
  let lastReason: string | undefined
  const tell = (reason: string): void => {
    if (reason === lastReason) return
    lastReason = reason
    const leftMs = Math.max(0, Math.round(limits.forMs - (performance.now() - began)))
    log.warn({ place, reason, tryingForMs: leftMs }, 'database does not answer, trying again')
  }
  const notice = setTimeout(() => tell(`no answer within ${formatDuration(limits.noticeMs)}`), limits.noticeMs)
  try {
    for (;;) {
      const answer = await versionOrReason(pool, place)
      clearTimeout(notice)
      if ('version' in answer) return answer.version
      if (performance.now() - began + limits.pauseMs > limits.forMs) {
        const sentence = `${place} did not answer for ${formatDuration(limits.forMs)} (${answer.reason}).`
        throw new StartError(sentence, { cause: answer.cause })
      }
      tell(answer.reason)
      await pause(limits.pauseMs)
    }
  } finally {
    clearTimeout(notice)
  }
}

/** One try. Throws a StartError for what further tries cannot change. */
async function versionOrReason(
  pool: Pool,
  place: string,
): Promise<{ readonly version: number } | { readonly reason: string; readonly cause: unknown }> {
  try {
    const { rows } = await pool.query<{ version: number }>(versionQuery)
    return { version: rows[0]?.version ?? 0 }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (isDatabaseUnavailable(error)) return { reason, cause: error }
    throw new StartError(`${place} does not let Pharos in (${reason}): see DATABASE_URL.`, { cause: error })
  }
}
