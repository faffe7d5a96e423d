import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAnnouncer } from '../../../src/announcing/keptn-events.ts'
import { cancelled } from '../../../src/evaluation/unjudged.ts'
import { loadJudgedNames } from '../../../src/storage/judged-names.ts'
import { createStore } from '../../../src/storage/store.ts'
import { freshDatabase, type FreshDatabase } from '../../support/database.ts'
import { ceilings, eventSettings, newEvaluation, passed } from '../../support/evaluation.ts'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.remove())

/** Evaluations of these services, as `project/stage/service`, that came to an end. */
async function judged(places: readonly string[], isJudged = true): Promise<void> {
  const store = createStore(fresh.database.pool, createAnnouncer(eventSettings, []), ceilings)
  for (const place of places) {
    const { taken, evaluation } = await store.accept(newEvaluation({ service: keyOf(place), leaseMs: 60_000 }))
    if (taken) await store.finish(taken, isJudged ? passed : cancelled(evaluation))
  }
}

function keyOf(place: string) {
  const [project = '', stage = '', service = ''] = place.split('/')
  return { project, stage, service }
}

const namesFor = (place: string) => loadJudgedNames(fresh.database.pool, keyOf(place))

test('each name of a project is reported once, and no others', async () => {
  const pairs = ['prod/carts', 'dev/orders', 'dev/carts', 'prod/carts', 'prod/zebra']
  await judged(pairs.map((pair) => `shop/${pair}`))
  await judged(['bank/live/payments', 'shop-two/qa/carts'])
  await judged(['shop/errored/broken'], false)
  expect(await namesFor('shop/prdo/carts')).toEqual({ stages: ['dev', 'prod'], services: ['carts', 'orders', 'zebra'] })
  expect(await namesFor('shop/prod/orders')).toEqual({
    stages: ['dev', 'prod'],
    services: ['carts', 'orders', 'zebra'],
  })
  expect(await namesFor('none/prod/carts')).toEqual({ stages: [], services: [] })
})

test('a service that has been judged needs no further look-up', async () => {
  expect(await namesFor('shop/dev/orders')).toEqual({ stages: ['dev'], services: ['orders'] })
})
