import { expect, test } from 'vitest'
import { lint } from '../../../slo/index.ts'
import { candidate, earlier, ofBuild } from '../build.ts'

const slo =
  'comparison: {compare_with: single_result, include_result_with_score: pass}\nobjectives: [{sli: a, pass: [{criteria: ["<=+10%", "<999"]}]}]\ntotal_score: {pass: 90}\n'
const rounds = 400

/** Normally distributed numbers, the same with every run. */
function normals(): () => number {
  let seed = 20_261_127
  const uniform = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return (seed + 0.5) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}

/** In how many per cent of many histories noise is found. `cv` is how far values lie apart, as a part of 100. */
function foundPercent(count: number, cv: number, levelOf: (place: number) => number = () => 100): number {
  const normal = normals()
  const found = Array.from({ length: rounds }, () => {
    const values = Array.from({ length: count }, (_, place) => levelOf(place) * (1 + cv * normal()))
    const history = values.map((value, place) => ofBuild(candidate(`e${place}`, [earlier('a', value)])))
    return lint(slo, [], history).some(({ rule }) => rule === 'tolerance_below_noise')
  })
  return (100 * found.filter(Boolean).length) / rounds
}

// Of values that lie 4 % apart, 4.6 % miss 10 %; of 10 %, 25 %.
for (const count of [5, 8, 20]) {
  test(`of ${count} values that the tolerance has room for, noise is found in at most 5 % of cases`, () => {
    expect(foundPercent(count, 0.04)).toBeLessThanOrEqual(5)
    expect(foundPercent(count, 0.03)).toBeLessThanOrEqual(1)
  })
}

test('the more values, the surer: of values that lie 10 % apart nearly always from 20 on', () => {
  const found = [4, 5, 8, 20].map((count) => foundPercent(count, 0.1))
  expect(found).toEqual(found.toSorted((one, other) => one - other))
  expect(found[0]).toBe(0)
  expect(found[2]).toBeGreaterThan(75)
  expect(found[3]).toBeGreaterThan(95)
})

test('a step that stays is no noise', () => {
  const stepped = (place: number): number => (place < 10 ? 130 : 100)
  expect(foundPercent(20, 0.02, stepped)).toBe(0)
})
