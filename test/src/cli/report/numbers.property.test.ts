import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { junitReport } from '../../../../src/cli/report/junit.ts'
import { markdownReport } from '../../../../src/cli/report/markdown.ts'
import { reportOf, type Report } from '../../../../src/cli/report/report.ts'
import { textReport } from '../../../../src/cli/report/text.ts'
import { defaultPolicies, explain, explanationText, judge, parseSlo } from '../../../../slo/index.ts'
import { nextAbove, nextBelow } from '../../../../slo/explain/number.ts'
import { candidate, earlier, measured } from '../../../slo/build.ts'
import { readXml } from '../../../support/xml.ts'

const operators = ['<=', '>=', '<', '>', '='] as const
const anyOperator = fc.constantFrom(...operators)
type Operator = (typeof operators)[number]

/** Numbers as people write them, and as divisions leave them. */
const anyLimit = fc.oneof(
  fc.integer({ min: 0, max: 20_000_000 }),
  fc.integer({ min: 0, max: 100_000_000 }).map((number) => number / 100_000),
  fc.double({ min: 0, max: 1e9, noNaN: true }),
)
const amount = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.double({ min: -50, max: 50, noNaN: true }))
const relative = fc
  .tuple(amount, fc.boolean())
  .map(
    ([number, isPercent]) =>
      `${number < 0 || Object.is(number, -0) ? '-' : '+'}${Math.abs(number)}${isPercent ? '%' : ''}`,
  )
const absolute = anyLimit.map(String)
const criterion = fc.tuple(anyOperator, fc.oneof(absolute, relative)).map((parts) => parts.join(''))

/** From a limit: itself, the doubles beside it, and what differs from it in one of its digits. */
const moves: readonly ((number: number) => number)[] = [
  (number) => number,
  nextAbove,
  nextBelow,
  ...[2, 3, 4, 5, 6, 7, 8, 12].flatMap((place) => [
    (number: number) => number * (1 + 10 ** -place),
    (number: number) => number * (1 - 10 ** -place),
  ]),
  (number) => Math.round(number),
]

interface Case {
  readonly criteria: readonly string[]
  readonly warning: readonly string[]
  readonly baseline: number
  readonly near: number
  readonly move: (number: number) => number
}

const judgedCase: fc.Arbitrary<Case> = fc.record({
  criteria: fc.array(criterion, { minLength: 1, maxLength: 3 }),
  warning: fc.array(criterion, { maxLength: 1 }),
  baseline: anyLimit,
  near: fc.nat(),
  move: fc.constantFrom(...moves),
})

function reported({ criteria, warning, baseline, near, move }: Case): Report {
  const listed = (list: readonly string[]): string => list.map((text) => JSON.stringify(text)).join(', ')
  const warned = warning.length === 0 ? '' : `, warning: [{criteria: [${listed(warning)}]}]`
  const slo = parseSlo(`comparison: {compare_with: single_result, include_result_with_score: all}
objectives: [{sli: a, pass: [{criteria: [${listed(criteria)}]}]${warned}}]
total_score: {pass: "90%", warning: "50%"}
`)
  const candidates = [candidate('1', [earlier('a', baseline)])]
  const targets = judge(slo, [measured('a', 0)], candidates, defaultPolicies).objectives.flatMap(
    ({ passTargets, warningTargets }) =>
      [...passTargets, ...warningTargets].flatMap(({ targetValue }) => targetValue ?? []),
  )
  const value = move(targets[near % targets.length] ?? 0)
  const inputs = [slo, [measured('a', value)], candidates, defaultPolicies] as const
  const judgement = judge(...inputs)
  return reportOf(
    'slo.yaml',
    { ...judgement, totalScore: slo.totalScore, warnings: [] },
    explanationText(explain(...inputs)),
  )
}

function holds(operator: string, value: number, target: number): boolean {
  switch (operator) {
    case '<':
      return value < target
    case '<=':
      return value <= target
    case '>':
      return value > target
    case '>=':
      return value >= target
    default:
      return value === target
  }
}

/** What a reader takes for the condition of `<600`, `<=+10% (121)` or `<=+10% = 121`. */
function shownCondition(text: string): { readonly operator: Operator; readonly target: number } | undefined {
  const parts = /^(?<operator>[<>]=?|=)(?<own>[^ ]+)(?: (?:= |\()(?<limit>[^ )]+)\)?)?$/.exec(text)?.groups
  const operator = operators.find((one) => one === parts?.['operator'])
  if (parts === undefined || operator === undefined) throw new Error(`no condition: ${text}`)
  const target = Number(parts['limit'] ?? parts['own'])
  return Number.isNaN(target) ? undefined : { operator, target }
}

/** Whether a shown value meets a shown condition; undefined where no number is shown. */
function reads(value: string, condition: string): boolean | undefined {
  const shown = shownCondition(condition)
  return shown && holds(shown.operator, Number(value), shown.target)
}

const settings = { numRuns: 1000, seed: 16 }
const isMet = ({ violated }: { readonly violated: boolean }): boolean => !violated

describe('no shown value meets a limit that it violates, nor the reverse:', () => {
  const forEach = (check: (report: Report) => void): void =>
    fc.assert(
      fc.property(judgedCase, (one) => check(reported(one))),
      settings,
    )

  test('in the table', () => {
    forEach((report) => {
      const row = textReport(report, { columns: 10_000, isColored: false }).split('\n')[3] ?? ''
      const [, value = '', , needed = ''] = row.split(/ {2,}/)
      const conditions = needed.split(/ (?=!?[<>=])/).map((text) => text.replace('!', ''))
      const expected = report.objectives[0]?.passTargets.map(isMet)
      const read = conditions.map((text, place) => reads(value, text) ?? expected?.[place])
      expect(read).toEqual(expected)
    })
  })

  test('in Markdown', () => {
    forEach((report) => {
      const row = markdownReport(report)
        .split('\n')
        .find((line) => line.includes('/1 |'))
      const [, , , value = '', , needed = ''] = (row ?? '').split(' | ').flatMap((cell) => cell.split(/^\| /))
      const conditions = [...needed.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)
      const expected = report.objectives[0]?.passTargets.map(isMet)
      const read = conditions.map((text, place) => reads(value, text) ?? expected?.[place])
      expect(read).toEqual(expected)
    })
  })

  test('in JUnit', () => {
    forEach((report) => {
      const [suite] = readXml(junitReport(report)).children
      const failure = suite?.children[0]?.children.find(({ name }) => name === 'failure')
      if (failure === undefined) return
      const [value = '', needed = ''] = failure.attributes['message']?.split(' does not meet ') ?? []
      expect(needed.split(', ').map((text) => reads(value, text) ?? false)).not.toContain(true)
    })
  })

  test('in the explanation', () => {
    forEach((report) => {
      const told = /\((?<value>\S+), where (?<needed>.*) is needed\)/.exec(report.explanation ?? '')?.groups
      if (told === undefined) return
      const conditions =
        told['needed']?.split(/ and |, /).filter((text) => text !== '…' && !text.includes('finite')) ?? []
      expect(conditions.map((text) => reads(told['value'] ?? '', text) ?? false)).not.toContain(true)
    })
  })
})

describe('no shown score reaches a limit that it misses, nor the reverse:', () => {
  const weights = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.boolean()), { minLength: 1, maxLength: 6 })
  const digits = fc.option(fc.integer({ min: 2, max: 15 }), { nil: undefined })
  const percent = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0.01, max: 100, noNaN: true }))

  test('in the headline', () => {
    fc.assert(
      fc.property(weights, percent, percent, digits, (objectives, some, other, precision) => {
        const items = objectives.map(
          ([weight], place) => `{sli: a${place}, weight: ${weight}, pass: [{criteria: ["<1"]}]}`,
        )
        const values = objectives.map(([, isPass], place) => measured(`a${place}`, isPass ? 0 : 2))
        const [least = 0, most = 0] = [some, other].toSorted((one, another) => one - another)
        const totals = (pass: number, warning: number): string => `total_score: {pass: ${pass}, warning: ${warning}}`
        const read = (total: string) => {
          const slo = parseSlo(`objectives: [${items.join(', ')}]\n${total}\n`)
          return { slo, judgement: judge(slo, values, [], defaultPolicies) }
        }
        const first = read(totals(most, least))
        const limit = Math.min(100, Math.max(0.01, Number(first.judgement.score?.toPrecision(precision))))
        const { slo, judgement } = precision === undefined ? first : read(totals(limit, Math.min(least, limit)))
        const report = reportOf('slo.yaml', { ...judgement, totalScore: slo.totalScore, warnings: [] }, '')
        const headline = textReport(report, { columns: 10_000, isColored: false }).split('\n')[0]
        const score = Number(headline?.split(', score ')[1])
        const result =
          score >= slo.totalScore.pass ? 'pass' : score >= (slo.totalScore.warning ?? 0) ? 'warning' : 'fail'
        expect(result).toBe(judgement.result)
      }),
      settings,
    )
  })

  test('of 57 of 100 points', () => {
    const slo = parseSlo(`objectives:
  - {sli: a, weight: 57, pass: [{criteria: ["<1"]}]}
  - {sli: b, weight: 43, pass: [{criteria: ["<1"]}]}
total_score: {pass: "57%"}
`)
    const judgement = judge(slo, [measured('a', 0), measured('b', 1)], [], defaultPolicies)
    const report = reportOf('slo.yaml', { ...judgement, totalScore: slo.totalScore, warnings: [] }, '')
    for (const text of [
      textReport(report, { columns: 80, isColored: false }),
      markdownReport(report),
      junitReport(report),
    ])
      expect(text).toContain('fail, score 56.99999999999999')
  })
})

test('the digit that decides is shown', () => {
  const slo = parseSlo(`objectives:
  - {sli: requests, pass: [{criteria: ["=1234567"]}]}
  - {sli: availability, pass: [{criteria: [">=99.99995"]}]}
  - {sli: errors, pass: [{criteria: ["<=+0%"]}]}
total_score: {pass: "90%"}
`)
  const values = [measured('requests', 1_234_566), measured('availability', 99.99994), measured('errors', 100.00001)]
  const judgement = judge(slo, values, [candidate('1', [earlier('errors', 100)])], defaultPolicies)
  const report = reportOf('slo.yaml', { ...judgement, totalScore: slo.totalScore, warnings: [] }, '')
  expect(textReport(report, { columns: 80, isColored: false }).split('\n\n')[1]).toBe(`\
objective         value  before  needed        points  status
requests        1234566          !=1234567        0/1  fail
availability   99.99994          !>=99.99995      0/1  fail
errors        100.00001     100  !<=+0% (100)     0/1  fail`)
  const junit = junitReport(report)
  for (const told of ['1234566 does not meet =1234567', '100.00001 does not meet &lt;=+0% (100)'])
    expect(junit).toContain(told)
  expect(markdownReport(report)).toContain('| availability | 99.99994 |  | ✗ `>=99.99995` |')
})
