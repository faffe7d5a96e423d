import { assert, array, constantFrom, integer, property, record, tuple, type Arbitrary } from 'fast-check'
import { expect, test } from 'vitest'
import { defaultPolicies, explain, judge, parseSlo, resultRank, type Slo } from '../../../slo/index.ts'
import { nextAbove, nextBelow } from '../../../slo/explain/number.ts'
import { measured } from '../build.ts'

/** The smallest set of changes that flips a result, against every smaller one that there is. */

/** Fewer where every mutant of slo/ is tried (test/mutation). */
const runs = Number(process.env['PHAROS_PROPERTY_RUNS'] ?? 1_000)

const names = ['a', 'b', 'c', 'd']
const bounds = [5, 100]
const criterion = constantFrom(...bounds.flatMap((bound) => [`<${bound}`, `>=${bound}`, `=${bound}`]))

const objective = record({
  pass: array(record({ criteria: array(criterion, { minLength: 1, maxLength: 2 }) }), { minLength: 1, maxLength: 2 }),
  warning: array(record({ criteria: tuple(criterion) }), { maxLength: 1 }),
  weight: integer({ min: 1, max: 4 }),
  key_sli: constantFrom(false, false, false, true),
})

const slo: Arbitrary<Slo> = record({
  objectives: tuple(objective, objective, objective, objective).map((all) =>
    all.map((one, place) => ({ sli: names[place], ...one })),
  ),
  total_score: record({ pass: integer({ min: 50, max: 100 }), warning: integer({ min: 1, max: 100 }) }),
}).map((file) => parseSlo(JSON.stringify(file)))

/** One value on each side of every bound, and the bounds: no other can make a difference. */
const values = bounds.flatMap((bound) => [nextBelow(bound), bound, nextAbove(bound)])

type Values = Readonly<Record<string, number>>

/** Every way to change exactly `count` of these indicators. */
function* changesOf(count: number, all: Values, left: readonly string[] = names): Generator<Values> {
  if (count === 0) yield all
  const [name, ...others] = left
  if (count === 0 || name === undefined) return
  for (const to of values) yield* changesOf(count - 1, { ...all, [name]: to }, others)
  yield* changesOf(count, all, others)
}

test('no smaller set of changes flips the result', () => {
  const sizes = new Map<number, number>()
  assert(
    property(slo, tuple(...names.map(() => constantFrom(...values))), (file, numbers) => {
      const now = Object.fromEntries(names.map((name, place) => [name, numbers[place] ?? 0]))
      const measurements = (all: Values) => names.map((name) => measured(name, all[name] ?? 0))
      const result = (all: Values) => judge(file, measurements(all), [], defaultPolicies).result
      const rank = resultRank[result(now)]

      const { smallestSet } = explain(file, measurements(now), [], defaultPolicies)
      const size = smallestSet.kind === 'change' ? smallestSet.changes.length : names.length + 1
      sizes.set(size, (sizes.get(size) ?? 0) + 1)
      for (let smaller = 1; smaller < size; smaller += 1) {
        for (const all of changesOf(smaller, now)) {
          if (resultRank[result(all)] < rank) throw new Error(`${size} told, and ${smaller} do: ${JSON.stringify(all)}`)
        }
      }
    }),
    { numRuns: runs, seed: 20_261_127 },
  )
  // Every size was among them, and results that no set flips.
  expect([...sizes.keys()].toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5])
}, 120_000)
