import { describe, expect, test } from 'vitest'
import { besides, effort, endsOf, intervalsOf, nearer, nearestBound } from '../../../slo/explain/interval.ts'
import { nextAbove, nextBelow } from '../../../slo/explain/number.ts'
import { sloOf } from '../build.ts'

function intervals(pass: string, baseline?: number) {
  const sets = sloOf([`{sli: a, pass: ${pass}}`]).objectives[0]?.pass ?? []
  return intervalsOf(sets, baseline)
}

const largest = Number.MAX_VALUE

describe('the values that meet', () => {
  for (const { pass, baseline, ends } of [
    { pass: '[{criteria: ["<5"]}]', ends: [[-largest, nextBelow(5)]] },
    { pass: '[{criteria: [">=5", "<9", "<=8"]}]', ends: [[5, 8]] },
    {
      pass: '[{criteria: ["<5"]}, {criteria: [">7"]}]',
      ends: [
        [-largest, nextBelow(5)],
        [nextAbove(7), largest],
      ],
    },
    { pass: '[{criteria: ["<5", ">7"]}]', ends: [] },
    { pass: '[{criteria: ["<5", ">4.999999999999999"]}]', ends: [] },
    { pass: '[{criteria: ["=0"]}]', ends: [[0, 0]] },
    { pass: '[{criteria: ["<=+10%"]}]', ends: [[-largest, largest]] },
    { pass: '[{criteria: ["<=+10%"]}]', baseline: 100, ends: [[-largest, 110]] },
    { pass: '[{criteria: ["<=+900%"]}]', baseline: 1.7e308, ends: [] },
  ]) {
    test(`${pass} after ${baseline ?? 'nothing'}`, () => {
      expect(intervals(pass, baseline).map(({ from, to }) => [from.value, to.value])).toEqual(ends)
    })
  }
})

test('ends are those that a criterion names, each once, and the value itself', () => {
  const some = intervals('[{criteria: [">=5", "<=8"]}, {criteria: [">=8"]}]')
  expect(endsOf(some, 6).toSorted((one, other) => one - other)).toEqual([5, 6, 8])
})

test('beside an interval stand the doubles next to its ends, where there are any', () => {
  expect(besides(intervals('[{criteria: [">=5", "<=8"]}]'))).toEqual([nextBelow(5), nextAbove(8)])
  expect(besides(intervals('[{criteria: ["<5"]}]'))).toEqual([5])
  expect(besides(intervals('[{criteria: [">0"]}]'))).toEqual([0])
})

describe('from', () => {
  const some = intervals('[{criteria: [">=10", "<=20"]}, {criteria: ["=0"]}]')
  for (const { from, to } of [
    { from: 4, to: 0 },
    { from: 6, to: 10 },
    { from: 100, to: 20 },
    { from: -1, to: 0 },
  ]) {
    test(`${from} the nearest end is ${to}`, () => {
      expect(nearestBound(some, from)?.value).toBe(to)
    })
  }

  test('anywhere there is none where no value is good enough', () => {
    expect(nearestBound([], 5)).toBeUndefined()
  })
})

describe('the effort', () => {
  for (const { from, to, is } of [
    { from: 0, to: 0, is: 0 },
    { from: 5, to: 5, is: 0 },
    { from: 0, to: 1e-300, is: 1 },
    { from: 0, to: -1e300, is: 1 },
    { from: 100, to: 50, is: 1 / 3 },
    { from: 100, to: 200, is: 1 / 2 },
    { from: 100, to: -100, is: 2 / 3 },
    { from: -100, to: -200, is: 1 / 2 },
    { from: 1e308, to: -1e308, is: 2 / 3 },
  ]) {
    test(`from ${from} to ${to} is ${is}`, () => {
      expect(effort(from, to)).toBeCloseTo(is, 12)
    })
  }
})

describe('sorted by distance', () => {
  for (const { from, numbers } of [
    { from: 5, numbers: [6, 7, 1e300] },
    { from: 5, numbers: [4, 3, -1e300] },
    { from: 5, numbers: [5, 4, 7, -6] },
    { from: 1e300, numbers: [1e300, nextAbove(1e300), nextAbove(nextAbove(1e300))] },
    { from: -5, numbers: [-5, -6, -3] },
    // As far as each other: the lower one first.
    { from: 0, numbers: [-1, 1] },
    { from: 0, numbers: [0, -2, -1] },
  ]) {
    test(`from ${from}: ${numbers.join(', ')}`, () => {
      const sorted = numbers.toReversed().toSorted((one, other) => nearer(from, one, other))
      expect(sorted.map((number) => nearer(from, sorted[0] ?? 0, number) <= 0)).not.toContain(false)
      expect(sorted[0]).toBe(from === 0 && numbers.length === 3 ? 0 : numbers[0])
    })
  }
})
