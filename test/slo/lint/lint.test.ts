import { expect, test } from 'vitest'
import { lint, lintRules } from '../../../slo/index.ts'
import { candidate, earlier, ofBuild } from '../build.ts'
import { mutableTexts, mutator } from '../mutations.ts'
import { lintedCases } from './cases.ts'
import { lintDocument, written } from './document.ts'

test('docs/lint-rules.md is what npm run lint-rules writes', () => {
  expect(written()).toBe(lintDocument())
})

test('the findings read as agreed', async () => {
  const texts = [...lintedCases()].map(([name, found]) => `## ${name}\n${found.map((one) => `  ${one}\n`).join('')}`)
  await expect(texts.join('\n')).toMatchFileSnapshot('./golden.txt')
})

test('of hundreds of findings the first are told', () => {
  const zeros = Array.from({ length: 600 }, (_, place) => `  - {sli: s${place}, weight: 0}\n`).join('')
  expect(lint(`objectives:\n${zeros}total_score: {pass: 90}\n`)).toHaveLength(500)
  const wrong = zeros.replaceAll('weight: 0', 'weight: x')
  expect(lint(`objectives:\n${wrong}total_score: {pass: 90}\n`)).toHaveLength(500)
})

test('a file that is refused has its errors for findings, and nothing else', () => {
  expect(lint('objectives: [{sli: a, weight: 0, pass: [{criteria: ["!5"]}]}]\ntotal_score: {pass: 900}\n')).toEqual([
    expect.objectContaining({ rule: 'criterion_invalid', severity: 'error', line: 1, column: 53 }),
    expect.objectContaining({ rule: 'threshold_invalid', severity: 'error', line: 2, column: 21 }),
  ])
  expect(lint('a: [')).toMatchObject([{ rule: 'yaml_syntax', severity: 'error' }])
  expect(lint('')).toMatchObject([{ rule: 'empty', severity: 'error', line: 1, column: 1 }])
})

test('a misspelt word says what was meant', () => {
  const text =
    'comparison: {compare_with: single_result, include_result_with_score: pass_or_warning}\nobjectives: []\ntotal_score: {pass: 90}\n'
  expect(lint(text)).toMatchObject([{ rule: 'unknown_word', severity: 'error', fix: 'write pass_or_warn' }])
})

test('findings stand in the order of the files, each with its place', () => {
  const slo =
    'total_score: {pass: 0.9}\nobjectives:\n  - {sli: b, pass: [{criteria: ["<5"]}]}\n  - {sli: a, weight: 0}\n'
  const slis = [
    { file: 'one.yaml', text: 'indicators: {a: up, c: up}\n' },
    { file: 'two.yaml', text: 'indicators: {b: up}\nunit: ms\n' },
  ]
  const found = lint(slo, slis).map(({ rule, file = 'slo', line, column }) => `${file}:${line}:${column} ${rule}`)
  expect(found).toEqual([
    'slo:1:21 pass_as_fraction',
    'slo:4:22 weight_zero',
    'one.yaml:1:21 indicator_unused',
    'two.yaml:2:1 unknown_key',
  ])
})

test('an sli.yaml that is refused hides no finding of the others', () => {
  const slo = 'objectives: [{sli: eror_rate, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: 90}\n'
  const found = lint(slo, [
    { file: 'bad.yaml', text: 'indicators: [' },
    { file: 'good.yaml', text: 'indicators: {error_rate: up}' },
  ])
  expect(found).toMatchObject([
    { rule: 'yaml_syntax', file: 'bad.yaml' },
    { rule: 'indicator_missing', fix: 'write error_rate' },
    { rule: 'indicator_unused', file: 'good.yaml' },
  ])
})

test('the predicted share of false fails is that of normally distributed values', () => {
  const slo =
    'comparison: {compare_with: single_result, include_result_with_score: pass}\nobjectives: [{sli: a, pass: [{criteria: ["<=+10%", "<999"]}]}]\ntotal_score: {pass: 90}\n'
  // Mean 100, standard deviation 10: the bound is missed beyond 10 ÷ (10 · √(1 + 1.1²)) = 0.673 deviations, by 25 %.
  const values = [90, 110, 90, 110, 90, 110, 100, 110, 90, 100, 100]
  const history = values.map((value, place) => ofBuild(candidate(`e${place}`, [earlier('a', value)])))
  const [found] = lint(slo, [], history)
  expect(found).toMatchObject({ rule: 'tolerance_below_noise', line: 2 })
  expect(found?.message).toMatch(/varies by 8\.944 % .* about 23 % of unchanged builds fail/)
})

test('2,000 mutated files each have an answer, whose places are in the file', () => {
  const rules = new Set(lintRules.map(({ id }) => id))
  let count = 0
  const nextMutation = mutator(mutableTexts(), 20_261_126)
  for (let tries = 0; tries < 2_000; tries += 1) {
    const text = nextMutation()
    const lines = text.split(/\r\n?|\n/).length
    for (const { rule, severity, line, fix } of lint(text)) {
      count += 1
      expect(severity === 'error' || rules.has(rule)).toBe(true)
      expect(line).toBeLessThanOrEqual(lines)
      expect(fix).not.toBe('')
    }
  }
  expect(count).toBeGreaterThan(1_000)
}, 60_000)
