import { pino } from 'pino'
import { createAnnouncer } from '../../src/announcing/keptn-events.ts'
import { openDatabase, type Database } from '../../src/storage/engine/database.ts'
import { createStore, type Store } from '../../src/storage/store.ts'
import { freshDatabase } from './database.ts'
import { ceilings, eventSettings } from './evaluation.ts'

/** Two processes on one database; the embedded one has a single process, whose queries still meet. */
export interface TwoStores {
  readonly one: Store
  readonly two: Store
  /** The first one's. */
  readonly pool: Database['pool']
  /** Forgets everything that was stored. */
  empty(): Promise<void>
  remove(): Promise<void>
}

export async function openTwoStores(): Promise<TwoStores> {
  const fresh = await freshDatabase()
  const { pool } = fresh.database
  const announcer = createAnnouncer(eventSettings, [{ name: 'ci' }])
  const second = fresh.url === undefined ? undefined : await openDatabase({ ...fresh, log: pino({ level: 'silent' }) })
  return {
    one: createStore(pool, announcer, ceilings),
    two: createStore((second ?? fresh.database).pool, announcer, ceilings),
    pool,
    empty: async () => {
      await pool.query('truncate evaluations, idempotency_keys, incoming_events, outbox, deliveries')
    },
    remove: async () => {
      await second?.close()
      await fresh.remove()
    },
  }
}
