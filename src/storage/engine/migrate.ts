import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseError, type Pool, type PoolClient, type QueryConfig } from 'pg'
import type { Logger } from 'pino'
import { z } from 'zod'
import { StartError } from '../../base/errors.ts'
import { transaction } from './transaction.ts'
import { isDatabaseUnavailable } from './unavailable.ts'

interface Migration {
  /** `NNNN_name.sql`. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the text, hexadecimal, line ends as `\n`. */
  readonly checksum: string
  /** It takes something away that a program without this file needs: its first line is `-- contract`. */
  readonly isContract: boolean
}

/** A migration that the database holds. */
const AppliedRow = z.object({ name: z.string(), checksum: z.string(), is_contract: z.boolean() })
type Applied = z.infer<typeof AppliedRow>

/** Any number that nobody else locks. */
const lockKey = 7_305_001

/** However long one try takes. */
const lockLimits = { waitMsMax: 300_000, pauseMs: 200 }

/**
 * A change of a table waits for its users, and all others wait behind the change: after this time, it gives way and tries again.
 */
const tableLockMs = 2_000

/** SQLSTATEs of a migration whose tables were in use: a lost deadlock, a lock that timed out. */
const heldUp = ['40P01', '55P03']

/** A PostgreSQL that restarts is back within this time. */
const awayLimits = { timesMax: 30, pauseMs: 1_000 }

/** `busy`: another process migrates; `held_up`: others use the tables. Else the applied file, or undefined if none was left. */
type Step = 'busy' | 'held_up' | { readonly applied: string | undefined }

/**
 * Brings the database up to the files of `folder`: each is applied once, in order, in a transaction of its own.
 * Any number of processes may do so at once. Answers the names of those that it applied itself.
 * A newer program's migrations that only add (expand) are no hindrance, so that an older one can start again beside it
 * during an upgrade. Throws a StartError, and changes nothing, when one of them takes away (contract), when an own one is
 * missing before them, or when the database holds another text under the same name.
 */
export async function migrate(pool: Pool, folder: string, log: Logger): Promise<readonly string[]> {
  const migrations = await readMigrations(folder)
  const done: string[] = []
  let tries = 0
  const startedAt = performance.now()
  let awayTimes = 0
  while (true) {
    const step = await transaction(pool, (client) => applyNext(client, migrations)).catch(passingOrOurs)
    if (step === 'away') {
      awayTimes += 1
      if (awayTimes >= awayLimits.timesMax)
        throw new StartError('The database went away again and again while it was migrated.')
      log.warn({ awayTimes }, 'database went away while it was migrated, trying again')
      await pause(awayLimits.pauseMs)
      continue
    }
    if (step === 'busy' || step === 'held_up') {
      tries += 1
      if (performance.now() - startedAt > lockLimits.waitMsMax) throw new StartError(waitedTooLong[step])
      if (step === 'held_up') log.warn({ tries }, 'a migration could not lock its tables, trying again')
      // Outside of any transaction, so that the other one never has to wait for us.
      await pause(lockLimits.pauseMs)
      continue
    }
    if (step.applied === undefined) return done
    done.push(step.applied)
    log.info({ migration: step.applied }, 'database migrated')
  }
}

const waitedTooLong = {
  busy: 'Another process has been migrating the database for too long.',
  held_up: 'A migration could not lock its tables for too long: stop the processes that use them, and start again.',
} as const

/** Each migration is a transaction of its own, so that what was cut off is simply done again. */
function passingOrOurs(error: unknown): 'away' | 'held_up' {
  if (isDatabaseUnavailable(error)) return 'away'
  if (isHeldUp(error)) return 'held_up'
  throw error
}

function isHeldUp(error: unknown): boolean {
  return error instanceof DatabaseError && heldUp.includes(error.code ?? '')
}

async function applyNext(client: PoolClient, migrations: readonly Migration[]): Promise<Step> {
  const { rows } = await client.query<{ locked: boolean }>(`select pg_try_advisory_xact_lock($1) as locked`, [lockKey])
  if (rows[0]?.locked !== true) return 'busy'
  await client.query(`set local lock_timeout = ${tableLockMs}`)
  const known = await appliedMigrations(client)
  const next = nextMigration(migrations, known)
  if (next !== undefined) await apply(client, next)
  return { applied: next?.name }
}

/** In their order. */
async function appliedMigrations(client: PoolClient): Promise<readonly Applied[]> {
  await prepareList(client)
  const { rows } = await client.query(
    `select m.name, m.checksum, m.is_contract
       from migrations as m
      order by m.name
      limit 10000`,
  )
  return z.array(AppliedRow).parse(rows)
}

/** Changing a table waits for everybody who reads it, such as a backup, even if there is nothing to change. */
async function prepareList(client: PoolClient): Promise<void> {
  const { rows } = await client.query(
    `select a.attname
       from pg_attribute as a
      where a.attrelid = to_regclass('migrations') and a.attname = 'is_contract' and not a.attisdropped
      limit 1`,
  )
  if (rows.length > 0) return
  await client.query(
    `create table if not exists migrations (
       name text primary key,
       checksum text not null,
       applied_at timestamptz not null default now())`,
  )
  await client.query(`alter table migrations add column if not exists is_contract boolean not null default false`)
}

function nextMigration(migrations: readonly Migration[], applied: readonly Applied[]): Migration | undefined {
  const names = new Set(migrations.map(({ name }) => name))
  const newer = applied.filter(({ name }) => !names.has(name))
  const checksums = new Map(applied.map(({ name, checksum }) => [name, checksum]))
  const next = migrations.find(({ name }) => !checksums.has(name))
  const hindrance = next === undefined ? newer.find((one) => one.is_contract) : newer[0]
  if (hindrance !== undefined) {
    throw new StartError(
      `The database is newer than this Pharos, it holds migration ${hindrance.name}: start a newer Pharos.`,
    )
  }
  for (const { name, checksum } of migrations) {
    if (checksums.has(name) && checksums.get(name) !== checksum) {
      throw new StartError(
        `Migration ${name} was changed after it was applied: restore its text, and add a new file instead.`,
      )
    }
  }
  return next
}

async function apply(client: PoolClient, migration: Migration): Promise<void> {
  try {
    // An index on a large table takes its time; the pool's limits are for serving.
    await client.query('set local statement_timeout = 0')
    await client.query(withoutTimeout(migration.sql))
  } catch (error) {
    if (isHeldUp(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartError(`Migration ${migration.name} failed and changed nothing: ${reason}.`, { cause: error })
  }
  const { name, checksum, isContract } = migration
  await client.query(`insert into migrations (name, checksum, is_contract) values ($1, $2, $3)`, [
    name,
    checksum,
    isContract,
  ])
}

/** `pg` takes 0 for "the pool's default", so this is the longest that a timer can be. */
function withoutTimeout(sql: string): QueryConfig {
  return { text: sql, query_timeout: 2 ** 31 - 1 } as QueryConfig // Missing in @types/pg, read by lib/client.js.
}

async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  checkNames(names)
  return Promise.all(
    names.map(async (name) => {
      const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n')
      const checksum = createHash('sha256').update(sql).digest('hex')
      return { name, sql, checksum, isContract: /^-- contract\b/.test(sql) }
    }),
  )
}

/** 0001, 0002, … without a gap: two branches that both add a file must notice. */
function checkNames(names: readonly string[]): void {
  for (const [index, name] of names.entries()) {
    const expected = String(index + 1).padStart(4, '0')
    if (!/^\d{4}_[a-z0-9_]+\.sql$/.test(name) || !name.startsWith(expected)) {
      throw new StartError(`Migration file ${name} should be named ${expected}_name.sql.`)
    }
  }
}
