import { constantFrom, option, record, sample, subarray } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { results } from '../../../slo/index.ts'
import { eventTypes, isWanted, typePrefix } from '../../../src/base/event-filter.ts'
import { isFor, listsOf } from '../../../src/storage/subscriptions.ts'
import { freshDatabase, type FreshDatabase } from '../../support/database.ts'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.remove())

test('storage finds an event to be for whom the program does', async () => {
  const names = ['shop', 'Shop', 'blog']
  const listOf = <Item>(items: readonly Item[]) => option(subarray([...items], { minLength: 1 }), { nil: undefined })
  const filters = record({
    types: listOf(eventTypes),
    projects: listOf(names),
    stages: listOf(names),
    services: listOf(names),
    results: listOf(results),
  })
  const events = record({
    type: constantFrom(...eventTypes).map((type) => `${typePrefix}${type}`),
    project: constantFrom(...names),
    stage: constantFrom(...names),
    service: constantFrom(...names),
    result: option(constantFrom(...results)),
  })
  const cases = sample(record({ filter: filters, event: events }), { numRuns: 3_000, seed: 20_261_129 })
  const rows = cases.map(({ filter, event }, place) => {
    const [types, projects, stages, services, wanted] = listsOf(filter)
    return { types, projects, stages, services, results: wanted, ...event, place }
  })
  const event = { project: 's.project', stage: 's.stage', service: 's.service', result: 's.result' }
  const found = await fresh.database.pool.query<{ is_for: boolean }>(
    `select ${isFor('s.type', event)} as is_for
       from jsonb_to_recordset($1::jsonb)
            as s (types text[], projects text[], stages text[], services text[], results text[],
                  type text, project text, stage text, service text, result text, place integer)
      order by s.place`,
    [JSON.stringify(rows)],
  )
  const wanted = cases.map(({ filter, event: chosen }) => isWanted(filter, chosen))
  expect(found.rows.map((row) => row.is_for)).toEqual(wanted)
  // Of both there are enough for this to say something.
  expect(wanted.filter(Boolean).length).toBeGreaterThan(200)
})
