import {
  assert,
  array,
  constantFrom,
  double,
  integer,
  nat,
  option,
  property,
  record,
  uniqueArray,
  type Arbitrary,
} from 'fast-check'
import { expect, test } from 'vitest'
import {
  explain,
  judge,
  parseSlo,
  resultRank,
  type Basis,
  type Candidate,
  type Change,
  type Judgement,
  type Measurement,
  type Policies,
  type Slo,
} from '../../../slo/index.ts'
import { effort } from '../../../slo/explain/interval.ts'
import { nextAbove, nextBelow } from '../../../slo/explain/number.ts'
import { candidate, earlier, measured, missing } from '../build.ts'

/** Fewer where every mutant of slo/ is tried (test/mutation). */
const runs = Number(process.env['PHAROS_PROPERTY_RUNS'] ?? 10_000)

const names = ['a', 'b', 'c', 'd']
const value = constantFrom(
  -7,
  -1,
  0,
  0.1,
  1,
  4.999999999999999,
  5,
  5.5,
  90,
  100,
  110.00000000000001,
  5e-324,
  -3e300,
  1e308,
)
const criterion = constantFrom(
  '<5',
  '<=5',
  '>5',
  '>=5',
  '=5',
  '=0',
  '<0',
  '>=-10%',
  '<=+10%',
  '<+5',
  '>-5',
  '<=100',
  '>=100',
  '=+0%',
  '<=+900%',
)

const slo: Arbitrary<Slo> = record({
  objectives: array(
    record({
      sli: constantFrom(...names),
      pass: array(record({ criteria: array(criterion, { minLength: 1, maxLength: 3 }) }), { maxLength: 3 }),
      warning: array(record({ criteria: array(criterion, { minLength: 1, maxLength: 2 }) }), { maxLength: 2 }),
      weight: integer({ min: 1, max: 4 }),
      key_sli: constantFrom(false, false, true),
    }),
    { maxLength: 5 },
  ),
  comparison: record({
    compare_with: constantFrom('several_results'),
    number_of_comparison_results: integer({ min: 1, max: 3 }),
    aggregate_function: constantFrom('avg', 'p90'),
  }),
  total_score: record({ pass: nat(100), warning: nat(100) }),
}).map((file) => parseSlo(JSON.stringify(file)))

const thin = { found: 1, nan: 0, expected: 9, isEnough: false }

function basisOf(windowMs: number): Basis {
  return { digest: 'sha256:1', parts: {}, windowMs }
}

const measurements: Arbitrary<readonly Measurement[]> = uniqueArray(
  record({
    indicator: constantFrom(...names),
    value,
    outcome: option(constantFrom('no_data' as const, 'timeout' as const), { freq: 6 }),
    isEnough: constantFrom(true, true, true, false),
    windowMs: constantFrom(600_000, 600_000, 3_600_000),
  }),
  { selector: ({ indicator }) => indicator, maxLength: 4 },
).map((some) =>
  some.map(({ indicator, value: number, outcome, isEnough, windowMs }) => {
    const basis = basisOf(windowMs)
    if (outcome !== null) return { ...missing(indicator, outcome), basis }
    return measured(indicator, number, { basis, ...(!isEnough && { coverage: thin }) })
  }),
)

const candidates: Arbitrary<readonly Candidate[]> = array(
  array(record({ name: constantFrom(...names), value: constantFrom(5, 100, 0, -2, 1e308) }), { maxLength: 4 }),
  { maxLength: 3 },
).map((builds) =>
  builds.map((values, place) =>
    candidate(
      `build-${place}`,
      values.map((one) => earlier(one.name, one.value, { basis: basisOf(600_000) })),
    ),
  ),
)

const policies: Arbitrary<Policies> = record({
  missingData: constantFrom('warning', 'fail', 'keptn'),
  noBaseline: constantFrom('pass', 'pass', 'warning'),
  ungated: constantFrom('pass', 'warning', 'fail'),
  windowLength: constantFrom('keptn', 'warning', 'fail'),
  misspeltKeys: constantFrom('refuse', 'fail', 'keptn'),
})

/** The measurements with some values changed; an indicator that nobody measured is added. */
function changed(all: readonly Measurement[], changes: readonly Change[]): readonly Measurement[] {
  const added = changes.filter(({ indicator }) => all.every((one) => one.indicator !== indicator))
  const mended = all.map((one) => {
    const change = changes.find(({ indicator }) => indicator === one.indicator)
    return change === undefined ? one : measured(one.indicator, change.to, one.basis && { basis: one.basis })
  })
  // Without a measurement there is no provider, and so no history.
  return [
    ...mended,
    ...added.map(({ indicator, to }) => ({ ...measured(indicator, to), provider: '', name: indicator })),
  ]
}

/** It earns its own objectives no fewer points, unless it mends a key objective. */
function isNotForTheWorse(before: Judgement, after: Judgement, indicator: string): boolean {
  const [was, is] = [before, after].map(({ objectives }) => {
    const own = objectives.filter((one) => one.indicator === indicator)
    const keys = own.filter(({ isKey, status }) => isKey && status === 'fail').length
    return { keys, points: own.reduce((sum, { points }) => sum + points, 0) }
  })
  return (is?.keys ?? 0) < (was?.keys ?? 0) || (is?.points ?? 0) >= (was?.points ?? 0)
}

const everyNumber = double({ noNaN: true, noDefaultInfinity: true })

/** Every double at which some criterion could turn, found without the code under test. */
function turningPoints(
  of: Slo,
  indicator: string,
  targets: readonly (number | null)[],
  more: number,
): readonly number[] {
  const absolute = of.objectives
    .filter((objective) => objective.indicator === indicator)
    .flatMap(({ pass, warning }) => [...pass, ...warning].flat().map(({ amount }) => amount))
  const near = [...absolute, ...targets.filter((target) => target !== null)]
  return [...near.flatMap((number) => [number, nextAbove(number), nextBelow(number)]), 0, more].filter(Number.isFinite)
}

test('the reported changes flip the result, and no single one is smaller', () => {
  const kinds = new Map<string, number>()
  assert(
    property(slo, measurements, candidates, policies, everyNumber, (file, all, history, rules, anywhere) => {
      const explanation = explain(file, all, history, rules)
      const judgement = judge(file, all, history, rules)
      expect(explanation).toMatchObject({ state: judgement.state, result: judgement.result, score: judgement.score })
      const isFlip = (changes: readonly Change[]): boolean =>
        resultRank[judge(file, changed(all, changes), history, rules).result] < resultRank[judgement.result]

      const turns = (indicator: string): readonly Change[] => {
        const own = judgement.objectives.filter((objective) => objective.indicator === indicator)
        const targets = own.flatMap(({ passTargets, warningTargets }) => [...passTargets, ...warningTargets])
        const points = turningPoints(
          file,
          indicator,
          targets.map(({ targetValue }) => targetValue),
          anywhere,
        )
        return points.map((to) => ({ indicator, from: own[0]?.value ?? null, to }))
      }

      const { smallestChange: single, smallestSet: together } = explanation
      const kind = single.kind === 'change' ? 'change' : single.code
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      for (const flip of [single, together]) {
        if (flip.kind === 'none') continue
        expect(isFlip(flip.changes)).toBe(true)
        expect(judge(file, changed(all, flip.changes), history, rules)).toMatchObject({
          result: flip.result,
          score: flip.score,
        })
      }
      const set = together.kind === 'change' ? together.changes : []
      expect(set.filter((left) => isFlip(set.filter((change) => change !== left)))).toEqual([])
      expect(single.kind === 'change' && set.length !== 1).toBe(false)

      const best = single.kind === 'change' ? single.changes[0] : undefined
      const least = best === undefined ? Infinity : best.from === null ? 3 : effort(best.from, best.to)
      for (const objective of judgement.objectives) {
        const { indicator, value: from } = objective
        for (const turn of turns(indicator)) {
          const { to } = turn
          if (from === null ? least <= 3 : effort(from, to) >= least) continue
          const change = [turn]
          const isAdvice = isNotForTheWorse(judgement, judge(file, changed(all, change), history, rules), indicator)
          const flips = isAdvice && isFlip(change)
          expect({ indicator, to, flips }).toEqual({ indicator, to, flips: false })
        }
      }
    }),
    { numRuns: runs, seed: 20_261_126 },
  )
  // Every answer was among them, but for the one that takes a large file.
  expect([...kinds.keys()].toSorted()).toEqual(['change', 'no_objectives', 'passed', 'several_needed', 'unreachable'])
}, 120_000)
