import { describe, expect, test } from 'vitest'
import { lint } from '../../slo/index.ts'
import { issuesOf, sliIssuesOf } from './build.ts'

/** An SLO in block style, with one of its lines written wrongly. */
const lines = [
  'objectives:',
  '  - sli: response_time',
  '    displayName: Response time',
  '    pass:',
  '      - criteria:',
  '          - "<=+10%"',
  '          - "<600"',
  '    weight: 2',
  '  - sli: errors',
  '    pass:',
  '      - criteria: ["<=1", ">=0"]',
  'total_score:',
  '  pass: "90%"',
  '',
]

function withLines(changes: Readonly<Record<number, string>>): string {
  return lines.map((line, place) => changes[place + 1] ?? line).join('\n')
}

test('the SLO is one', () => {
  expect(issuesOf(withLines({}))).toEqual([])
})

const needsQuotes = 'this string needs quotes: it contains characters with a special meaning in YAML'

describe('a frequent slip is reported once, with the corrected line', () => {
  for (const { line, written, said, fix } of [
    {
      line: 3,
      written: '    displayName: "The "best" response time"',
      said: 'a string in double quotes contains unescaped double quotes',
      fix: `write displayName: 'The "best" response time'`,
    },
    {
      line: 2,
      written: '\t- sli: response_time',
      said: 'this line is indented with a tab, but YAML allows only spaces',
      fix: 'indent it with spaces: - sli: response_time',
    },
    {
      line: 7,
      written: '\t\t\t\t\t- "<600"',
      said: 'this line is indented with a tab, but YAML allows only spaces',
      fix: 'indent it with spaces: - "<600"',
    },
    {
      line: 7,
      written: '          - "<600',
      said: 'a string in double quotes has no closing quote',
      fix: 'write - "<600"',
    },
    {
      line: 11,
      written: '      - criteria: ["<=1", ">=0]',
      said: 'a string in double quotes has no closing quote',
      fix: 'write - criteria: ["<=1", ">=0"]',
    },
    {
      line: 11,
      written: '      - criteria: ["<=1" ">=0"]',
      said: 'a comma is missing between two strings of a list',
      fix: 'write - criteria: ["<=1", ">=0"]',
    },
    {
      line: 11,
      written: '      - criteria: ["<=1", ">=0"',
      said: 'a bracket is not closed',
      fix: 'write - criteria: ["<=1", ">=0"]',
    },
    {
      line: 7,
      written: '         - "<600"',
      said: 'this line is indented by 9 spaces, which does not match any earlier line',
      fix: 'indent it by 10 spaces: - "<600"',
    },
    {
      line: 9,
      written: ' - sli: errors',
      said: 'this line is indented by 1 space, which does not match any earlier line',
      fix: 'indent it by 2 spaces: - sli: errors',
    },
    {
      line: 8,
      written: '   weight: 2',
      said: 'this line is indented by 3 spaces, which does not match any earlier line',
      fix: 'indent it by 4 spaces: weight: 2',
    },
    {
      line: 7,
      written: "          - '<600",
      said: 'a string in single quotes has no closing quote',
      fix: "write - '<600'",
    },
    {
      line: 11,
      written: `      - criteria: ['<=1', '>=0]`,
      said: 'a string in single quotes has no closing quote',
      fix: `write - criteria: ['<=1', '>=0']`,
    },
    {
      line: 7,
      written: `          - "<600'`,
      said: 'a string starts with one kind of quote and ends with the other',
      fix: 'write - "<600"',
    },
    {
      line: 11,
      written: `      - criteria: ['<=1", ">=0"]`,
      said: 'a string starts with one kind of quote and ends with the other',
      fix: `write - criteria: ['<=1', ">=0"]`,
    },
    {
      line: 3,
      written: "    displayName: 'it's slow'",
      said: 'a string in single quotes contains unescaped single quotes',
      fix: `write displayName: "it's slow"`,
    },
    {
      line: 11,
      written: '      - criteria: ["<=1", ">=0"}',
      said: 'the brackets of this line do not match',
      fix: 'write - criteria: ["<=1", ">=0"]',
    },
    {
      line: 11,
      written: '      - criteria: ["<=1", ">=0"]]',
      said: 'the brackets of this line do not match',
      fix: 'write - criteria: ["<=1", ">=0"]',
    },
    {
      line: 2,
      written: '  - sli response_time',
      said: 'a colon is missing after the key',
      fix: 'write - sli: response_time',
    },
    { line: 8, written: '    weight:2', said: 'a space is missing after the colon', fix: 'write weight: 2' },
    { line: 10, written: '    pass', said: 'a colon is missing after the key', fix: 'write pass:' },
    { line: 7, written: '          - >=600', said: needsQuotes, fix: 'write - ">=600"' },
    { line: 3, written: '    displayName: @home', said: needsQuotes, fix: 'write displayName: "@home"' },
    { line: 3, written: '    displayName: Latency: p95', said: needsQuotes, fix: 'write displayName: "Latency: p95"' },
    {
      line: 11,
      written: '      - criteria: [<=1, >=0]',
      said: 'a string in this list needs quotes: it contains characters with a special meaning in YAML',
      fix: 'write - criteria: ["<=1", ">=0"]',
    },
  ]) {
    test(`line ${line}: ${JSON.stringify(written.trimStart())}`, () => {
      const text = withLines({ [line]: written })
      const column = written.startsWith('\t') ? 1 : written.length - written.trimStart().length + 1
      expect(issuesOf(text)).toEqual([{ code: 'yaml_syntax', message: said, fix, line, column }])
      expect(lint(text)).toMatchObject([{ rule: 'yaml_syntax', severity: 'error', message: said, fix }])
    })
  }

  test('of several slips each', () => {
    const text = withLines({
      3: '    displayName: "The "best" one"',
      8: '   weight: 2',
      11: '      - criteria: ["<=1]',
    })
    expect(issuesOf(text).map(({ line, fix }) => `${line} ${fix}`)).toEqual([
      `3 write displayName: 'The "best" one'`,
      '8 indent it by 4 spaces: weight: 2',
      '11 write - criteria: ["<=1"]',
    ])
  })

  test('of queries with labels in double quotes', () => {
    const text = 'indicators:\n  a: up\n  b: "sum(rate(x{job="y"}[5m]))"\n'
    expect(sliIssuesOf(text)).toMatchObject([{ line: 3, fix: `write b: 'sum(rate(x{job="y"}[5m]))'` }])
  })

  test('of queries with labels in single quotes', () => {
    const text = "indicators:\n  a: up\n  b: 'sum(rate(x{job='y'}[5m]))'\n"
    expect(sliIssuesOf(text)).toMatchObject([{ line: 3, fix: `write b: "sum(rate(x{job='y'}[5m]))"` }])
  })

  test('any other error stays in the words of the YAML library', () => {
    expect(issuesOf('objectives: [}, 1]\n').map(({ fix }) => fix)).toEqual([undefined, undefined])
    expect(issuesOf('a: b\n%\n: :\n- ]').every(({ code }) => code === 'yaml_syntax')).toBe(true)
  })
})

describe('a slip that is valid YAML is reported once, with its fix', () => {
  for (const { name, objective, said, fix } of [
    {
      name: 'criteria without an entry',
      objective: 'pass: ["<=800", "<=+10%"]',
      said: 'pass must be a list of entries with criteria, not a list of criteria',
      fix: 'write pass: [{criteria: ["<=800", "<=+10%"]}]',
    },
    {
      name: 'one criterion without a list',
      objective: 'warning: "<=800"',
      said: 'warning must be a list of entries with criteria, not a list of criteria',
      fix: 'write warning: [{criteria: ["<=800"]}]',
    },
    {
      name: 'an entry without a list',
      objective: 'pass: {criteria: ["<=800"]}',
      said: 'pass must be a list of entries with criteria, not a single entry',
      fix: 'write "- criteria:" instead of "criteria:"',
    },
    {
      name: 'a criterion without a list in an entry',
      objective: 'pass: [{criteria: "<=800"}]',
      said: 'criteria must be a list, not "<=800"',
      fix: 'write criteria: ["<=800"]',
    },
  ]) {
    test(`${name}: the fix is given`, () => {
      const text = `objectives:\n  - sli: a\n    ${objective}\ntotal_score: {pass: 90}\n`
      expect(issuesOf(text)).toMatchObject([{ code: 'wrong_type', line: 3, message: said, fix }])
    })
  }

  test('an objective among the entries of the one before it', () => {
    const text =
      'objectives:\n  - sli: a\n    pass:\n      - criteria: ["<5"]\n      - sli: b\n        pass:\n          - criteria: ["<5"]\ntotal_score: {pass: 90}\n'
    expect(issuesOf(text)).toMatchObject([
      {
        line: 5,
        message: 'the objective "- sli: b" is indented as an entry of pass of the previous objective',
        fix: 'indent it by 2 spaces, like the previous objective: - sli: b',
      },
    ])
    expect(lint(text)).toHaveLength(1)
  })
})

test('a text full of slips takes no longer than others', () => {
  const text = `objectives:\n${Array.from({ length: 600 }, () => '   - "<600\n').join('')}`
  const startedAt = performance.now()
  expect(issuesOf(text).length).toBeGreaterThan(0)
  expect(performance.now() - startedAt).toBeLessThan(10_000)
})
