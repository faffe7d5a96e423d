import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runPharosCommand, type CommandRun } from '../../../support/terminal.ts'

const files: Readonly<Record<string, string>> = {
  'shop/slo.yaml': 'objectives: [{sli: errors, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: 0.9}\n',
  'shop/prometheus/sli.yaml': 'indicators: {errors: up, latency: up}\n',
  'shop/prod/carts/slo.yaml':
    'objectives: [{sli: latency, weight: 0, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: 90}\n',
  'shop/.hidden/slo.yaml': 'objectives: [\n',
  'bank/slo.yaml': 'objectives: [{sli: latency, pass: [{criteria: ["!5"]}]}]\ntotal_score: {pass: 90}\n',
  'bank/prometheus/sli.yaml': 'indicators: {latency: ""}\n',
  '.compared/slo.yaml':
    'comparison: {compare_with: single_result, include_result_with_score: pass}\nobjectives: [{sli: latency, pass: [{criteria: ["<=+10%", "<5"]}]}]\ntotal_score: {pass: 90}\n',
  '.slips/slo.yaml': 'objectives: [{sli: latency, pas: [{criteria: ["<5"]}]}]\ntotal_score: {pass: 90}\n',
  '.strict/slo.yaml': 'objectives: [{sli: latency, pass: [{criteria: ["<=600", "<900"]}]}]\ntotal_score: {pass: 90}\n',
  '.named/sli_basic.yaml': 'indicators:\n  a: ""\nteam: a\n',
  '.named/gate.yaml': 'objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: 90}\n',
  '.named/shipyard.yaml': 'kind: Shipyard\n',
  '.named/dashboard.json': '{"dashboardMetadata": {}, "tiles": []}',
  'earlier.json': '[{"latency": 0}, {"latency": 0}]',
  'empty/readme.txt': 'nothing here',
  file: '',
}

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pharos-cli-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(cwd, dirname(name)), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const run = (...argv: readonly string[]): Promise<CommandRun> => runPharosCommand(argv, { cwd })

function places({ out }: CommandRun): readonly string[] {
  return out.split('\n').filter((line) => line !== '' && !line.startsWith(' '))
}

describe('lint', () => {
  test('of a folder looks at every SLO with what answers it', async () => {
    const answer = await run('lint', 'shop')
    expect(places(answer)).toEqual([
      'shop/prod/carts/slo.yaml:1:37 warning weight_zero',
      'shop/slo.yaml:2:21 warning pass_as_fraction',
    ])
    expect(answer).toMatchObject({ code: 0, said: '3 files, 0 errors, 2 warnings, 0 for information\n' })
  })

  test('of one SLO and its indicators says what is not used', async () => {
    const answer = await run('lint', 'shop/slo.yaml', 'shop/prometheus/sli.yaml')
    expect(places(answer)).toEqual([
      'shop/slo.yaml:2:21 warning pass_as_fraction',
      'shop/prometheus/sli.yaml:1:26 info indicator_unused',
    ])
  })

  test('ends with 2 when a file would be refused', async () => {
    const answer = await run('lint', '.')
    expect(answer.code).toBe(2)
    expect(places(answer).filter((line) => line.includes(' error '))).toEqual([
      'bank/slo.yaml:1:48 error criterion_invalid',
      'bank/prometheus/sli.yaml:1:23 error query_empty',
    ])
  })

  test('with --strict exits with 2 for warnings, but not for information', async () => {
    expect((await run('lint', 'shop')).code).toBe(0)
    expect((await run('lint', 'shop', '--strict')).code).toBe(2)
    expect(await run('lint', '.strict', '--strict')).toMatchObject({
      code: 0,
      said: '1 file, 0 errors, 0 warnings, 1 for information\n',
    })
  })

  test('describes every rule once in SARIF, those of errors too', async () => {
    const { out } = await run('lint', '.slips', 'bank', '--sarif')
    const [{ tool, results }] = JSON.parse(out).runs
    const ids: readonly string[] = tool.driver.rules.map((rule: { readonly id: string }) => rule.id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(results.map((result: { readonly ruleId: string }) => result.ruleId)).toContain('misspelt_key')
    expect(results[0].message.text).toMatch(/\. Fix: /)
  })

  test('writes SARIF whose results name rules of its list', async () => {
    const { out } = await run('lint', '.', '--sarif')
    const { version, runs } = JSON.parse(out)
    expect([version, runs.length]).toEqual(['2.1.0', 1])
    const [{ tool, results }] = runs
    expect(results).toHaveLength(4)
    const ids = results.map((result: { readonly ruleIndex: number }) => tool.driver.rules[result.ruleIndex].id)
    expect(ids).toEqual(results.map((result: { readonly ruleId: string }) => result.ruleId))
    expect(results[0]).toMatchObject({
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'bank/slo.yaml' },
            region: { startLine: 1, startColumn: 48 },
          },
        },
      ],
    })
  })

  test('with a history says what it shows', async () => {
    expect(places(await run('lint', '.compared'))).toEqual([])
    const answer = await run('lint', '.compared', '--history', 'earlier.json')
    expect(places(answer)).toEqual(['.compared/slo.yaml:2:48 warning baseline_near_zero'])
  })

  test('with a history is about one SLO', async () => {
    const said = '--history is about one slo.yaml, and there are 2\n'
    expect(await run('lint', 'shop', '--history', 'earlier.json')).toEqual({ code: 2, out: '', said })
    const unlike = await run('lint', '.compared', '--history', 'file')
    expect(unlike).toMatchObject({ code: 2, said: expect.stringMatching(/^file is empty: a list of earlier/) })
  })

  test('writes JSON', async () => {
    expect(JSON.parse((await run('lint', 'shop/slo.yaml', '--json')).out)).toMatchObject([
      { rule: 'pass_as_fraction', file: 'shop/slo.yaml' },
    ])
  })

  test('recognises a file by its content, whatever its name, and reads an sli.yaml alone', async () => {
    expect(places(await run('lint', '.named/sli_basic.yaml'))).toEqual([
      '.named/sli_basic.yaml:2:6 error query_empty',
      '.named/sli_basic.yaml:3:1 warning unknown_key',
    ])
    expect(await run('lint', 'shop/prometheus/sli.yaml')).toMatchObject({ code: 0, out: '' })
    expect(places(await run('lint', '.named/gate.yaml', '.named/sli_basic.yaml'))).toEqual([
      '.named/sli_basic.yaml:2:6 error query_empty',
      '.named/sli_basic.yaml:3:1 warning unknown_key',
    ])
  })

  test('names a foreign file, and how to import it', async () => {
    const { code, out } = await run('lint', '.named/shipyard.yaml', '.named/dashboard.json')
    expect([code, out]).toEqual([
      2,
      `.named/shipyard.yaml:1:1 error other_kind
    this is a Keptn shipyard, not an SLO
    fix: it cannot be imported; stages are folders of a project, or are listed in its project.yaml
.named/dashboard.json:1:1 error other_kind
    this is a Dynatrace dashboard, not an SLO
    fix: convert it with pharos import dynatrace-dashboard FILE
`,
    ])
  })

  for (const { path, said } of [{ path: 'empty', said: 'there is no slo.yaml below empty' }]) {
    test(`refuses ${path} in a sentence`, async () => {
      expect(await run('lint', path)).toEqual({ code: 2, out: '', said: `${said}\n` })
    })
  }
})
