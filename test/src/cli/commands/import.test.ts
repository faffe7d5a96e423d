import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fakeToken, startFakeDynatrace } from '../../../support/fake-dynatrace.ts'
import { runPharosCommand, type CommandRun } from '../../../support/terminal.ts'
import { dataExplorer, markdown } from '../../importers/dynatrace-dashboard/dashboards.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pharos-import-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

function run(tiles: readonly unknown[], ...options: readonly string[]): Promise<CommandRun> {
  writeFileSync(join(cwd, 'dashboard.json'), JSON.stringify({ tiles }))
  return runPharosCommand(['import', 'dynatrace-dashboard', 'dashboard.json', ...options], { cwd })
}

const problems = { tileType: 'OPEN_PROBLEMS', name: 'Problems' }

describe('import dynatrace-dashboard', () => {
  test('writes two files, and tells what is in them', async () => {
    expect(await run([markdown('KQG.Total.Pass=80%'), problems, { tileType: 'HEADER' }], '--output', 'shop')).toEqual({
      code: 0,
      out: 'problems: PV2;problemSelector=status("open")\n',
      said: `1 objective of 3 tiles: 0 could not be taken, 1 skipped
tile 1 MARKDOWN "Markdown" holds for all objectives
skipped: 1 HEADER: tiles of type HEADER hold no objective
`,
    })
    expect(readFileSync(join(cwd, 'shop/slo.yaml'), 'utf8')).toContain('pass: "80%"')
    const linted = await runPharosCommand(['lint', 'shop/slo.yaml', 'shop/dynatrace/sli.yaml'], { cwd })
    expect(linted).toMatchObject({ code: 0, out: '' })
  })

  test('writes what could be taken, tells the rest, and ends with 2', async () => {
    expect(await run([problems, dataExplorer('a;pass=<5ms;weight=x')])).toMatchObject({
      code: 2,
      said: `1 objective of 2 tiles: 1 could not be taken
tile 2 DATA_EXPLORER "a;pass=<5ms;weight=x" could not be taken: pass holds what is no criterion, such as <500 or <=+10%: "<5ms"
tile 2 DATA_EXPLORER "a;pass=<5ms;weight=x" could not be taken: weight must be a whole number, not "x"
`,
    })
    expect(existsSync(join(cwd, 'slo.yaml'))).toBe(true)
  })

  test('prints counts first, then tiles that need attention, and counts skipped tiles', async () => {
    const texts = Array.from({ length: 4 }, (_, place) => markdown(`Section ${place}`))
    const excluded = dataExplorer('Load;exclude=true')
    const tiles = [...texts, { tileType: 'HEADER' }, { tileType: 'SLO', assignedEntities: ['x'] }, excluded, problems]
    const { out, said } = await run([...tiles, dataExplorer('')])
    expect(said.split('\n').map((line) => line.replace(/taken: .*/, 'taken: …'))).toEqual([
      '2 objectives of 9 tiles: 1 could not be taken, 6 skipped',
      'tile 9 DATA_EXPLORER could not be taken: …',
      expect.stringMatching(/^tile 6 SLO: .* it is informational until you add pass$/),
      'skipped: 4 MARKDOWN: it is a text without KQG.',
      'skipped: 1 HEADER: tiles of type HEADER hold no objective',
      'skipped: 1 DATA_EXPLORER: its title says exclude=true',
      '',
    ])
    expect(out).toBe('slo_x: SLO;x\nproblems: PV2;problemSelector=status("open")\n')
  })

  test('replaces nothing unless it is told to', async () => {
    writeFileSync(join(cwd, 'slo.yaml'), 'mine')
    const refused = await run([problems])
    expect(refused.code).toBe(2)
    expect(refused.said).toContain('slo.yaml would be replaced, nothing is written: say --force, or another --output\n')
    expect(readFileSync(join(cwd, 'slo.yaml'), 'utf8')).toBe('mine')
    expect(existsSync(join(cwd, 'dynatrace'))).toBe(false)
    expect(await run([problems], '--force')).toMatchObject({ code: 0 })
    expect(readFileSync(join(cwd, 'slo.yaml'), 'utf8')).toContain('problems')
  })

  test('writes nothing when no tile could be taken', async () => {
    const { code, said } = await run([dataExplorer('')])
    expect([code, said]).toEqual([
      2,
      expect.stringMatching(/dashboard\.json: no tile could be taken, nothing is written\n$/),
    ])
    expect(existsSync(join(cwd, 'slo.yaml'))).toBe(false)
  })

  test('writes nothing that slo/ would refuse', async () => {
    const { code, said } = await run([problems, dataExplorer(`a;pass=<${'9'.repeat(400)}`)])
    expect(code).toBe(2)
    expect(said).toContain('would be no valid file, nothing is written:\n')
    expect(existsSync(join(cwd, 'slo.yaml'))).toBe(false)
  })

  test('says why a folder cannot be made', async () => {
    writeFileSync(join(cwd, 'shop'), '')
    const { code, said } = await run([problems], '--output', 'shop')
    expect([code, said.split('\n').at(-2)]).toEqual([2, 'the folder shop cannot be written: it is there already'])
  })

  test('takes standard input', async () => {
    const stdin = JSON.stringify({ tiles: [problems] })
    expect(await runPharosCommand(['import', 'dynatrace-dashboard', '-'], { cwd, stdin })).toMatchObject({ code: 0 })
  })

  test('asks the environment what the dashboard does not hold', async () => {
    const body = { name: 'Ready', target: 95, warning: 97, evaluatedPercentage: 99, error: 'NONE' }
    const server = await startFakeDynatrace([{ path: '/api/v2/slo/x', parameters: {}, body }])
    const stdin = JSON.stringify({ tiles: [{ tileType: 'SLO', assignedEntities: ['x'] }] })
    const argv = ['import', 'dynatrace-dashboard', '-', '--environment', server.url]
    const env = { DT_TOKEN: `${fakeToken}\n` }
    expect(await runPharosCommand(argv, { cwd, stdin, env })).toMatchObject({ code: 0, out: 'ready: SLO;x\n' })
    await server.stop()
  })

  const asking = ['import', 'dynatrace-dashboard', '-', '--environment']

  for (const { argv, stdin, said, env = {} } of [
    { argv: [...asking, 'https://x'], stdin: '{"tiles": []}', said: '--environment needs an API token in DT_TOKEN' },
    {
      argv: [...asking, 'ftp://x'],
      stdin: '{"tiles": []}',
      said: '--environment must be a URL that begins with https:// or http://',
      env: { DT_TOKEN: 'x' },
    },
    { argv: ['import'], stdin: '', said: 'import needs dynatrace-dashboard and one file' },
    { argv: ['import', 'grafana', 'x'], stdin: '', said: 'import needs dynatrace-dashboard and one file' },
    {
      argv: ['import', 'dynatrace-dashboard', '-'],
      stdin: '{"tiles": 5}',
      said: 'standard input is no dashboard: tiles must be a list',
    },
    {
      argv: ['import', 'dynatrace-dashboard', '-'],
      stdin: '',
      said: "standard input is empty: a dashboard's JSON was expected",
    },
  ]) {
    test(`refuses ${argv.join(' ')} of ${JSON.stringify(stdin)} in a sentence`, async () => {
      expect(await runPharosCommand(argv, { cwd, stdin, env })).toEqual({ code: 2, out: '', said: `${said}\n` })
    })
  }
})
