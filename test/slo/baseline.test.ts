import { expect, test } from 'vitest'
import { lookBackMax, selectBaseline, trimCandidates, type Candidate, type Comparison } from '../../slo/index.ts'
import { candidate, earlier, measured } from './build.ts'

const m = { provider: 'prometheus', name: 'm' }

function comparing(resultsMax: number, include: Comparison['include'] = 'all'): Comparison {
  return { resultsMax, include, aggregate: 'avg' }
}

/** Evaluations with one value of `m` each, newest first, named 0, 1, … */
function withValues(...values: readonly (number | undefined)[]): readonly Candidate[] {
  return values.map((value, place) => candidate(String(place), value === undefined ? [] : [earlier('m', value)]))
}

for (const { name, comparison, candidates, value, comparedWith } of [
  { name: 'no candidates', comparison: comparing(3), candidates: [], value: undefined, comparedWith: [] },
  { name: 'the newest one', comparison: comparing(1), candidates: withValues(1, 2), value: 1, comparedWith: ['0'] },
  {
    name: 'the newest two',
    comparison: comparing(2),
    candidates: withValues(1, 2, 30),
    value: 1.5,
    comparedWith: ['0', '1'],
  },
  {
    name: 'fewer than asked for',
    comparison: comparing(9),
    candidates: withValues(1, 2),
    value: 1.5,
    comparedWith: ['0', '1'],
  },
  {
    name: 'evaluations without a value take no slot',
    comparison: comparing(2),
    candidates: withValues(undefined, 1, undefined, 3, 50),
    value: 2,
    comparedWith: ['1', '3'],
  },
  {
    name: 'two values in one evaluation both count, for one slot',
    comparison: comparing(2),
    candidates: [
      candidate('a', [earlier('m', 1), earlier('m', 2)]),
      candidate('b', [earlier('m', 6)]),
      candidate('c', [earlier('m', 99)]),
    ],
    value: 3,
    comparedWith: ['a', 'b'],
  },
  {
    name: 'another provider does not count',
    comparison: comparing(3),
    candidates: [candidate('a', [earlier('m', 1, { provider: 'prom-prod' })]), candidate('b', [earlier('m', 2)])],
    value: 2,
    comparedWith: ['b'],
  },
  {
    name: 'a name is not a prefix',
    comparison: comparing(3),
    candidates: [candidate('a', [earlier('m2', 1), earlier('M', 1)])],
    value: undefined,
    comparedWith: [],
  },
  {
    name: 'include pass',
    comparison: comparing(3, 'pass'),
    candidates: [
      candidate('a', [earlier('m', 1)], 'warning'),
      candidate('b', [earlier('m', 2)], 'fail'),
      candidate('c', [earlier('m', 3)]),
    ],
    value: 3,
    comparedWith: ['c'],
  },
  {
    name: 'include pass_or_warn',
    comparison: comparing(3, 'pass_or_warn'),
    candidates: [
      candidate('a', [earlier('m', 1)], 'warning'),
      candidate('b', [earlier('m', 2)], 'fail'),
      candidate('c', [earlier('m', 3)]),
    ],
    value: 2,
    comparedWith: ['a', 'c'],
  },
  {
    name: 'include all',
    comparison: comparing(3),
    candidates: [
      candidate('a', [earlier('m', 1)], 'warning'),
      candidate('b', [earlier('m', 2)], 'fail'),
      candidate('c', [earlier('m', 3)]),
    ],
    value: 2,
    comparedWith: ['a', 'b', 'c'],
  },
  {
    name: 'zero is a value',
    comparison: comparing(1),
    candidates: withValues(0, 5),
    value: 0,
    comparedWith: ['0'],
  },
]) {
  test(`a baseline of ${name}`, () => {
    expect(selectBaseline(comparison, m, candidates)).toMatchObject({ value, comparedWith })
  })
}

test('looks back over fifty counting evaluations and no further', () => {
  const none = Array.from({ length: lookBackMax - 1 }, () => undefined)
  expect(selectBaseline(comparing(1), m, withValues(...none, 7)).value).toBe(7)
  expect(selectBaseline(comparing(1), m, withValues(undefined, ...none, 7)).value).toBeUndefined()
})

test('evaluations left out by their result do not use up the look-back', () => {
  const failed = Array.from({ length: 60 }, (_, place) => candidate(`f${place}`, [earlier('m', 1)], 'fail'))
  expect(selectBaseline(comparing(1, 'pass'), m, [...failed, candidate('p', [earlier('m', 7)])]).value).toBe(7)
})

for (const { aggregate, value } of [
  { aggregate: 'avg', value: 22 },
  { aggregate: 'p50', value: 3 },
  { aggregate: 'p90', value: 100 },
  { aggregate: 'p95', value: 100 },
] as const) {
  test(`${aggregate} of 5, 100, 1, 3, 1 is ${value}`, () => {
    expect(selectBaseline({ resultsMax: 5, include: 'all', aggregate }, m, withValues(5, 100, 1, 3, 1)).value).toBe(
      value,
    )
  })
}

test('an average that overflows is not finite', () => {
  expect(selectBaseline(comparing(2), m, withValues(1.7e308, 1.7e308)).value).toBe(Infinity)
})

test('names every query behind it once', () => {
  const candidates = ['q2', 'q2', null].map((definition, place) =>
    candidate(String(place), [earlier('m', 1, { definition })]),
  )
  expect(selectBaseline(comparing(3), m, candidates).definitions).toEqual(['q2', null])
})

test('trimming keeps the values that count, and nothing else', () => {
  const candidates = [
    candidate('a', [earlier('other', 1)]),
    candidate('b', [earlier('m', 2), earlier('other', 1)]),
    candidate('c', [earlier('m', 3)], 'fail'),
    candidate('d', [earlier('m', 4)]),
    candidate('e', [earlier('m', 5), earlier('n', 6)]),
  ]
  const trimmed = trimCandidates({ comparison: comparing(2, 'pass') }, [measured('m', 1), measured('n', 1)], candidates)
  expect(trimmed).toEqual([
    candidate('b', [earlier('m', 2)]),
    candidate('d', [earlier('m', 4)]),
    candidate('e', [earlier('n', 6)]),
  ])
})
