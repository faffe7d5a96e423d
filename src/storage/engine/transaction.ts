import type pg from 'pg'
import { isDatabaseUnavailable } from './unavailable.ts'

/**
 * Runs `work` between begin and commit on one client, and rolls back when it throws.
 * `work` must use its client for everything: on the embedded database any other query waits until the transaction
 * has ended, so `pool.query` inside of one never returns.
 * Throws what `work` throws; a commit whose answer was lost throws although it may have happened.
 */
export async function transaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const outcome = await work(client)
    await commit(client)
    return outcome
  } catch (error) {
    broken = await rollBack(client, error)
    throw error
  } finally {
    client.release(broken)
  }
}

/** Postgres answers a commit of a failed transaction with a rollback, and with no error. */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit')
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back, because a statement in it had failed')
}

/** Answers why the client must not be used again, if so. */
async function rollBack(client: pg.PoolClient, cause: unknown): Promise<Error | undefined> {
  if (cause instanceof Error && isDatabaseUnavailable(cause)) return cause
  try {
    await client.query('rollback')
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
