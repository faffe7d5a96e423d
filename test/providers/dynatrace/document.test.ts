import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { openProvider } from '../../../providers/index.ts'
import { parseQuery } from '../../../providers/dynatrace/query.ts'
import { parseSli } from '../../../slo/index.ts'

/** The examples of docs/providers-dynatrace.md are read as their readers would use them. */
const document = readFileSync(new URL('../../../docs/providers-dynatrace.md', import.meta.url), 'utf8')
const blocks = Array.from(document.matchAll(/```yaml\n# (\S+)\n([^`]*)```/g), ([, file = '', text = '']) => ({
  file,
  text,
}))

test('the document has examples of settings and of queries', () => {
  expect(blocks.map(({ file }) => file)).toEqual(['pharos.yaml', 'pharos.yaml', 'dynatrace/sli.yaml'])
})

describe('an example of pharos.yaml', () => {
  for (const [place, { text }] of blocks.filter(({ file }) => file === 'pharos.yaml').entries()) {
    test(`the ${place + 1}. can be opened`, async () => {
      for (const [name, settings] of Object.entries<object>(parse(text).providers)) {
        const opened = openProvider(name, settings, () => Promise.reject(new Error('not read yet')))
        expect(opened).toMatchObject({ kind: 'opened' })
        if (opened.kind === 'opened') await opened.instance.provider.close()
      }
    })
  }
})

test('each query of the example is understood as what the text says of it', () => {
  const { indicators, findings } = parseSli(blocks.find(({ file }) => file === 'dynatrace/sli.yaml')?.text ?? '')
  const kinds = Array.from(indicators.values(), ({ query }) => parseQuery(query, 'classic').kind)
  expect(kinds).toEqual(['dql', 'dql'])
  expect(findings).toEqual([])
})

test('each form of the table of queries is one', () => {
  const table = /## Queries, and what their token must be allowed\n\n([\s\S]*?)\n\n/.exec(document)?.[1] ?? ''
  const rows = table
    .split('\n')
    .slice(2)
    .map((row) => row.split(' | ').map((cell) => cell.replace(/^\| /, '')))
  const forms: readonly (readonly [example: string, kind: string, scope: string])[] = [
    ['metricSelector=a&entitySelector=type(SERVICE)&resolution=1h&mzSelector=mzId(1)', 'metrics', 'metrics.read'],
    ['builtin:a:avg?scope=tag(b)', 'metrics', 'metrics.read'],
    ['MV2;MicroSecond;metricSelector=a', 'metrics', 'metrics.read'],
    ['MV2;Count;metricSelector=a', 'metrics', 'metrics.read'],
    ['SLO;7d07efde-b714-3e6e-ad95-08490e2540c4', 'slo', 'slo.read'],
    ['PV2;problemSelector=status("open")&entitySelector=type(SERVICE)', 'problems', 'problems.read'],
    ['SECPV2;securityProblemSelector=status("open")', 'security_problems', 'securityProblems.read'],
    ['USQL;SINGLE_VALUE;;SELECT count(*) FROM usersession', 'usql', 'DTAQLAccess'],
  ]
  expect(rows).toHaveLength(forms.length)
  for (const [place, [example, kind, scope]] of forms.entries()) {
    expect(parseQuery(example, 'classic')).toMatchObject({ kind })
    expect(rows[place]?.at(-1)).toContain(scope)
  }
})
