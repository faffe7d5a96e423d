import { describe, expect, test } from 'vitest'
import { overlaySli, parseSli, SliError, type Sli } from '../../slo/sli.ts'

function queries(sli: Sli): Record<string, string> {
  return Object.fromEntries([...sli.indicators].map(([name, { query }]) => [name, query]))
}

function issuesOf(text: string): readonly string[] {
  try {
    parseSli(text)
  } catch (error) {
    if (!(error instanceof SliError)) throw error
    return error.issues.map(({ code, line, column }) => `${code} ${line}:${column}`)
  }
  return []
}

describe('parseSli', () => {
  test('reads each indicator with its query and its line', () => {
    const sli = parseSli("spec_version: '1.0'\nindicators:\n  a: up\n  b: |\n    sum(\n      up)\n")
    expect([...sli.indicators]).toEqual([
      ['a', { query: 'up', line: 3 }],
      ['b', { query: 'sum(\n  up)\n', line: 4 }],
    ])
    expect(sli.findings).toEqual([])
  })

  for (const { written, query } of [
    { written: '1', query: '1' },
    { written: '1.10', query: '1.10' },
    { written: '0x10', query: '0x10' },
    { written: 'true', query: 'true' },
    { written: '2024-01-01', query: '2024-01-01' },
    { written: "'null'", query: 'null' },
    { written: '"up{job=\\"a\\"}"', query: 'up{job="a"}' },
  ]) {
    test(`takes ${written} as the text ${query}`, () => {
      expect(queries(parseSli(`indicators: {a: ${written}}`))).toEqual({ a: query })
    })
  }

  for (const { text, issues } of [
    { text: '', issues: ['empty 1:1'] },
    { text: '# later\n', issues: ['empty 1:1'] },
    { text: '---\n', issues: ['empty 1:4'] },
    { text: 'null', issues: ['empty 1:1'] },
    { text: "spec_version: '1.0'\n", issues: ['indicators_missing 1:1'] },
    { text: 'indicators:\n', issues: ['indicators_missing 1:1'] },
    { text: 'indicators: [a, b]\n', issues: ['wrong_type 1:13'] },
    { text: 'just words\n', issues: ['wrong_type 1:1'] },
    { text: 'indicators:\n  a: up\n  a: down\n', issues: ['duplicate_key 3:3'] },
    {
      text: 'indicators:\n  a: {query: up}\n  b: [up]\n  c:\n',
      issues: ['wrong_type 2:6', 'wrong_type 3:6'],
    },
    { text: 'indicators: {a: up\n', issues: ['yaml_syntax 1:1'] },
  ]) {
    test(`${JSON.stringify(text)} is refused with ${issues.join(', ')}`, () => {
      expect(issuesOf(text)).toEqual(issues)
    })
  }

  test('an unknown top-level key is a finding, one that begins with x- is not', () => {
    const { findings } = parseSli('x-owner: me\nindicators: {a: up}\nqueries: {b: up}\n')
    expect(findings).toMatchObject([{ code: 'unknown_key', line: 3, column: 1 }])
  })

  test('an empty query is a finding, and its indicator is there without one', () => {
    const sli = parseSli('indicators:\n  a:\n  b: "  "\n  c: up\n')
    expect(queries(sli)).toEqual({ a: '', b: '', c: 'up' })
    expect(sli.findings).toMatchObject([
      { code: 'query_empty', line: 2, column: 5 },
      { code: 'query_empty', line: 3, column: 6 },
    ])
  })

  test('a misspelt top-level key is separate from findings', () => {
    expect(parseSli('indicators: {a: up}\nIndicator: {b: up}\nspecVersion: 1\n')).toMatchObject({
      misspelt: [{ code: 'misspelt_key', line: 2, column: 1, fix: 'remove it: indicators is already present' }],
      findings: [{ code: 'unknown_key', line: 3, column: 1 }],
    })
  })

  test('no indicators at all is a finding', () => {
    expect(parseSli('indicators: {}\n').findings).toMatchObject([{ code: 'no_indicators', line: 1, column: 13 }])
  })

  test('names that JavaScript knows otherwise are indicators like any other', () => {
    const sli = parseSli('indicators: {__proto__: up, constructor: down}')
    expect([...sli.indicators.keys()]).toEqual(['__proto__', 'constructor'])
  })

  test('only the first document counts', () => {
    expect(queries(parseSli('indicators: {a: up}\n---\nindicators: {b: down}\n'))).toEqual({ a: 'up' })
  })
})

describe('overlaySli', () => {
  // Source: the worked example of Keptn's documentation on SLI files.
  test('project, stage and service, the narrowest level wins', () => {
    const project = parseSli('indicators: {A: A-1, B: B-1, C: C-1}')
    const stage = parseSli('indicators: {C: C-2, D: D-2, E: E-2}')
    const service = parseSli('indicators: {D: D-3, E: E-3}')
    const overlaid = overlaySli([project, stage, service])
    expect(queries(overlaid)).toEqual({ A: 'A-1', B: 'B-1', C: 'C-2', D: 'D-3', E: 'E-3' })
  })

  test('nothing overlaid is nothing', () => {
    expect(overlaySli([])).toEqual({ indicators: new Map(), findings: [], misspelt: [] })
  })

  test('the findings of every level are kept', () => {
    const levels = ['indicators: {a: up}\nq: 1', 'indicators: {a: up}\nr: 1'].map(parseSli)
    expect(overlaySli(levels).findings.map(({ message }) => message.slice(0, 3))).toEqual(['"q"', '"r"'])
  })
})
