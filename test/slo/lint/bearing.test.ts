import { describe, expect, test } from 'vitest'
import {
  bearing,
  defaultPolicies,
  foldedFindings,
  judge,
  lint,
  lintRules,
  outerRules,
  parseSlo,
  type Candidate,
  type Measurement,
} from '../../../slo/index.ts'
import { bearings } from '../../../slo/lint/bearing.ts'
import { candidate, earlier, measured, missing } from '../build.ts'

test('every rule defines when its findings bear on an evaluation', () => {
  expect(Object.keys(bearings).toSorted()).toEqual([...lintRules, ...outerRules].map(({ id }) => id).toSorted())
})

interface File {
  readonly objectives: string
  readonly total?: string
  readonly comparison?: string
}

const several = '{compare_with: several_results, number_of_comparison_results: 3, include_result_with_score: pass}'
const single = '{compare_with: single_result}'

/** The rules of those findings that bear on an evaluation of some values. */
function told(
  { objectives, total = '{pass: 90}', comparison = several }: File,
  measurements: readonly Measurement[],
  candidates: readonly Candidate[] = [],
): readonly string[] {
  const text = `comparison: ${comparison}\nobjectives: [${objectives}]\ntotal_score: ${total}\n`
  const slo = parseSlo(text)
  const judgement = judge(slo, measurements, candidates, { ...defaultPolicies, misspeltKeys: 'keptn' })
  const findings = lint(text, [], [], { misspeltKeys: 'allow' })
  const warnings = findings.map(({ rule, ...finding }) => ({ code: rule, ...finding }))
  return bearing(warnings, { slo, judgement, candidates }).map(({ code }) => code)
}

const relative = { objectives: '{sli: a, pass: [{criteria: ["<=+10%"]}]}' }
const falling = { objectives: '{sli: a, pass: [{criteria: ["<=-10%", "<600"]}]}' }
const wide = { objectives: '{sli: a, pass: [{criteria: ["<5"]}], warning: [{criteria: [">=0"]}]}' }
const stricter = { objectives: '{sli: a, pass: [{criteria: ["<9"]}], warning: [{criteria: ["<5"]}]}' }
const either = { objectives: '{sli: a, pass: [{criteria: ["<600"]}, {criteria: ["<800"]}]}' }
const fixed = { objectives: '{sli: a, pass: [{criteria: ["<5"]}]}' }
const one = [candidate('one', [earlier('a', 100)])]
const failed = [candidate('one', [earlier('a', 100)], 'fail')]

for (const { name, rule, file, value, candidates = [], isTold } of [
  { name: 'a first build', rule: 'first_build_passes', file: relative, value: 1, isTold: true },
  { name: 'a compared build', rule: 'first_build_passes', file: relative, value: 1, candidates: one, isTold: false },
  { name: 'a pass', rule: 'must_improve', file: falling, value: 50, candidates: one, isTold: false },
  { name: 'a fail', rule: 'must_improve', file: falling, value: 100, candidates: one, isTold: true },
  { name: 'a warning', rule: 'never_fails', file: wide, value: 7, isTold: true },
  { name: 'a pass', rule: 'never_fails', file: wide, value: 3, isTold: false },
  { name: 'a pass that misses the warning', rule: 'warning_unreachable', file: stricter, value: 7, isTold: true },
  { name: 'a pass that meets the warning', rule: 'warning_unreachable', file: stricter, value: 3, isTold: false },
  { name: 'a value between two entries', rule: 'alternative_redundant', file: either, value: 700, isTold: true },
  { name: 'a value in both entries', rule: 'alternative_redundant', file: either, value: 500, isTold: false },
  {
    name: 'a build after a failed one',
    rule: 'failed_baseline',
    file: { ...relative, comparison: single },
    value: 100,
    candidates: failed,
    isTold: true,
  },
  {
    name: 'a build after one that passed',
    rule: 'failed_baseline',
    file: { ...relative, comparison: single },
    value: 100,
    candidates: one,
    isTold: false,
  },
  {
    name: 'a first build',
    rule: 'compare_with_missing',
    file: { ...relative, comparison: '{}' },
    value: 100,
    isTold: false,
  },
  { name: 'a score of 100', rule: 'pass_at_zero', file: { ...fixed, total: '{pass: 0}' }, value: 3, isTold: false },
  { name: 'a score of 0', rule: 'pass_at_zero', file: { ...fixed, total: '{pass: 0}' }, value: 7, isTold: true },
  { name: 'any build', rule: 'misspelt_key', file: { objectives: '{sli: a, pas: 1}' }, value: 7, isTold: true },
  { name: 'any build', rule: 'all_informational', file: { objectives: '{sli: a}' }, value: 7, isTold: false },
]) {
  test(`${rule} is ${isTold ? '' : 'not '}reported for ${name}`, () => {
    expect(told(file, [measured('a', value)], candidates).includes(rule)).toBe(isTold)
  })
}

test('a finding about one objective does not bear on another one', () => {
  const two = '{sli: "a ", pass: [{criteria: ["<5"]}]}, {sli: "b ", pass: [{criteria: ["<5"]}]}'
  expect(told({ objectives: two }, [measured('a ', 1), missing('b ')])).toEqual(['sli_blank'])
})

describe('findings of one rule in one file', () => {
  const message = 'weight 0 counts as 1'
  const finding = (line: number, change: object = {}) => ({
    code: 'weight_zero',
    message,
    file: 'slo.yaml',
    line,
    indicator: 'a',
    ...change,
  })

  test('are one with their count and their lines', () => {
    const lines = [3, 5, 5, 8, 9, 12, 14]
    expect(foldedFindings(lines.map((line) => finding(line)))).toEqual([
      {
        code: 'weight_zero',
        message: 'weight 0 counts as 1 (7 findings like this: lines 3, 5, 8, 9, 12, …)',
        file: 'slo.yaml',
        line: 3,
        count: 7,
      },
    ])
  })

  test('of one line do not name it again', () => {
    const folded = foldedFindings([finding(3), finding(3)])
    expect(folded).toMatchObject([{ message: `${message} (2 findings like this)`, line: 3, count: 2 }])
  })

  test('of other files, and warnings that are not findings, stay separate', () => {
    const unused = finding(1, { code: 'unused_indicator' })
    const others = [finding(3), finding(3, { file: 'sli.yaml' }), unused, unused]
    expect(foldedFindings(others)).toEqual(others)
  })
})
