import { expect, test } from 'vitest'
import { placedObjectives } from '../../../slo/lint/place.ts'
import type { Subject } from '../../../slo/lint/rule.ts'

test('ten thousand objectives are looked for in the file once, not each', () => {
  let looks = 0
  const values = Array.from({ length: 10_000 }, (_, at) => ({ kind: 'scalar', at, text: 'x' }))
  const list = {
    kind: 'list',
    at: 0,
    get items() {
      looks += 1
      return values
    },
  }
  const root = { kind: 'map', at: 0, entries: [{ key: { kind: 'scalar', text: 'objectives' }, value: list }] }
  const objectives = values.map(({ at }) => ({ indicator: `m${at}` }))
  const placed = placedObjectives({ slo: { root, content: { objectives } } } as unknown as Subject)
  expect(placed.map(({ value }) => value.at)).toEqual(values.map(({ at }) => at))
  expect(looks).toBe(1)
})
