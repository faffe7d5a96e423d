import { describe, expect, test } from 'vitest'
import { defaultSloLimits, parseSlo, SloError, sloLimitsOf } from '../../slo/index.ts'
import { issuesOf } from './build.ts'

const total = 'total_score: {pass: 90%}\n'

test('a whole file', () => {
  const slo = parseSlo(`---
spec_version: 1.10
filter:
  id: 0x10
  handler: ItemsController
comparison:
  compare_with: several_results
  include_result_with_score: PASS
  number_of_comparison_results: 5
  aggregate_function: p90
objectives:
  - sli: response_time_p95
    displayName: Response time
    pass:
      - criteria: ["<=+10%", "<600"]
      - criteria: ["<100"]
    warning:
      - criteria: ["<=800"]
    weight: 2
    key_sli: true
  - null
  - sli: throughput
total_score:
  pass: "90%"
  warning: 75
`)
  expect(slo).toMatchObject({
    specVersion: '1.10',
    filter: [
      ['id', '0x10'],
      ['handler', 'ItemsController'],
    ],
    comparison: { resultsMax: 5, include: 'pass', aggregate: 'p90' },
    totalScore: { pass: 90, warning: 75 },
    findings: [],
  })
  expect(slo.objectives).toMatchObject([
    { indicator: 'response_time_p95', displayName: 'Response time', weight: 2, isKey: true, line: 12 },
    { indicator: 'throughput', displayName: '', pass: [], warning: [], weight: 1, isKey: false, line: 22 },
  ])
  expect(slo.objectives[0]?.pass.map((set) => set.map(({ text }) => text))).toEqual([['<=+10%', '<600'], ['<100']])
})

describe('comparison', () => {
  for (const { text, comparison } of [
    { text: '', comparison: { resultsMax: 1, include: 'all', aggregate: 'avg' } },
    { text: 'comparison:\n', comparison: { resultsMax: 1, include: 'all', aggregate: 'avg' } },
    { text: 'comparison: {}\n', comparison: { resultsMax: 3, include: 'all', aggregate: 'avg' } },
    { text: 'comparison: {number_of_comparison_results: 7}\n', comparison: { resultsMax: 3 } },
    {
      text: 'comparison: {compare_with: single_result, number_of_comparison_results: 7}\n',
      comparison: { resultsMax: 1 },
    },
    { text: 'comparison: {compare_with: several_results}\n', comparison: { resultsMax: 3 } },
    {
      text: 'comparison: {compare_with: several_results, number_of_comparison_results: 0}\n',
      comparison: { resultsMax: 3 },
    },
    {
      text: 'comparison: {compare_with: several_results, number_of_comparison_results: 0x10}\n',
      comparison: { resultsMax: 16 },
    },
    {
      text: 'comparison: {compare_with: several_results, number_of_comparison_results: 100}\n',
      comparison: { resultsMax: 100 },
    },
  ]) {
    test(`reads ${JSON.stringify(text)}`, () => {
      expect(parseSlo(text + total).comparison).toMatchObject(comparison)
    })
  }
})

describe('every problem has its place', () => {
  for (const { name, text, issues } of [
    {
      name: 'three at once, in the order of the file',
      text: `objectives:\n  - sli: a\n    pass:\n      - criteria: ["<5ms"]\n    weight: 1.5\ncomparison: {aggregate_function: p99}\n${total}`,
      issues: [
        { code: 'criterion_invalid', line: 4, column: 20 },
        { code: 'weight_invalid', line: 5, column: 13 },
        { code: 'unknown_word', line: 6, column: 34 },
      ],
    },
    { name: 'nothing', text: '', issues: [{ code: 'empty', line: 1, column: 1 }] },
    { name: 'comments only', text: '# later\n', issues: [{ code: 'empty' }] },
    { name: 'a null document', text: '---\n~\n', issues: [{ code: 'empty', line: 2, column: 1 }] },
    { name: 'a list', text: '- a\n', issues: [{ code: 'wrong_type', line: 1, column: 1 }] },
    { name: 'no total_score', text: 'objectives: []\n', issues: [{ code: 'total_score_missing', line: 1, column: 1 }] },
    {
      name: 'no total_score.pass',
      text: 'total_score: {warning: 5}\n',
      issues: [{ code: 'total_score_missing', line: 1, column: 14 }],
    },
    {
      name: 'pass above 100',
      text: 'total_score: {pass: 101%}\n',
      issues: [{ code: 'threshold_invalid', line: 1, column: 21 }],
    },
    {
      name: 'a negative warning',
      text: 'total_score: {pass: 90, warning: -1}\n',
      issues: [{ code: 'threshold_invalid', line: 1, column: 34 }],
    },
    { name: 'words for a threshold', text: 'total_score: {pass: most}\n', issues: [{ code: 'threshold_invalid' }] },
    { name: 'a list for a threshold', text: 'total_score: {pass: [90]}\n', issues: [{ code: 'wrong_type' }] },
    {
      name: 'a bad criterion in warning',
      text: `objectives: [{sli: a, warning: [{criteria: [5]}]}]\n${total}`,
      issues: [{ code: 'criterion_invalid', line: 1, column: 45 }],
    },
    {
      name: 'an empty set',
      text: `objectives: [{sli: a, pass: [{criteria: []}]}]\n${total}`,
      issues: [{ code: 'criteria_empty', line: 1, column: 30 }],
    },
    {
      name: 'a set of nulls',
      text: `objectives: [{sli: a, pass: [{criteria: [null]}]}]\n${total}`,
      issues: [{ code: 'criteria_empty' }],
    },
    {
      name: 'a misspelt set',
      text: `objectives: [{sli: a, pass: [{criterion: ["<5"]}]}]\n${total}`,
      issues: [{ code: 'criteria_empty' }],
    },
    {
      name: 'a null set',
      text: `objectives: [{sli: a, pass: [null]}]\n${total}`,
      issues: [{ code: 'empty_entry', line: 1, column: 30 }],
    },
    {
      name: 'strings for sets',
      text: `objectives: [{sli: a, pass: ["<5"]}]\n${total}`,
      issues: [{ code: 'wrong_type', line: 1, column: 29 }],
    },
    {
      name: 'a mapping for sets',
      text: `objectives: [{sli: a, pass: {criteria: ["<5"]}}]\n${total}`,
      issues: [{ code: 'wrong_type' }],
    },
    {
      name: 'a negative weight',
      text: `objectives: [{sli: a, weight: -1}]\n${total}`,
      issues: [{ code: 'weight_invalid', line: 1, column: 31 }],
    },
    {
      name: 'a quoted weight',
      text: `objectives: [{sli: a, weight: "2"}]\n${total}`,
      issues: [{ code: 'weight_invalid' }],
    },
    {
      name: 'a quoted key_sli',
      text: `objectives: [{sli: a, key_sli: "true"}]\n${total}`,
      issues: [{ code: 'wrong_type' }],
    },
    {
      name: 'an unknown compare_with',
      text: `comparison: {compare_with: Single_Result}\n${total}`,
      issues: [{ code: 'unknown_word', line: 1, column: 28 }],
    },
    {
      name: 'an unknown include',
      text: `comparison: {include_result_with_score: warn}\n${total}`,
      issues: [{ code: 'unknown_word' }],
    },
    {
      name: 'too many results',
      text: `comparison: {compare_with: several_results, number_of_comparison_results: 101}\n${total}`,
      issues: [{ code: 'comparison_number_invalid', line: 1, column: 75 }],
    },
    {
      name: 'half a result',
      text: `comparison: {number_of_comparison_results: 1.5}\n${total}`,
      issues: [{ code: 'comparison_number_invalid' }],
    },
    {
      name: 'a word of results',
      text: `comparison: {number_of_comparison_results: [3]}\n${total}`,
      issues: [{ code: 'wrong_type' }],
    },
    {
      name: 'a filter that is a list',
      text: `filter: []\n${total}`,
      issues: [{ code: 'wrong_type', line: 1, column: 9 }],
    },
    {
      name: 'a filter of lists',
      text: `filter: {a: []}\n${total}`,
      issues: [{ code: 'wrong_type', line: 1, column: 13 }],
    },
    {
      name: 'a repeated key',
      text: `${total}objectives: []\nobjectives: []\n`,
      issues: [{ code: 'duplicate_key', line: 3, column: 1 }],
    },
    { name: 'a list as a key', text: `${total}? [a]\n: b\n`, issues: [{ code: 'wrong_type', line: 2, column: 3 }] },
    {
      name: 'bad YAML',
      text: `objectives: [{sli: a\n${total}`,
      issues: [{ code: 'yaml_syntax', line: 1, fix: 'write objectives: [{sli: a}]' }],
    },
    {
      name: 'an unquoted >=',
      text: `objectives:\n  - sli: a\n    pass:\n      - criteria:\n          - >=5\n${total}`,
      issues: [{ code: 'yaml_syntax', line: 5, column: 11, fix: 'write - ">=5"' }],
    },
    {
      name: 'a tab as indentation',
      text: 'total_score:\n\tpass: 90\n',
      issues: [{ code: 'yaml_syntax', line: 2, column: 1 }],
    },
    {
      name: 'an unknown alias',
      text: `objectives: *o\n${total}`,
      issues: [{ code: 'unknown_alias', line: 1, column: 13 }],
    },
    {
      name: 'an alias within its anchor',
      text: `objectives: &o [{sli: a, pass: *o}]\n${total}`,
      issues: [{ code: 'alias_loop' }],
    },
    {
      name: 'a merge of a text',
      text: `objectives: [{<<: a}]\n${total}`,
      issues: [{ code: 'bad_merge', line: 1, column: 19 }],
    },
    {
      name: 'a control character',
      text: `objectives: [{sli: "a\u0007"}]\n${total}`,
      issues: [{ code: 'bad_character', line: 1, column: 22 }],
    },
    {
      name: 'half a surrogate pair',
      text: `objectives: [{sli: "a\ud800"}]\n${total}`,
      issues: [{ code: 'bad_character' }],
    },
    { name: '!!int of a word', text: `objectives: [{sli: !!int a}]\n${total}`, issues: [{ code: 'wrong_type' }] },
  ]) {
    test(`${name}: its place`, () => {
      expect(issuesOf(text)).toMatchObject(issues)
    })
  }

  test('a problem in an aliased value is told once', () => {
    const text = `objectives:\n  - sli: a\n    pass: &p [{criteria: [bad]}]\n  - sli: b\n    pass: *p\n${total}`
    expect(issuesOf(text)).toMatchObject([{ code: 'criterion_invalid', line: 3 }])
  })

  test('the message of the error names them all', () => {
    expect(() => parseSlo('comparison: {compare_with: x}\n')).toThrow(
      /^1:1: total_score is missing.*\n1:28: compare_with/s,
    )
  })
})

describe('findings do not make a file invalid', () => {
  for (const { name, text, findings } of [
    {
      name: 'an unknown key',
      text: `owner: []\nobjectives: [{sli: a}]\n${total}`,
      findings: [{ code: 'unknown_key', line: 1, column: 1 }],
    },
    {
      name: 'an unknown key in an objective',
      text: `objectives: [{sli: a, displayname: A}]\n${total}`,
      findings: [{ code: 'unknown_key', line: 1, column: 23 }],
    },
    {
      name: 'keys of extensions are none',
      text: `x-owner: me\nobjectives: [{sli: a, x-note: b}]\n${total}`,
      findings: [],
    },
    {
      name: 'a missing compare_with',
      text: `comparison: {}\nobjectives: [{sli: a}]\n${total}`,
      findings: [{ code: 'compare_with_missing', line: 1, column: 13 }],
    },
    {
      name: 'weight 0',
      text: `objectives: [{sli: a, weight: 0}]\n${total}`,
      findings: [{ code: 'weight_zero', line: 1, column: 31 }],
    },
    {
      name: 'key_sli without pass',
      text: `objectives: [{sli: a, key_sli: true}]\n${total}`,
      findings: [{ code: 'key_sli_without_effect', line: 1 }],
    },
    {
      name: 'an objective without sli',
      text: `objectives: [{weight: 2}]\n${total}`,
      findings: [{ code: 'sli_empty', line: 1, column: 14 }],
    },
    {
      name: 'a warning above pass',
      text: 'objectives: [{sli: a}]\ntotal_score: {pass: 80, warning: 90}\n',
      findings: [{ code: 'warning_above_pass', line: 2 }],
    },
    { name: 'no objectives', text: total, findings: [{ code: 'no_objectives' }] },
  ]) {
    test(`finding: ${name}`, () => {
      const found = parseSlo(text).findings
      expect(found).toHaveLength(findings.length)
      expect(found).toMatchObject(findings)
    })
  }
})

describe('YAML as Keptn reads it', () => {
  for (const { name, text, sli } of [
    { name: 'a number stays as written', text: '1.10', sli: '1.10' },
    { name: 'a date stays as written', text: '2020-01-01', sli: '2020-01-01' },
    { name: 'null is nothing', text: 'null', sli: '' },
    { name: 'quoted null is a text', text: '"null"', sli: 'null' },
    { name: 'an alias', text: '*name', sli: 'named' },
    { name: 'a merged key loses to an own one', text: 'own\n    <<: {sli: merged}', sli: 'own' },
  ]) {
    test(`reads: ${name}`, () => {
      const slo = parseSlo(`x-names: [&name named]\nobjectives:\n  - sli: ${text}\n${total}`)
      expect(slo.objectives[0]?.indicator).toBe(sli)
    })
  }

  test('merged keys, earlier sources first', () => {
    const slo = parseSlo(
      `x-a: &a {weight: 3}\nx-b: &b {weight: 5, displayName: B}\nobjectives: [{sli: m, <<: [*a, *b]}]\n${total}`,
    )
    expect(slo.objectives[0]).toMatchObject({ weight: 3, displayName: 'B' })
  })

  for (const [name, change] of [
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['CR', (text: string) => text.replaceAll('\n', '\r')],
    ['a second document, broken', (text: string) => `${text}---\n[\n`],
    ['no final line break', (text: string) => text.trimEnd()],
  ] as const) {
    test(`${name} changes nothing`, () => {
      const text = `objectives:\n  - sli: a\n    pass: [{criteria: [<5]}]\n${total}`
      expect(parseSlo(change(text))).toEqual(parseSlo(text))
    })
  }
})

/** Of the processor's time, so that a busy machine counts for little. */
function readingMs(text: string): number {
  const before = process.cpuUsage()
  expect(issuesOf(text)).not.toEqual([])
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

describe('no text is too much', () => {
  const objective = '  - {sli: m, pass: [{criteria: [<5]}]}\n'
  const sharedSet = `x-c: &c {criteria: [${'<5, '.repeat(1000)}]}\n`

  const mergesOfMerges = Array.from({ length: 2000 }, (_, place) =>
    place === 0 ? 'x-0: &a0 {k: 1}\n' : `x-${place}: &a${place} {<<: *a${place - 1}, k${place}: 1}\n`,
  ).join('')

  for (const { name, text, code } of [
    { name: 'ten million characters', text: '#'.repeat(10_000_000), code: 'too_large' },
    { name: 'half a million brackets', text: '['.repeat(500_000), code: 'too_deep' },
    { name: 'a hundred thousand dashes', text: `${'- '.repeat(100_000)}x`, code: 'too_deep' },
    { name: 'a hundred thousand question marks', text: '? '.repeat(100_000), code: 'too_deep' },
    {
      name: 'a thousand levels of keys',
      text: Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
      code: 'too_deep',
    },
    {
      name: 'a thousand and one objectives',
      text: `objectives:\n${objective.repeat(1001)}${total}`,
      code: 'too_many_objectives',
    },
    {
      name: 'aliases of criteria',
      text: `${sharedSet}objectives:\n${'  - {sli: m, pass: [*c]}\n'.repeat(21)}${total}`,
      code: 'too_many_criteria',
    },
    {
      name: 'aliases of unknown keys',
      text: `x-k: &k {${'k,'.repeat(10_000)}}\nobjectives: [${'*k,'.repeat(1000)}]\n${total}`,
      code: 'too_many_values',
    },
    { name: 'merges of merges', text: mergesOfMerges, code: 'too_many_values' },
    { name: 'a hundred thousand closing brackets', text: '}'.repeat(100_000), code: 'yaml_syntax' },
  ]) {
    test(`${name}: ${code}`, () => {
      expect(issuesOf(text).map((issue) => issue.code)).toContain(code)
    })
  }

  test('a thousand objectives are read, and two thousand where as many may be', () => {
    const text = (count: number) => `objectives:\n${objective.repeat(count)}${total}`
    expect(parseSlo(text(1000)).objectives).toHaveLength(1000)
    expect(parseSlo(text(2000), sloLimitsOf(2000)).objectives).toHaveLength(2000)
    expect(() => parseSlo(text(2001), sloLimitsOf(2000))).toThrow('there are 2001 objectives, at most 2000 are read')
  })

  test('a thousand objectives with every field, and ten thousand criteria, are read', () => {
    const field = (place: number) =>
      `  - sli: metric_${place}\n    displayName: "Metric ${place}"\n    weight: 1\n    key_sli: false\n    pass:\n      - criteria:\n          - "<=+10%"\n    warning:\n      - criteria: ["<=800"]\n`
    const full = Array.from({ length: 1000 }, (_, place) => field(place)).join('')
    expect(parseSlo(`objectives:\n${full}${total}`).objectives).toHaveLength(1000)
    const many = `  - {sli: a, pass: [{criteria: [${'<5,'.repeat(100)}]}]}\n`
    expect(parseSlo(`objectives:\n${many.repeat(100)}${total}`).objectives).toHaveLength(100)
  })

  for (const { levels, codes } of [
    { levels: 14, codes: [] },
    { levels: 15, codes: ['too_many_values'] },
    { levels: 30, codes: ['too_many_values'] },
  ]) {
    test(`laughs doubled ${levels} times: ${codes.join() || 'an SLO'}`, () => {
      const doubled = Array.from(
        { length: levels },
        (_, place) => `x-${place + 1}: &l${place + 1} [*l${place}, *l${place}]\n`,
      )
      expect(issuesOf(`x-0: &l0 ha\n${doubled.join('')}${total}`).map(({ code }) => code)).toEqual(codes)
    })
  }

  // What is wrong from the start is given up early. Were each character of it reported, it would take ten times as long as the list.
  for (const stray of [']', '}\n', '"\n', '% \n']) {
    test(`nothing but ${JSON.stringify(stray)} is refused sooner than a list as long is read`, () => {
      const length = 128 * 1024
      const listMs = readingMs('- x\n'.repeat(length / 4))
      expect(readingMs(stray.repeat(length / stray.length))).toBeLessThan(listMs)
    })
  }

  test('of thousands of problems the first are told, and how many are left', () => {
    const issues = issuesOf(`objectives: [${'{weight: x},'.repeat(1000)}]\n${total}`)
    expect(issues).toHaveLength(defaultSloLimits.issuesMax + 1)
    expect(issues.at(-1)).toMatchObject({ code: 'more', message: 'and 800 more' })
  })

  test('a message never quotes a whole file', () => {
    for (const text of [
      `objectives: [{sli: a, pass: [{criteria: [${'5'.repeat(100_000)}]}]}]\n${total}`,
      '!'.repeat(100_000),
    ]) {
      expect(Math.max(...issuesOf(text).map(({ message }) => message.length))).toBeLessThan(500)
    }
  })

  test('limits can be set', () => {
    expect(() => parseSlo(total, { ...defaultSloLimits, charactersMax: 10 })).toThrow(SloError)
  })
})

describe('a misspelt key', () => {
  const passing = 'pass: [{criteria: ["<=1"]}]'
  const objective = (key: string): string => `objectives: [{sli: a, ${key}: x}]\n${total}`
  for (const { name, text, fix } of [
    { name: 'pas', text: objective('pas'), fix: 'write pass' },
    { name: 'warn', text: objective('warn'), fix: 'write warning' },
    { name: 'keySLI', text: objective('keySLI'), fix: 'write key_sli' },
    { name: 'key-sli', text: objective('key-sli'), fix: 'write key_sli' },
    { name: '"Key SLI"', text: objective('"Key SLI"'), fix: 'write key_sli' },
    { name: 'weigth', text: objective('weigth'), fix: 'write weight' },
    { name: 'Sli', text: objective('Sli'), fix: 'remove it: sli is already present' },
    {
      name: 'total-score',
      text: `objectives: [{sli: a}]\ntotal-score: {pass: 10}\n${total}`,
      fix: 'remove it: total_score is already present',
    },
    { name: 'x_gate', text: `x_gate: none\nobjectives: [{sli: a}]\n${total}`, fix: 'write x-gate' },
    { name: 'Filter', text: `Filter: {a: b}\nobjectives: [{sli: a}]\n${total}`, fix: 'write filter' },
    {
      name: 'compare',
      text: `comparison: {compare: single_result, compare_with: single_result}\nobjectives: [{sli: a}]\n${total}`,
      fix: 'remove it: compare_with is already present',
    },
    {
      name: 'criterias beside criteria',
      text: `objectives: [{sli: a, pass: [{criteria: ["<1"], criterias: ["<2"]}]}]\n${total}`,
      fix: 'remove it: criteria is already present',
    },
    {
      name: 'key_sli inside an entry of pass',
      text: `objectives: [{sli: a, pass: [{criteria: ["<1"], key_sli: true}]}]\n${total}`,
      fix: 'write key_sli in an objective',
    },
    {
      name: 'keySli inside an entry of warning',
      text: `objectives: [{sli: a, ${passing}, warning: [{criteria: ["<1"], keySli: true}]}]\n${total}`,
      fix: 'write key_sli in an objective',
    },
    {
      name: 'criteria beside sli',
      text: objective('criteria'),
      fix: 'write criteria in an entry of pass or in an entry of warning',
    },
    {
      name: 'criterias beside sli',
      text: objective('criterias'),
      fix: 'write criteria in an entry of pass or in an entry of warning',
    },
    {
      name: 'aggregate_function at the root',
      text: `aggregate_function: p90\nobjectives: [{sli: a}]\n${total}`,
      fix: 'write aggregate_function in comparison',
    },
    {
      name: 'weight in total_score',
      text: 'objectives: [{sli: a}]\ntotal_score: {pass: 90, weight: 3}\n',
      fix: 'write weight in an objective',
    },
    { name: 'x-gate in an objective', text: objective('x-gate'), fix: 'write x-gate at the root' },
    { name: 'a merged key', text: `x-base: &b {pas: x}\nobjectives: [{<<: *b, sli: a}]\n${total}`, fix: 'write pass' },
  ]) {
    test(`${name} is separate from findings, with its fix`, () => {
      const { misspelt, findings } = parseSlo(text)
      expect(misspelt).toMatchObject([{ code: 'misspelt_key', fix }])
      expect(findings.map(({ code }) => code)).not.toContain('unknown_key')
    })
  }

  for (const { name, text } of [
    { name: 'display_name, which decides nothing', text: objective('display_name') },
    { name: 'displayName at the root', text: `displayName: A\nobjectives: [{sli: a}]\n${total}` },
    { name: 'specVersion, which decides nothing', text: `specVersion: 1\nobjectives: [{sli: a}]\n${total}` },
    ...['note', 'owner', 'unit', 'description', 'name', 'query', 'labels', 'team'].map((key) => ({
      name: key,
      text: objective(key),
    })),
  ]) {
    test(`${name} is a finding only`, () => {
      expect(parseSlo(text)).toMatchObject({ misspelt: [], findings: [{ code: 'unknown_key' }] })
    })
  }

  for (const { name, text } of [
    { name: 'keys of filter', text: `filter: {pas: a, key_sli: b}\nobjectives: [{sli: a}]\n${total}` },
    { name: 'keys that begin with x-', text: `x-pass: 1\nobjectives: [{sli: a, x-weight: 2}]\n${total}` },
    { name: 'what is below x-', text: `x-note: {pas: {keySli: 1}}\nobjectives: [{sli: a}]\n${total}` },
  ]) {
    test(`${name} are free`, () => {
      expect(parseSlo(text)).toMatchObject({ misspelt: [], findings: [] })
    })
  }

  test('is reported with the other problems of a refused file', () => {
    const text = `objectives: [{sli: a, pass: [{criterias: ["<1"]}]}]\n${total}`
    expect(() => parseSlo(text)).toThrow(
      expect.objectContaining({
        issues: [expect.objectContaining({ code: 'criteria_empty' })],
        misspelt: [expect.objectContaining({ code: 'misspelt_key', line: 1, column: 31, fix: 'write criteria' })],
      }),
    )
  })
})

test('four thousand entries of pass and warning are read, and not one more', () => {
  const text = (entries: number) =>
    `objectives: [{sli: a, pass: [${'{criteria: ["<5"]},'.repeat(entries)}]}]\ntotal_score: {pass: 90}\n`
  expect(parseSlo(text(4000)).objectives[0]?.pass).toHaveLength(4000)
  expect(() => parseSlo(text(4001))).toThrow(
    'pass and warning of all objectives together have 4001 entries, at most 4000 are read',
  )
})
