import { expect, test } from 'vitest'
import { isWanted, type Chosen, type EventFilter } from '../../../src/base/event-filter.ts'

const finished: Chosen = {
  type: 'sh.keptn.event.evaluation.finished',
  project: 'shop',
  stage: 'staging',
  service: 'carts',
  result: 'warning',
}

const cases: readonly { readonly filter: EventFilter; readonly isMeant: boolean }[] = [
  { filter: {}, isMeant: true },
  { filter: { types: ['evaluation.finished'] }, isMeant: true },
  { filter: { types: ['evaluation.started', 'evaluation.invalidated'] }, isMeant: false },
  { filter: { projects: ['else', 'shop'] }, isMeant: true },
  { filter: { projects: ['Shop'] }, isMeant: false },
  { filter: { stages: ['staging'], services: ['carts'] }, isMeant: true },
  { filter: { stages: ['staging'], services: ['orders'] }, isMeant: false },
  { filter: { results: ['warning', 'fail'] }, isMeant: true },
  { filter: { results: ['pass'] }, isMeant: false },
]
for (const { filter, isMeant } of cases) {
  test(`a warning of carts in staging is ${isMeant ? '' : 'not '}for ${JSON.stringify(filter)}`, () => {
    expect(isWanted(filter, finished)).toBe(isMeant)
  })
}

test('what only began is for nobody who asks for results', () => {
  const started: Chosen = { ...finished, type: 'sh.keptn.event.evaluation.started', result: null }
  expect(isWanted({ results: ['pass', 'warning', 'fail'] }, started)).toBe(false)
  expect(isWanted({ types: ['evaluation.started'] }, started)).toBe(true)
})
