import type { Pool } from 'pg'
import { expect, test } from 'vitest'
import { createAnnouncer } from '../../../src/announcing/keptn-events.ts'
import { createStore } from '../../../src/storage/store.ts'
import { freshDatabase } from '../../support/database.ts'
import { ceilings, eventSettings, newEvaluation } from '../../support/evaluation.ts'

test('five hundred lookups of one evaluation at once are two reads, by its id and by its key', async () => {
  const fresh = await freshDatabase()
  try {
    const { pool } = fresh.database
    const asked: string[] = []
    const counted = new Proxy(pool, {
      get: (target, name) => {
        if (name !== 'query') return Reflect.get(target, name)
        return (text: string, values: readonly unknown[]) => {
          asked.push(text)
          return target.query(text, [...values])
        }
      },
    })
    const store = createStore(counted satisfies Pool, createAnnouncer(eventSettings, []), ceilings)
    const accepted = newEvaluation({ idempotency: { key: 'k', bodyDigest: 'd' } })
    await store.accept(accepted)
    asked.length = 0
    const five = Array.from({ length: 500 })
    const found = await Promise.all(five.map(() => store.find(accepted.id)))
    const known = await Promise.all(five.map(() => store.findByKey(accepted.service, 'k')))
    expect(new Set(found.map((one) => one?.id))).toEqual(new Set([accepted.id]))
    expect(new Set(known.map((one) => one?.evaluation.id))).toEqual(new Set([accepted.id]))
    expect(new Set(found).size).toBe(2)
    expect(asked.length).toBe(4)
  } finally {
    await fresh.remove()
  }
})
