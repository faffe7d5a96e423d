import {
  array,
  assert,
  constantFrom,
  double,
  integer,
  nat,
  property,
  record,
  shuffledSubarray,
  type Arbitrary,
} from 'fast-check'
import { expect, test } from 'vitest'
import {
  defaultPolicies,
  judge,
  keptnPolicies,
  parseSlo,
  resultRank,
  SloError,
  trimCandidates,
  unaskedOutcomes,
  unusableOutcomes,
  type Candidate,
  type Measurement,
  type Result,
  type Slo,
} from '../../slo/index.ts'
import { candidate, earlier, measured, missing } from './build.ts'

const names = ['a', 'b', 'c', 'd', 'e']
const name = constantFrom(...names)
const value = double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
const criterion = constantFrom('<5', '<=1000', '>=-3', '=0', '>0.5', '<=+10%', '>=-10%', '<+100', '>-5', '=+0%')
const upperBound = constantFrom('<5', '<=1000', '<=-3', '<=+10%', '<-10%', '<+100')

function slo(criteria: Arbitrary<string>): Arbitrary<Slo> {
  const sets = array(record({ criteria: array(criteria, { minLength: 1, maxLength: 3 }) }), { maxLength: 3 })
  const objective = record({
    sli: name,
    pass: sets,
    warning: sets,
    weight: integer({ min: 0, max: 9 }),
    key_sli: constantFrom(true, false),
  })
  const comparison = record({
    compare_with: constantFrom('single_result', 'several_results'),
    number_of_comparison_results: integer({ min: 1, max: 5 }),
    include_result_with_score: constantFrom('all', 'pass', 'pass_or_warn'),
    aggregate_function: constantFrom('avg', 'p50', 'p90', 'p95'),
  })
  const total = record({ pass: nat(100), warning: nat(100) })
  return record({ objectives: array(objective, { maxLength: 6 }), comparison, total_score: total }).map((file) =>
    parseSlo(JSON.stringify(file)),
  )
}

const measurement: Arbitrary<Measurement> = record({
  indicator: name,
  value,
  outcome: constantFrom(...unusableOutcomes, ...unaskedOutcomes, 'measured' as const),
  isEnough: constantFrom(true, true, false),
}).map(({ indicator, value: number, outcome, isEnough }) =>
  outcome === 'measured'
    ? measured(indicator, number, { coverage: { found: 1, nan: 0, expected: isEnough ? 1 : 9, isEnough } })
    : missing(indicator, outcome),
)

const history: Arbitrary<readonly Candidate[]> = array(
  record({
    result: constantFrom('pass', 'warning', 'fail'),
    values: array(
      record({
        name,
        value,
        provider: constantFrom('prometheus', 'other'),
        definition: constantFrom('rate(m)', 'old'),
      }),
    ),
  }),
  { maxLength: 12 },
).map((evaluations) =>
  evaluations.map(({ result, values }, place) =>
    candidate(
      String(place),
      values.map(({ name: of, value: number, ...rest }) => earlier(of, number, rest)),
      result,
    ),
  ),
)

const policies = record({
  missingData: constantFrom('warning', 'fail', 'keptn'),
  noBaseline: constantFrom('pass', 'warning', 'fail'),
  ungated: constantFrom('pass', 'warning', 'fail'),
  windowLength: constantFrom('keptn', 'warning', 'fail'),
  misspeltKeys: constantFrom('refuse', 'fail', 'keptn'),
})

test('judging with the trimmed history, from JSON, is identical', () => {
  assert(
    property(slo(criterion), array(measurement), history, policies, (file, measurements, candidates, chosen) => {
      const stored = JSON.stringify([measurements, trimCandidates(file, measurements, candidates), chosen])
      const [again, trimmed, samePolicies] = JSON.parse(stored)
      expect(judge(file, again, trimmed, samePolicies)).toStrictEqual(judge(file, measurements, candidates, chosen))
    }),
  )
})

test('the order of measurements of different indicators means nothing', () => {
  const oneEach = shuffledSubarray(names, { minLength: 3 })
  assert(
    property(
      slo(criterion),
      oneEach,
      array(value, { minLength: 5, maxLength: 5 }),
      history,
      (file, order, values, candidates) => {
        const measurements = order.map((indicator) => measured(indicator, values[names.indexOf(indicator)] ?? 0))
        const sorted = measurements.toSorted((one, other) => (one.indicator < other.indicator ? -1 : 1))
        const chosen = { ...keptnPolicies, missingData: 'warning', noBaseline: 'pass' } as const
        expect(judge(file, measurements, candidates, chosen)).toStrictEqual(judge(file, sorted, candidates, chosen))
      },
    ),
  )
})

test('the order of indicators within an earlier evaluation, and unrelated ones, mean nothing', () => {
  assert(
    property(slo(criterion), array(measurement), history, policies, (file, measurements, candidates, chosen) => {
      const disturbed = candidates.flatMap((one) => {
        const own = one.values.toSorted((left, right) => (left.name < right.name ? -1 : 1))
        const values = [earlier('unrelated', 1), ...own, earlier('a', 99, { provider: 'nobody' })]
        return [{ ...one, values }, candidate(`${one.id}+`, [earlier('unrelated', 7)], one.result)]
      })
      expect(judge(file, measurements, disturbed, chosen)).toStrictEqual(judge(file, measurements, candidates, chosen))
    }),
  )
})

test('a lower value never lowers the score under upper bounds', () => {
  assert(
    property(
      slo(upperBound),
      array(measurement),
      history,
      name,
      nat(1e6),
      (file, measurements, candidates, better, by) => {
        const lowered = measurements.map((one) =>
          one.kind === 'measured' && one.indicator === better ? { ...one, value: one.value - by } : one,
        )
        const chosen = { ...keptnPolicies, missingData: 'warning', noBaseline: 'pass' } as const
        const before = judge(file, measurements, candidates, chosen)
        const after = judge(file, lowered, candidates, chosen)
        const gained = after.objectives.map(({ points }, place) => points - (before.objectives[place]?.points ?? 0))
        expect(Math.min(0, ...gained)).toBe(0)
        expect(after.score === null || before.score === null || after.score >= before.score).toBe(true)
      },
    ),
  )
})

test('policies change results, never scores or objectives, and only for the worse', () => {
  assert(
    property(slo(criterion), array(measurement), history, policies, (file, measurements, candidates, chosen) => {
      const plain = judge(file, measurements, candidates, keptnPolicies)
      const strict = judge(file, measurements, candidates, chosen)
      expect({ ...strict, result: 0, baselineResult: 0, reasons: 0 }).toStrictEqual({
        ...plain,
        result: 0,
        baselineResult: 0,
        reasons: 0,
      })
      expect(resultRank[strict.result]).toBeGreaterThanOrEqual(resultRank[plain.result])
      const caps = strict.reasons.filter(({ code }) => code === 'capped')
      expect(strict.result === plain.result).toBe(caps.length === 0)
      expect(strict.reasons.filter(({ code }) => code !== 'capped')).toStrictEqual(plain.reasons)
    }),
  )
})

test('what is not a plain pass of measured values has a reason', () => {
  assert(
    property(slo(criterion), array(measurement), history, policies, (file, measurements, candidates, chosen) => {
      const judgement = judge(file, measurements, candidates, chosen)
      const isPlain =
        judgement.result === 'pass' &&
        judgement.objectives.every(({ status, outcome }) => status === 'info' || outcome === 'measured')
      expect(isPlain || judgement.reasons.length > 0).toBe(true)
    }),
  )
})

/** Slips of a hand: a letter lost, doubled or exchanged with the next, another case, another separator. */
const slips: readonly ((key: string, place: number) => string)[] = [
  (key, place) => key.slice(0, place) + key.slice(place + 1),
  (key, place) => key.slice(0, place) + key.charAt(place) + key.slice(place),
  (key, place) => key.slice(0, place) + key.charAt(place + 1) + key.charAt(place) + key.slice(place + 2),
  (key) => key.toUpperCase(),
  (key) => key.replaceAll('_', '-'),
  (key) => key.replaceAll('_', ''),
  (key) => `${key}s`,
]

test('an SLO with a misspelt key in its key objective is never a plain pass', () => {
  const lines = [
    'objectives:',
    '  - sli: a',
    '    key_sli: true',
    '    pass:',
    '      - criteria: ["<5"]',
    '    weight: 3',
    'total_score:',
    '  pass: 90',
  ]
  const key = constantFrom(...lines.keys())
  assert(
    property(key, constantFrom(...slips), nat(20), value, (line, slip, place, number) => {
      const written = /[a-z_]+/.exec(lines[line] ?? '')?.[0] ?? ''
      const wrong = slip(written, place % written.length)
      const text = lines.map((one, at) => (at === line ? one.replace(written, wrong) : one)).join('\n')
      // With three letters, only a difference in case is recognised.
      if (text === lines.join('\n') || (written === 'sli' && wrong.toLowerCase() !== 'sli')) return
      expect(resultOf(text, [measured('a', number)])).not.toBe('pass')
    }),
    { numRuns: 1_000, seed: 20_261_130 },
  )
})

/** Undefined for a text that is refused. */
function resultOf(text: string, measurements: readonly Measurement[]): Result | undefined {
  try {
    return judge(parseSlo(text), measurements, [], defaultPolicies).result
  } catch (error) {
    if (error instanceof SloError) return undefined
    throw error
  }
}

test('an unmeasured or thinly covered objective never ends as a pass, and a thinly covered key objective fails', () => {
  assert(
    property(slo(criterion), array(measurement), history, policies, (file, measurements, candidates, chosen) => {
      const judgement = judge(file, measurements, candidates, { ...chosen, missingData: 'warning' })
      const scored = judgement.objectives.filter(({ status }) => status !== 'info')
      const isLacking = scored.some(({ outcome, coverage }) => outcome !== 'measured' || coverage?.isEnough === false)
      const isKeyThin = scored.some(({ isKey, coverage }) => isKey && coverage?.isEnough === false)
      expect(isLacking && judgement.result === 'pass').toBe(false)
      expect(isKeyThin && judgement.result !== 'fail').toBe(false)
    }),
  )
})
