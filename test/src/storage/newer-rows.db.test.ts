import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAnnouncer } from '../../../src/announcing/keptn-events.ts'
import { createStore } from '../../../src/storage/store.ts'
import { freshDatabase, type FreshDatabase } from '../../support/database.ts'
import { ceilings, eventSettings, newEvaluation } from '../../support/evaluation.ts'

/** A process of this release reads what one of the next release wrote beside it. */

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.remove())

test('unknown codes are kept as they are', async () => {
  const { pool } = fresh.database
  const store = createStore(pool, createAnnouncer(eventSettings, []), ceilings)
  const { evaluation } = await store.accept(newEvaluation())
  await pool.query('alter table evaluations drop constraint evaluations_window_source')
  await pool.query(
    `update evaluations as e
        set window_source = 'pipeline', reasons = '[{"code": "full_moon", "message": "There was one."}]'
      where e.id = $1`,
    [evaluation.id],
  )
  expect(await store.find(evaluation.id)).toMatchObject({
    window: { source: 'pipeline' },
    reasons: [{ code: 'full_moon', message: 'There was one.' }],
  })
})
