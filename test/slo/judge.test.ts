import { describe, expect, test } from 'vitest'
import {
  defaultPolicies,
  judge,
  keptnPolicies,
  parseSlo,
  unaskedOutcomes,
  unusableOutcomes,
  type Basis,
  type Candidate,
  type Coverage,
  type Judgement,
  type Measurement,
} from '../../slo/index.ts'
import { candidate, earlier, measured, missing, sloOf } from './build.ts'

function codes(judgement: Judgement): readonly string[] {
  return judgement.reasons.map(({ code }) => code)
}

describe('the score', () => {
  for (const { name, objectives, values, total, score, result, reasons } of [
    {
      name: 'all met',
      objectives: ['{sli: a, pass: [{criteria: [<5]}]}'],
      values: [1],
      score: 100,
      result: 'pass',
      reasons: [],
    },
    {
      name: 'a warning earns half',
      objectives: ['{sli: a, pass: [{criteria: [<5]}], warning: [{criteria: [<10]}]}'],
      values: [7],
      total: '{pass: 90, warning: 50}',
      score: 50,
      result: 'warning',
      reasons: ['between_thresholds'],
    },
    {
      name: 'weights',
      objectives: ['{sli: a, pass: [{criteria: [<5]}], weight: 3}', '{sli: b, pass: [{criteria: [<5]}]}'],
      values: [1, 9],
      score: 75,
      result: 'warning',
      reasons: ['between_thresholds'],
    },
    {
      name: '57 of 100 points are not 57',
      objectives: ['{sli: a, pass: [{criteria: [<5]}], weight: 57}', '{sli: b, pass: [{criteria: [<5]}], weight: 43}'],
      values: [1, 9],
      total: '{pass: 57%}',
      score: 56.99999999999999,
      result: 'fail',
      reasons: ['below_pass'],
    },
    {
      name: 'below the warning',
      objectives: ['{sli: a, pass: [{criteria: [<5]}]}'],
      values: [9],
      score: 0,
      result: 'fail',
      reasons: ['below_warning'],
    },
    {
      name: 'below a pass without warning',
      objectives: ['{sli: a, pass: [{criteria: [<5]}]}'],
      values: [9],
      total: '{pass: 90}',
      score: 0,
      result: 'fail',
      reasons: ['below_pass'],
    },
    {
      name: 'a key objective fails all',
      objectives: [
        '{sli: a, pass: [{criteria: [<5]}], weight: 99}',
        '{sli: b, pass: [{criteria: [<5]}], key_sli: true}',
      ],
      values: [1, 9],
      score: 99,
      result: 'fail',
      reasons: ['key_failed'],
    },
    {
      name: 'a warning of a key objective is enough',
      objectives: ['{sli: a, pass: [{criteria: [<5]}], warning: [{criteria: [<10]}], key_sli: true}'],
      values: [7],
      total: '{pass: 50}',
      score: 50,
      result: 'pass',
      reasons: [],
    },
    {
      name: 'every failed key objective is named',
      objectives: [
        '{sli: a, pass: [{criteria: [<5]}], key_sli: true}',
        '{sli: b, pass: [{criteria: [<5]}], key_sli: true}',
      ],
      values: [9, 9],
      score: 0,
      result: 'fail',
      reasons: ['below_warning', 'key_failed', 'key_failed'],
    },
    {
      name: 'informational objectives have no part',
      objectives: ['{sli: a, pass: [{criteria: [<5]}]}', '{sli: b, weight: 99}'],
      values: [1, 9],
      score: 100,
      result: 'pass',
      reasons: [],
    },
    { name: 'no objectives', objectives: [], values: [], score: 0, result: 'fail', reasons: ['ungated'] },
    {
      name: 'criteria of a set are all needed, sets are alternatives',
      objectives: [
        '{sli: a, pass: [{criteria: [<5, <1]}, {criteria: [">2"]}]}',
        '{sli: b, pass: [{criteria: [<5, <1]}, {criteria: [">3"]}]}',
      ],
      values: [3, 3],
      total: '{pass: 90, warning: 50}',
      score: 50,
      result: 'warning',
      reasons: ['between_thresholds'],
    },
  ] as const) {
    test(`${name}: ${score}, ${result}`, () => {
      const slo = sloOf(objectives.length === 0 ? [] : objectives, total === undefined ? {} : { total })
      const measurements = values.map((value, place) => measured(['a', 'b'][place] ?? '', value))
      const judgement = judge(slo, measurements, [], defaultPolicies)
      expect(judgement).toMatchObject({ state: 'succeeded', score, result, baselineResult: result })
      expect(codes(judgement)).toEqual(reasons)
    })
  }

  test('targets of all criteria are shown, also after the outcome is known', () => {
    const slo = sloOf(['{sli: a, pass: [{criteria: [<5]}, {criteria: [<=+10%, "=3"]}], warning: [{criteria: [<-1]}]}'])
    const [objective] = judge(slo, [measured('a', 4)], [candidate('e', [earlier('a', 3)])], defaultPolicies).objectives
    expect(objective).toMatchObject({
      status: 'pass',
      points: 1,
      value: 4,
      comparedValue: 3,
      comparedWith: ['e'],
      passTargets: [
        { criteria: '<5', targetValue: 5, violated: false },
        { criteria: '<=+10%', targetValue: 3.3, violated: true },
        { criteria: '=3', targetValue: 3, violated: true },
      ],
      warningTargets: [{ criteria: '<-1', targetValue: 2, violated: true }],
    })
  })

  test('an informational objective shows its criteria judged', () => {
    const slo = sloOf(['{sli: a, warning: [{criteria: [<5, <1]}]}', '{sli: b, pass: [{criteria: [<5]}]}'])
    const [objective] = judge(slo, [measured('a', 3), measured('b', 1)], [], defaultPolicies).objectives
    expect(objective).toMatchObject({ status: 'info', points: 0, value: 3 })
    expect(objective?.warningTargets.map(({ violated }) => violated)).toEqual([false, true])
  })
})

describe('several objectives of one indicator', () => {
  const three = ['<5', '<10', '<20'].map((criteria) => `{sli: a, pass: [{criteria: [${criteria}]}]}`)

  for (const { name, values, taken } of [
    { name: 'share its only value', values: [7], taken: [7, 7, 7] },
    { name: 'take several values in order', values: [1, 2, 3], taken: [1, 2, 3] },
    { name: 'share the last of too few', values: [1, 2], taken: [1, 2, 2] },
    { name: 'leave what is too many', values: [1, 2, 3, 4], taken: [1, 2, 3] },
  ]) {
    test(`they ${name}`, () => {
      const judgement = judge(
        sloOf(three),
        values.map((value) => measured('a', value)),
        [],
        defaultPolicies,
      )
      expect(judgement.objectives.map(({ value }) => value)).toEqual(taken)
    })
  }
})

describe('what was not measured', () => {
  const two = ['{sli: a, pass: [{criteria: [<5]}], weight: 9}', '{sli: b, pass: [{criteria: [<5]}]}']

  for (const outcome of unusableOutcomes) {
    test(`${outcome} fails its objective and caps a pass at warning`, () => {
      const judgement = judge(sloOf(two), [measured('a', 1), missing('b', outcome)], [], defaultPolicies)
      expect(judgement).toMatchObject({ state: 'succeeded', score: 90, result: 'warning', baselineResult: 'warning' })
      expect(judgement.reasons).toMatchObject([
        { code: 'not_measured', indicator: 'b', outcome },
        { code: 'capped', policy: 'missingData', from: 'pass', to: 'warning', indicators: ['b'] },
      ])
    })
  }

  for (const { missingData, result, reasons } of [
    { missingData: 'keptn', result: 'pass', reasons: ['not_measured'] },
    { missingData: 'warning', result: 'warning', reasons: ['not_measured', 'capped'] },
    { missingData: 'fail', result: 'fail', reasons: ['not_measured', 'capped'] },
  ] as const) {
    test(`with the policy missingData: ${missingData} a pass becomes ${result}`, () => {
      const judgement = judge(sloOf(two), [measured('a', 1), missing('b')], [], {
        ...keptnPolicies,
        missingData,
        noBaseline: 'pass',
      })
      expect(judgement).toMatchObject({ result, score: 90, baselineResult: result })
      expect(codes(judgement)).toEqual(reasons)
    })
  }

  test('a policy never makes a result better, and then says nothing', () => {
    const judgement = judge(sloOf(two), [measured('a', 9), missing('b')], [], defaultPolicies)
    expect(judgement.result).toBe('fail')
    expect(codes(judgement)).toEqual(['below_warning', 'not_measured'])
  })

  test('a key objective without data fails the gate', () => {
    const slo = sloOf([two[0] ?? '', '{sli: b, pass: [{criteria: [<5]}], key_sli: true}'])
    const judgement = judge(slo, [measured('a', 1), missing('b')], [], keptnPolicies)
    expect(judgement).toMatchObject({ result: 'fail', score: 90 })
    expect(judgement.reasons).toMatchObject([
      { code: 'key_failed', indicator: 'b', value: null },
      { code: 'not_measured' },
    ])
  })

  test('an informational objective without data is no reason', () => {
    const slo = sloOf(['{sli: a, pass: [{criteria: [<5]}]}', '{sli: b}'])
    const judgement = judge(slo, [measured('a', 1), missing('b', 'timeout')], [], defaultPolicies)
    expect(judgement).toMatchObject({ state: 'succeeded', result: 'pass', reasons: [] })
    expect(judgement.objectives[1]).toMatchObject({
      status: 'info',
      value: null,
      outcome: 'timeout',
      message: 'Nothing came.',
    })
  })

  test('its targets are shown, all violated', () => {
    const slo = sloOf(['{sli: a, pass: [{criteria: [<=+10%, <5]}]}'])
    const [objective] = judge(slo, [missing('a')], [candidate('e', [earlier('a', 100)])], keptnPolicies).objectives
    expect(objective).toMatchObject({ status: 'fail', value: null, comparedValue: 100, outcome: 'no_data' })
    expect(objective?.passTargets).toEqual([
      { criteria: '<=+10%', targetValue: 110, violated: true },
      { criteria: '<5', targetValue: 5, violated: true },
    ])
  })

  test('an indicator nobody gave a measurement of counts as no_data', () => {
    const judgement = judge(sloOf(two), [measured('a', 1)], [], defaultPolicies)
    expect(judgement.objectives[1]).toMatchObject({ outcome: 'no_data', status: 'fail' })
    expect(judgement.result).toBe('warning')
  })

  test('a value that is not a finite number counts as invalid_value', () => {
    for (const value of [Number.NaN, Infinity]) {
      const judgement = judge(sloOf(two), [measured('a', 1), measured('b', value)], [], defaultPolicies)
      expect(judgement.objectives[1]).toMatchObject({ outcome: 'invalid_value', status: 'fail', value: null })
    }
  })
})

describe('what could not be asked is judged twice', () => {
  const slo = sloOf(['{sli: a, pass: [{criteria: [<5]}], weight: 9}', '{sli: b, pass: [{criteria: [<5]}]}'])
  const keyed = sloOf([
    '{sli: a, pass: [{criteria: [<5]}], weight: 9}',
    '{sli: b, pass: [{criteria: [<5]}], key_sli: true}',
  ])

  for (const outcome of unaskedOutcomes) {
    test(`${outcome} that decides nothing: judged as failed, capped by missingData`, () => {
      const judgement = judge(slo, [measured('a', 1), missing('b', outcome)], [], defaultPolicies)
      expect(judgement).toMatchObject({ state: 'succeeded', score: 90, result: 'warning' })
      expect(codes(judgement)).toEqual(['not_measured', 'capped'])
    })

    test(`${outcome} that would decide: errored`, () => {
      const judgement = judge(slo, [missing('a', outcome), measured('b', 1)], [], defaultPolicies)
      expect(judgement).toMatchObject({ state: 'errored', score: null, result: 'fail', baselineResult: 'fail' })
      expect(judgement.reasons).toMatchObject([
        { code: 'not_measured', indicator: 'a', outcome, resultIfFailed: 'fail', resultIfPassed: 'pass' },
      ])
    })
  }

  test('what the provider said ends before our own sentence begins', () => {
    for (const said of ['no answer within 5 s', 'no answer within 5 s.']) {
      const message = judge(slo, [missing('a', 'timeout', said), measured('b', 1)], [], defaultPolicies).reasons[0]
        ?.message
      expect(message).toContain('a was not measured (timeout): no answer within 5 s. The result would have been fail')
    }
  })

  test('a key objective decides, however small', () => {
    expect(judge(keyed, [measured('a', 1), missing('b', 'timeout')], [], keptnPolicies).state).toBe('errored')
  })

  test('a fail that stays a fail is a fail', () => {
    const judgement = judge(keyed, [missing('a', 'timeout'), measured('b', 9)], [], defaultPolicies)
    expect(judgement).toMatchObject({ state: 'succeeded', result: 'fail', score: 0 })
    expect(codes(judgement)).toEqual(['below_warning', 'key_failed', 'not_measured'])
  })

  test('no data beside it fails in both judgings', () => {
    const judgement = judge(slo, [missing('a', 'no_data'), missing('b', 'timeout')], [], defaultPolicies)
    expect(judgement).toMatchObject({ state: 'succeeded', result: 'fail', score: 0 })
  })

  test('the policy keptn does not turn the undecided into a result', () => {
    expect(judge(slo, [missing('a', 'upstream'), measured('b', 1)], [], keptnPolicies).state).toBe('errored')
  })

  test('the judging is before any cap', () => {
    const policies = { ...keptnPolicies, missingData: 'fail', noBaseline: 'fail' } as const
    const judgement = judge(slo, [missing('a', 'upstream'), measured('b', 1)], [], policies)
    expect(judgement.state).toBe('errored')
  })
})

describe('without an earlier value', () => {
  const slo = sloOf(['{sli: a, pass: [{criteria: [<=+10%]}]}'])

  for (const { noBaseline, result, reasons } of [
    { noBaseline: 'pass', result: 'pass', reasons: ['no_baseline'] },
    { noBaseline: 'warning', result: 'warning', reasons: ['no_baseline', 'capped'] },
    { noBaseline: 'fail', result: 'fail', reasons: ['no_baseline', 'capped'] },
  ] as const) {
    test(`a relative criterion holds; with noBaseline: ${noBaseline} the result is ${result} and counts as pass`, () => {
      const judgement = judge(slo, [measured('a', 1e9)], [], { ...keptnPolicies, missingData: 'warning', noBaseline })
      expect(judgement).toMatchObject({ score: 100, result, baselineResult: 'pass' })
      expect(judgement.objectives[0]).toMatchObject({
        comparedValue: null,
        comparedWith: [],
        passTargets: [{ targetValue: null, violated: false }],
      })
      expect(codes(judgement)).toEqual(reasons)
    })
  }

  test('the policy cannot lock itself in: its evaluation serves the next as a pass', () => {
    const policies = { ...keptnPolicies, missingData: 'warning', noBaseline: 'fail' } as const
    const strict = sloOf(['{sli: a, pass: [{criteria: [<=+10%]}]}'], {
      comparison: '{compare_with: single_result, include_result_with_score: pass}',
    })
    const first = judge(strict, [measured('a', 100)], [], policies)
    const second = judge(
      strict,
      [measured('a', 105)],
      [candidate('first', [earlier('a', 100)], first.baselineResult)],
      policies,
    )
    expect([first.result, second.result]).toEqual(['fail', 'pass'])
  })

  test('the cap for missing data counts in later baselines, the one for a missing baseline does not', () => {
    const two = sloOf(['{sli: a, pass: [{criteria: [<=+10%]}], weight: 99}', '{sli: b, pass: [{criteria: [<5]}]}'])
    const judgement = judge(two, [measured('a', 1), missing('b')], [], {
      ...keptnPolicies,
      missingData: 'warning',
      noBaseline: 'fail',
    })
    expect(judgement).toMatchObject({ result: 'fail', baselineResult: 'warning', score: 99 })
    expect(judgement.reasons.filter(({ code }) => code === 'capped')).toMatchObject([
      { policy: 'missingData', from: 'pass', to: 'warning' },
      { policy: 'noBaseline', from: 'warning', to: 'fail' },
    ])
  })

  test('absolute, informational and unmeasured objectives give no reason', () => {
    const others = sloOf([
      '{sli: a, pass: [{criteria: [<5]}]}',
      '{sli: b, warning: [{criteria: [<=+10%]}]}',
      '{sli: c, pass: [{criteria: [<=+10%]}]}',
    ])
    const judgement = judge(others, [measured('a', 1), measured('b', 1), missing('c')], [], defaultPolicies)
    expect(codes(judgement)).not.toContain('no_baseline')
  })

  test('a relative warning counts too', () => {
    const warned = sloOf(['{sli: a, pass: [{criteria: [<5]}], warning: [{criteria: [<=+10%]}]}'])
    expect(codes(judge(warned, [measured('a', 9)], [], defaultPolicies))).toContain('no_baseline')
  })
})

describe('what it is compared with', () => {
  const slo = sloOf(['{sli: a, pass: [{criteria: [<=+10%]}]}', '{sli: b, pass: [{criteria: [<=+10%]}]}'], {
    comparison: '{compare_with: several_results, number_of_comparison_results: 2}',
  })
  const both = [measured('a', 1), measured('b', 1)]

  test('each indicator has its own; the union is newest first', () => {
    const candidates = [
      candidate('e5', []),
      candidate('e4', [earlier('b', 1)]),
      candidate('e3', [earlier('a', 1)]),
      candidate('e2', [earlier('a', 1), earlier('b', 1)]),
      candidate('e1', [earlier('a', 1), earlier('b', 1)]),
    ]
    const judgement = judge(slo, both, candidates, defaultPolicies)
    expect(judgement.objectives.map(({ comparedWith }) => comparedWith)).toEqual([
      ['e3', 'e2'],
      ['e4', 'e2'],
    ])
    expect(judgement.comparedEvaluations).toEqual(['e4', 'e3', 'e2'])
  })

  test('a changed query is compared, and said', () => {
    const changed = candidate('e1', [earlier('a', 1, { definition: 'old' }), earlier('b', 1)])
    const judgement = judge(slo, both, [changed], defaultPolicies)
    expect(judgement.result).toBe('pass')
    expect(judgement.reasons).toMatchObject([
      {
        code: 'indicator_changed',
        indicator: 'a',
        definition: 'rate(m)',
        earlierDefinitions: ['old'],
        comparedWith: ['e1'],
      },
    ])
  })

  const basisOf = (parts: Readonly<Record<string, string>>, minutes = 10): Basis => ({
    digest: `sha256:${JSON.stringify(parts)}`,
    parts,
    windowMs: minutes * 60_000,
  })
  const based = (basis: Basis) => [measured('a', 1, { basis }), measured('b', 1, { basis })]

  for (const { name, before, now, text } of [
    {
      name: 'another option',
      before: { 'options.reduce': 'avg' },
      now: { 'options.reduce': 'max' },
      text: 'options.reduce: avg → max',
    },
    { name: 'an option more', before: {}, now: { 'options.onNaN': '0' }, text: 'options.onNaN: not set → 0' },
    { name: 'an option less', before: { 'options.mode': 'range' }, now: {}, text: 'options.mode: range → not set' },
    {
      name: 'a setting of the provider',
      before: { 'provider.orgId': 'sha256:1' },
      now: { 'provider.orgId': 'sha256:2' },
      text: 'provider.orgId',
    },
  ] as const) {
    test(`${name} is compared, with a reason`, () => {
      const changed = candidate('e1', [
        earlier('a', 1, { basis: basisOf(before) }),
        earlier('b', 1, { basis: basisOf(now) }),
      ])
      const judgement = judge(slo, based(basisOf(now)), [changed], defaultPolicies)
      expect(judgement).toMatchObject({ result: 'pass', score: 100 })
      expect(judgement.reasons).toMatchObject([
        {
          code: 'indicator_changed',
          indicator: 'a',
          message: `a is compared with values that were measured differently. Changed: ${text}.`,
          comparedWith: ['e1'],
        },
      ])
    })
  }

  test('a value recorded without a basis is compared by its definition', () => {
    const old = candidate('e1', [earlier('a', 1), earlier('b', 1)])
    expect(judge(slo, based(basisOf({ 'options.reduce': 'max' }, 60)), [old], defaultPolicies).reasons).toEqual([])
    const now = candidate('e1', [earlier('a', 1, { basis: basisOf({}) }), earlier('b', 1, { basis: basisOf({}) })])
    expect(judge(slo, both, [now], defaultPolicies).reasons).toEqual([])
  })

  test('each change between several earlier values is reported once', () => {
    const several = [
      candidate('e2', [earlier('a', 1, { basis: basisOf({ 'options.reduce': 'min' }) }), earlier('b', 1)]),
      candidate('e1', [
        earlier('a', 1, { basis: basisOf({ 'options.reduce': 'avg' }), definition: 'old' }),
        earlier('b', 1),
      ]),
    ]
    const { reasons } = judge(slo, based(basisOf({ 'options.reduce': 'max' })), several, defaultPolicies)
    expect(reasons.map(({ message }) => message)).toEqual([
      'a is compared with values that were measured differently. Changed: options.reduce: min → max; query; options.reduce: avg → max.',
    ])
  })

  describe('a baseline comes from a window of a different length', () => {
    const relative = sloOf(['{sli: a, pass: [{criteria: [<=+10%]}]}'])
    const absolute = sloOf(['{sli: a, pass: [{criteria: [<10]}]}'])
    const informational = sloOf(['{sli: a}', '{sli: b, pass: [{criteria: [<10]}]}'])
    const hour = based(basisOf({}, 60))
    const from = (minutes: number) => [candidate('e1', [earlier('a', 1, { basis: basisOf({}, minutes) })])]

    test('is a reason without a cap', () => {
      const judgement = judge(relative, hour, from(10), defaultPolicies)
      expect(judgement).toMatchObject({ result: 'pass', baselineResult: 'pass', score: 100 })
      expect(judgement.reasons).toEqual([
        {
          code: 'window_length_differs',
          message: 'a was measured over 1h and is compared with values measured over 10m.',
          indicator: 'a',
          windowMs: 3_600_000,
          earlierWindowsMs: [600_000],
          comparedWith: ['e1'],
        },
      ])
    })

    for (const { name, slo: other, candidates } of [
      { name: 'up to 10 % shorter', slo: relative, candidates: from(54) },
      { name: 'up to 10 % longer', slo: relative, candidates: from(66) },
      { name: 'with absolute criteria', slo: absolute, candidates: from(10) },
      { name: 'of an informational objective', slo: informational, candidates: from(10) },
    ]) {
      test(`is not reported: ${name}`, () => {
        expect(codes(judge(other, hour, candidates, defaultPolicies))).toEqual([])
      })
    }

    test('is reported from there on', () => {
      expect(codes(judge(relative, hour, from(53.9), defaultPolicies))).toEqual(['window_length_differs'])
      expect(codes(judge(relative, hour, from(66.1), defaultPolicies))).toEqual(['window_length_differs'])
    })

    for (const windowLength of ['warning', 'fail'] as const) {
      test(`is a ${windowLength} if the project says so, and later baselines ignore it`, () => {
        const judgement = judge(relative, hour, from(10), { ...defaultPolicies, windowLength })
        expect(judgement).toMatchObject({ result: windowLength, baselineResult: 'pass', score: 100 })
        expect(judgement.reasons.at(-1)).toEqual({
          code: 'capped',
          message: `The result is ${windowLength} instead of pass: the policy windowLength is ${windowLength}, and these indicators were compared with values from windows of a different length: a.`,
          policy: 'windowLength',
          from: 'pass',
          to: windowLength,
          indicators: ['a'],
        })
      })
    }
  })

  test('another provider is not compared', () => {
    const other = candidate('e1', [earlier('a', 1, { provider: 'prom-prod' }), earlier('b', 1)])
    expect(codes(judge(slo, both, [other], defaultPolicies))).toEqual(['no_baseline'])
  })
})

describe('numbers at their limits', () => {
  const slo = sloOf(['{sli: a, pass: [{criteria: [<=+10%]}], warning: [{criteria: [">=+5"]}]}'], {
    comparison: '{compare_with: several_results, number_of_comparison_results: 2}',
  })

  for (const { name, candidates, comparedValue } of [
    { name: 'an average that overflows', candidates: [1.7e308, 1.7e308], comparedValue: null },
    { name: 'a percentage that overflows', candidates: [1.7e308], comparedValue: 1.7e308 },
  ]) {
    test(`${name}: not met, null, and said`, () => {
      const history = candidates.map((value, place) => candidate(String(place), [earlier('a', value)]))
      const judgement = judge(slo, [measured('a', 5)], history, defaultPolicies)
      expect(judgement.objectives[0]).toMatchObject({
        comparedValue,
        passTargets: [{ targetValue: null, violated: true }],
      })
      expect(judgement.reasons).toContainEqual(
        expect.objectContaining({ code: 'target_not_finite', indicator: 'a', criteria: '<=+10%' }),
      )
      expect(judgement.score).toBe(0)
    })
  }

  test('there is no negative zero, which JSON would lose', () => {
    const zero = sloOf(['{sli: a, pass: [{criteria: [<=-0%, "=-0"]}]}'])
    const judgement = judge(zero, [measured('a', -0)], [candidate('e', [earlier('a', -0)])], defaultPolicies)
    expect(JSON.parse(JSON.stringify(judgement))).toStrictEqual(judgement)
  })

  test('subnormal values are compared as they are', () => {
    const tiny = sloOf(['{sli: a, pass: [{criteria: [">0"]}]}'])
    expect(judge(tiny, [measured('a', 5e-324)], [], defaultPolicies).result).toBe('pass')
  })

  test('two different numbers are never told alike', () => {
    const narrow = sloOf(['{sli: a, displayName: Share, pass: [{criteria: [<0.3]}], key_sli: true}'])
    const judgement = judge(narrow, [measured('a', 0.30000000000000004)], [], defaultPolicies)
    expect(judgement.reasons[1]?.message).toBe(
      'The key objective Share (a) failed, so the result is fail regardless of the score: 0.30000000000000004 does not meet <0.3.',
    )
  })
})

test('every reason tells a person a whole sentence', () => {
  const slo = sloOf([
    '{sli: a, pass: [{criteria: [<=+10%]}], key_sli: true}',
    '{sli: b, pass: [{criteria: [<5]}]}',
    '{sli: c, pass: [{criteria: [<+5]}]}',
  ])
  const measurements: readonly Measurement[] = [measured('a', 12), missing('b'), measured('c', 1)]
  const candidates: readonly Candidate[] = [candidate('e', [earlier('a', 10, { definition: 'old' })])]
  const judgement = judge(slo, measurements, candidates, defaultPolicies)
  expect(judgement.reasons.map(({ message }) => message)).toEqual([
    'The score of 33.33333333333333 is below 75, the minimum for a warning, and 90, the minimum for a pass.',
    'The key objective a failed, so the result is fail regardless of the score: 12 does not meet <=+10% (11).',
    'a is compared with values that were measured differently. Changed: query.',
    'b was not measured (no_data): Nothing came.',
    'c has no earlier value to compare with, so its relative criteria count as met.',
  ])
})

describe('the sentences of reasons', () => {
  const five = '{sli: a, pass: [{criteria: [<5]}]}'
  const keyed = (criteria: string, more = '') => `{sli: a, pass: [{criteria: [${criteria}]}], key_sli: true${more}}`
  const relative = '{sli: a, pass: [{criteria: [<=+10%]}]}'
  const huge = [candidate('e', [earlier('a', 1.7e308)])]

  for (const { name, objectives, total, measurements, candidates = [], policies = keptnPolicies, messages } of [
    {
      name: 'no objectives',
      objectives: [],
      measurements: [],
      messages: ['The SLO has no objectives, so there was nothing to judge, which counts as a fail.'],
    },
    {
      name: 'informational objectives only',
      objectives: ['{sli: a}'],
      measurements: [measured('a', 1)],
      messages: ['No objective has pass criteria, so nothing is gated.'],
    },
    {
      name: 'a policy about informational objectives',
      objectives: ['{sli: a}'],
      measurements: [measured('a', 1)],
      policies: defaultPolicies,
      messages: [
        'No objective has pass criteria, so nothing is gated.',
        'The result is warning instead of pass: the policy ungated is warning, and no objective has pass criteria.',
      ],
    },
    {
      name: 'no threshold for a warning',
      objectives: [five],
      total: '{pass: 90}',
      measurements: [measured('a', 9)],
      messages: ['The score of 0 is below 90, the minimum for a pass; there is no minimum for a warning.'],
    },
    {
      name: 'between the thresholds',
      objectives: ['{sli: a, pass: [{criteria: [<5]}], warning: [{criteria: [<10]}]}'],
      total: '{pass: 90, warning: 50}',
      measurements: [measured('a', 9)],
      messages: ['The score of 50 reaches 50, the minimum for a warning, but not 90, the minimum for a pass.'],
    },
    {
      name: 'a key objective with several criteria, the violated ones alone',
      objectives: [keyed('<5, "<=6", "=7", ">=10", ">11", ">0"')],
      total: '{pass: 0}',
      measurements: [measured('a', 9)],
      messages: [
        'The key objective a failed, so the result is fail regardless of the score: 9 does not meet <5, <=6, =7, >=10, >11.',
      ],
    },
    {
      name: 'a key objective named like its indicator, without a value',
      objectives: [keyed('<5', ', displayName: a')],
      total: '{pass: 0}',
      measurements: [missing('a')],
      messages: [
        'The key objective a failed, so the result is fail regardless of the score: it was not measured (no_data).',
        'a was not measured (no_data): Nothing came.',
      ],
    },
    {
      name: 'a key objective whose target is no number',
      objectives: [keyed('<=+10%, <5')],
      total: '{pass: 0}',
      measurements: [measured('a', 9)],
      candidates: huge,
      messages: [
        'The key objective a failed, so the result is fail regardless of the score: 9 does not meet <=+10% (no finite number), <5.',
        'The target of <=+10% for a is not a finite number with a baseline of 1.7e+308, so the criterion counts as not met.',
      ],
    },
    {
      name: 'what could not be asked would decide',
      objectives: [five],
      measurements: [missing('a', 'timeout')],
      messages: [
        'a was not measured (timeout): Nothing came. The result would have been fail if everything that could not be queried had failed and pass if it had passed, so it is undecided.',
      ],
    },
    {
      name: 'nobody measured it',
      objectives: [five],
      total: '{pass: 0}',
      measurements: [],
      messages: ['a was not measured (no_data): No measurement of this indicator was given.'],
    },
    {
      name: 'a value that is no number',
      objectives: [five],
      total: '{pass: 0}',
      measurements: [measured('a', Number.NaN)],
      messages: ['a was not measured (invalid_value): The value NaN is not a finite number.'],
    },
    {
      name: 'capped for missing data',
      objectives: [five, '{sli: b, pass: [{criteria: [<5]}]}'],
      total: '{pass: 0}',
      measurements: [missing('a'), missing('b')],
      policies: defaultPolicies,
      messages: [
        'a was not measured (no_data): Nothing came.',
        'b was not measured (no_data): Nothing came.',
        'The result is warning instead of pass: the policy missingData is warning; not measured: a, b.',
      ],
    },
    {
      name: 'capped for a missing baseline',
      objectives: [relative],
      measurements: [measured('a', 9)],
      policies: { ...keptnPolicies, missingData: 'warning', noBaseline: 'fail' } as const,
      messages: [
        'a has no earlier value to compare with, so its relative criteria count as met.',
        'The result is fail instead of pass: the policy noBaseline is fail, and these indicators have no earlier value to compare with: a.',
      ],
    },
  ]) {
    test(`${name}: ${messages.at(-1)}`, () => {
      const slo = sloOf(objectives, total === undefined ? {} : { total })
      expect(judge(slo, measurements, candidates, policies).reasons.map(({ message }) => message)).toEqual(messages)
    })
  }

  test('a score below carries its numbers', () => {
    expect(judge(sloOf([five]), [measured('a', 9)], [], keptnPolicies).reasons[0]).toMatchObject({
      score: 0,
      pass: 90,
      warning: 75,
    })
  })
})

test('an objective nobody measured stands in the judgement as asked of nobody', () => {
  const [objective] = judge(sloOf(['{sli: a}']), [], [], keptnPolicies).objectives
  expect(objective).toMatchObject({ provider: '', name: 'a', definition: null, query: null, outcome: 'no_data' })
})

test('a measured objective has no message', () => {
  expect(judge(sloOf(['{sli: a}']), [measured('a', 1)], [], keptnPolicies).objectives[0]?.message).toBe('')
})

describe('a value of a part of the data', () => {
  const plain = '{sli: a, pass: [{criteria: [<5]}]}'
  const key = '{sli: a, pass: [{criteria: [<5]}], key_sli: true}'
  const info = '{sli: a}'

  test('counts, and is a reason', () => {
    const judgement = judge(sloOf([plain]), [{ ...measured('a', 1), partial: 'unless_key' }], [], defaultPolicies)
    expect(judgement).toMatchObject({ state: 'succeeded', result: 'pass', score: 100 })
    expect(judgement.reasons).toEqual([
      {
        code: 'partial_data',
        indicator: 'a',
        message: "a was measured from partial data: some of the provider's storage did not respond.",
      },
    ])
  })

  test('is said of informational objectives, too', () => {
    const judgement = judge(sloOf([info]), [{ ...measured('a', 1), partial: 'unless_key' }], [], defaultPolicies)
    expect(codes(judgement)).toEqual(['ungated', 'partial_data', 'capped'])
  })

  test('is none for a key objective, so that it cannot decide a gate', () => {
    const judgement = judge(sloOf([key]), [{ ...measured('a', 1), partial: 'unless_key' }], [], defaultPolicies)
    expect(judgement).toMatchObject({ state: 'errored', result: 'fail', score: null })
    expect(codes(judgement)).toEqual(['partial_data', 'not_measured'])
    expect(judgement.objectives).toMatchObject([{ value: null, outcome: 'upstream' }])
  })

  test('is one for a key objective where its author allows it', () => {
    const judgement = judge(sloOf([key]), [{ ...measured('a', 1), partial: 'allowed' }], [], defaultPolicies)
    expect(judgement).toMatchObject({ state: 'succeeded', result: 'pass' })
    expect(codes(judgement)).toEqual(['partial_data'])
  })
})

describe('a value of a part of the window', () => {
  const plain = '{sli: a, pass: [{criteria: [<5]}]}'
  const key = '{sli: a, pass: [{criteria: [<5]}], key_sli: true}'
  const other = '{sli: b, pass: [{criteria: [<5]}]}'
  const thin: Coverage = { found: 240, nan: 239, expected: 241, isEnough: false }
  const judgedWith = (objective: string, coverage: Coverage, policies = defaultPolicies) =>
    judge(sloOf([objective, other]), [measured('a', 1, { coverage }), measured('b', 1)], [], policies)

  test('caps the result as missing data does, now and in later baselines', () => {
    const judgement = judgedWith(plain, thin)
    expect(judgement).toMatchObject({ state: 'succeeded', result: 'warning', baselineResult: 'warning', score: 100 })
    expect(judgement.objectives[0]).toMatchObject({ status: 'pass', value: 1, outcome: 'measured', coverage: thin })
    expect(judgement.reasons).toMatchObject([
      {
        code: 'low_coverage',
        message: 'a is based on 240 of 241 samples, 239 of them NaN, fewer than its minCoverage requires.',
        indicator: 'a',
        found: 240,
        nan: 239,
        expected: 241,
      },
      {
        code: 'capped',
        message: 'The result is warning instead of pass: the policy missingData is warning; too few samples: a.',
        indicators: ['a'],
      },
    ])
  })

  test('counts as no data for a key objective', () => {
    const judgement = judgedWith(key, { ...thin, found: 1, nan: 0 })
    expect(judgement).toMatchObject({ state: 'succeeded', result: 'fail', score: 50 })
    expect(codes(judgement)).toEqual(['below_warning', 'key_failed', 'low_coverage', 'not_measured'])
    expect(judgement.objectives[0]).toMatchObject({
      value: null,
      outcome: 'no_data',
      message: 'The value 1 is based on 1 of 241 samples, which is not enough for a key objective.',
    })
  })

  test('is no reason if it is enough, and no cap if missing data is treated as in Keptn', () => {
    expect(codes(judgedWith(key, { ...thin, isEnough: true }))).toEqual([])
    expect(judgedWith(plain, thin, keptnPolicies)).toMatchObject({ result: 'pass' })
  })

  test('decides nothing for an informational objective', () => {
    expect(codes(judgedWith('{sli: a}', thin))).toEqual([])
  })
})

describe('a key objective without pass criteria, beside one that gates', () => {
  const gating = '{sli: b, pass: [{criteria: ["<5"]}]}'
  const mixed = sloOf(['{sli: a, key_sli: true}', gating])
  for (const { name, slo, value, policy, result } of [
    { name: 'is a warning', slo: mixed, value: measured('a', 97), policy: 'warning', result: 'warning' },
    { name: 'is a warning unmeasured', slo: mixed, value: missing('a'), policy: 'warning', result: 'warning' },
    { name: 'fails where the project says so', slo: mixed, value: measured('a', 1), policy: 'fail', result: 'fail' },
    { name: 'passes as in Keptn', slo: mixed, value: measured('a', 1), policy: 'pass', result: 'pass' },
    {
      name: 'with warning criteria is a warning',
      slo: sloOf(['{sli: a, key_sli: true, warning: [{criteria: ["<5"]}]}', gating]),
      value: measured('a', 97),
      policy: 'warning',
      result: 'warning',
    },
  ] as const) {
    test(`${name}, with the score 100, and counts as a pass in later baselines`, () => {
      const judgement = judge(slo, [value, measured('b', 1)], [], { ...defaultPolicies, ungated: policy })
      expect(judgement).toMatchObject({ state: 'succeeded', score: 100, result, baselineResult: 'pass' })
      expect(codes(judgement)).toEqual(result === 'pass' ? ['ungated'] : ['ungated', 'capped'])
    })
  }

  test('is named', () => {
    const { reasons } = judge(mixed, [measured('a', 97), measured('b', 1)], [], defaultPolicies)
    expect(reasons).toEqual([
      {
        code: 'ungated',
        message: 'The key objective a has no pass criteria, so it gates nothing.',
        indicator: 'a',
      },
      {
        code: 'capped',
        message:
          'The result is warning instead of pass: the policy ungated is warning, and key objectives have no pass criteria: a.',
        policy: 'ungated',
        from: 'pass',
        to: 'warning',
        indicators: ['a'],
      },
    ])
  })

  test('is no matter where the file says that nothing is gated', () => {
    const slo = parseSlo(`x-gate: none\nobjectives: [{sli: a, key_sli: true}, ${gating}]\ntotal_score: {pass: 90}\n`)
    expect(judge(slo, [measured('a', 97), measured('b', 1)], [], defaultPolicies)).toMatchObject({ result: 'pass' })
  })

  test('without key_sli it is only shown', () => {
    const slo = sloOf(['{sli: a}', gating])
    expect(judge(slo, [measured('a', 97), measured('b', 1)], [], defaultPolicies)).toMatchObject({
      result: 'pass',
      reasons: [],
    })
  })
})

describe('an SLO whose objectives are all informational', () => {
  const info = ['{sli: a}', '{sli: b}']
  const ungated = sloOf(info)
  const isMeant = parseSlo('x-gate: none\nobjectives: [{sli: a}, {sli: b}]\ntotal_score: {pass: 90}\n')
  const both = [measured('a', 1), measured('b', 1)]
  const one = [measured('a', 1), missing('b', 'timeout', 'No reply.')]
  const none = [missing('a'), missing('b', 'timeout', 'No reply.')]
  for (const { name, slo, policy, measurements, result } of [
    { name: 'is a warning', slo: ungated, policy: 'warning', measurements: both, result: 'warning' },
    { name: 'is a warning with one measured', slo: ungated, policy: 'warning', measurements: one, result: 'warning' },
    { name: 'fails with none measured', slo: ungated, policy: 'warning', measurements: none, result: 'fail' },
    { name: 'fails where the project says so', slo: ungated, policy: 'fail', measurements: both, result: 'fail' },
    { name: 'passes as in Keptn', slo: ungated, policy: 'pass', measurements: none, result: 'pass' },
    {
      name: 'passes if the file has x-gate: none',
      slo: isMeant,
      policy: 'fail',
      measurements: none,
      result: 'pass',
    },
  ] as const) {
    test(`${name}, with the score 100, and counts as a pass in later baselines`, () => {
      const judgement = judge(slo, measurements, [], { ...defaultPolicies, ungated: policy })
      expect(judgement).toMatchObject({ state: 'succeeded', score: 100, result, baselineResult: 'pass' })
      expect(codes(judgement)).toEqual(result === 'pass' ? ['ungated'] : ['ungated', 'capped'])
    })
  }

  test('is a fail because nothing was measured, not because of a policy', () => {
    const reason = judge(ungated, none, [], defaultPolicies).reasons.at(-1)
    expect(reason?.message).toBe(
      'The result is fail instead of pass: no objective has pass criteria, and none of the indicators was measured.',
    )
  })

  test('names what was not measured', () => {
    const [reason] = judge(ungated, none, [], defaultPolicies).reasons
    expect(reason).toEqual({
      code: 'ungated',
      message:
        'No objective has pass criteria, so nothing is gated. Not measured: a (no_data: Nothing came); b (timeout: No reply).',
      unmeasured: [
        { indicator: 'a', outcome: 'no_data' },
        { indicator: 'b', outcome: 'timeout' },
      ],
    })
  })

  test('mentions x-gate: none', () => {
    const [reason] = judge(isMeant, both, [], defaultPolicies).reasons
    expect(reason?.message).toBe('No objective has pass criteria, so nothing is gated, as requested by x-gate: none.')
  })
})

describe('an SLO with a misspelt key', () => {
  const slip = sloOf(['{sli: a, pas: [{criteria: ["<=1"]}]}', '{sli: b, pass: [{criteria: ["<5"]}]}'])
  const both = [measured('a', 97), measured('b', 1)]
  for (const { policy, result } of [
    { policy: 'refuse', result: 'fail' },
    { policy: 'fail', result: 'fail' },
    { policy: 'keptn', result: 'pass' },
  ] as const) {
    test(`is a ${result} with the policy ${policy}, and counts as a pass in later baselines`, () => {
      const judgement = judge(slip, both, [], { ...defaultPolicies, misspeltKeys: policy })
      expect(judgement).toMatchObject({ state: 'succeeded', score: 100, result, baselineResult: 'pass' })
      expect(codes(judgement)).toEqual(policy === 'keptn' ? [] : ['slo_invalid', 'capped'])
    })
  }

  test('names the key, its place, and the fix', () => {
    const { reasons } = judge(slip, both, [], { ...defaultPolicies, misspeltKeys: 'fail' })
    expect(reasons).toEqual([
      {
        code: 'slo_invalid',
        message:
          'The SLO has keys that are most likely misspelt: line 3: "pas" is not a key of an objective and has no effect; most likely pass was intended.',
        errors: [expect.objectContaining({ code: 'misspelt_key', line: 3, column: 14, fix: 'write pass' })],
      },
      {
        code: 'capped',
        message: 'The result is fail instead of pass: some keys are most likely misspelt and therefore have no effect.',
        policy: 'misspeltKeys',
        from: 'pass',
        to: 'fail',
        indicators: [],
      },
    ])
  })

  test('names three of ten misspelt keys', () => {
    const ten = sloOf(Array.from({ length: 10 }, (_, place) => `{sli: m${place}, weigth: 2}`))
    const [reason] = judge(ten, [], [], defaultPolicies).reasons
    expect(reason?.message).toMatch(/^The SLO has keys .*; and 7 more\.$/)
    expect(reason?.['errors']).toHaveLength(10)
  })
})
