import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { widthOf } from '../../../../src/cli/columns.ts'
import { readXml } from '../../../support/xml.ts'
import { runPharosCommand, type CommandRun } from '../../../support/terminal.ts'

const slo = `comparison: {compare_with: several_results, number_of_comparison_results: 2, include_result_with_score: pass}
objectives:
  - {sli: p95, displayName: Latency, weight: 2, pass: [{criteria: ["<=+10%", "<600"]}], warning: [{criteria: ["<800"]}]}
  - {sli: errors, key_sli: true, pass: [{criteria: ["<=1"]}]}
  - {sli: load}
total_score: {pass: "90%", warning: "50%"}
`
/** Events of Keptn, newest first. */
function recordedHistory(values: readonly number[], labels: object): string {
  const events = values.map((value, place) => {
    const result = { value: { metric: 'p95', value, success: true } }
    const data = { project: 'shop', stage: 'dev', service: 'carts', labels, result: 'pass' }
    return {
      type: 'sh.keptn.event.evaluation.finished',
      id: `e${place}`,
      time: `2026-01-0${9 - place}T00:00:00Z`,
      data: { ...data, evaluation: { indicatorResults: [result] } },
    }
  })
  return JSON.stringify(events)
}

const files: Readonly<Record<string, string>> = {
  'slo.yaml': slo,
  'bad.yaml': 'objectives: [{sli: a, pass: [{criteria: ["!5"]}]}]\ntotal_score: {pass: 900}\n',
  'odd.yaml': String.raw`objectives: [{sli: "a\e[2J", displayName: "<b> [k](http://e) @you | \\", pass: [{criteria: ["<5"]}]}]
total_score: {pass: 90}
`,
  'odd.json': String.raw`{"a\u001b[2J": 9}`,
  'few.yaml':
    'objectives: [{sli: a, displayname: x, weight: 0, pass: [{criteria: ["<10%"]}]}]\ntotal_score: {pass: 0.9}\n',
  'misspelt.yaml': 'objectives: [{sli: errors, key_sli: true, pas: [{criteria: ["<=1"]}]}]\ntotal_score: {pass: 900}\n',
  'good.json': '{"p95": 200, "errors": 0, "load": 3}',
  'slower.json': '{"p95": 700, "errors": 0}',
  'failing.json': '{"p95": 200, "errors": 2}',
  'missing.json': '{"p95": 200, "errors": null}',
  'recorded.json':
    '[{"metric": "p95", "value": 200, "success": true}, {"metric": "errors", "value": 0, "success": true}, null]',
  'unsuccessful.json':
    '[{"metric": "p95", "value": 200, "success": true}, {"metric": "errors", "value": 0, "success": false}]',
  'unreachable.json': JSON.stringify([
    { metric: 'p95', value: 0, success: false, message: 'The provider "prometheus" answers 503' },
    { metric: 'errors', success: false, message: 'The provider "prometheus" answers 503' },
    { metric: 'load', success: false, message: '$TARGET is not known: use $SERVICE.' },
  ]),
  'extra.json': '{"p95": 200, "errors": 0, "cpu": 3}',
  'flat-history.json': '[{"p95": 100}, {"p95": 120}]',
  'recorded-history.json':
    '[[{"metric": "p95", "value": 100, "success": true}], null, [null, {"metric": "p95", "value": 120, "success": true}]]',
  'noisy-history.json': recordedHistory([100, 130, 92, 104, 60], { version: '1' }),
  'other-builds.json': recordedHistory([100, 130, 92, 104, 60], {}),
  'text.json': 'no json',
  'words.json': '{"p95": "fast", "cpu load": 1e999}',
  'nan.json': '{"p95": NaN}',
  'empty.json': '\n',
  'repeated.json': '{"p95": 1, "x": {"p95": [{"p95": 3}]}, "\\u007095": 2}',
  'slip.json': '[{"metric": "p95", "value": 1}, {"metric": "errors", "value": 1, "sucess": true}]',
  'item.json': '[5]',
  'byte-order-mark.json': '\uFEFF{"p95": 200, "errors": 0}',
  'number.json': '5',
  'no-list.json': '[{"p95": [100]}]',
  'number-history.json': '[{"p95": 100}, 5]',
  'k6.yaml': `objectives:
  - {sli: "http_req_duration.p(95)", pass: [{criteria: ["=215.9"]}]}
  - {sli: http_req_failed.rate, pass: [{criteria: ["=0.01"]}]}
total_score: {pass: "100%"}
`,
  'k6-summary.json': JSON.stringify({
    metrics: {
      http_req_duration: { type: 'trend', contains: 'time', values: { 'p(95)': 215.9 } },
      http_req_failed: { type: 'rate', contains: 'default', values: { rate: 0.01, passes: 2, fails: 198 } },
    },
  }),
  'k6-export.json': JSON.stringify({
    metrics: { http_req_duration: { 'p(95)': 215.9 }, http_req_failed: { passes: 2, fails: 198, value: 0.01 } },
  }),
  'k6-other.json': JSON.stringify({
    metrics: { http_req_duration: { 'p(95)': 216 }, http_req_failed: { value: 0.01 } },
  }),
}

const manyCount = 40
const manyArgv: readonly string[] = [
  'judge',
  '--slo',
  'many.yaml',
  '--indicators',
  'many.json',
  '--history',
  'many-history.json',
]
/** Names long and short, of one width and of two; values that pass, that warn, that fail and that are missing. */
const many = Array.from({ length: manyCount }, (_, place) => ({
  sli:
    place % 3 === 0
      ? `service_response_time_percentile_with_a_long_name_${place}`
      : `${place % 9 === 1 ? '注文サービスの応答時間パーセンタイル' : 'errors'}_${place}`,
  ...(place % 7 === 0 && { displayName: `⚠️ Antwortzeit größer 測試 👩‍💻 ${place}` }),
  key_sli: place % 10 === 0,
  weight: 1 + (place % 4),
  pass: [{ criteria: ['<=+10%', '<600'] }, ...(place % 5 === 0 ? [{ criteria: ['<=5'] }] : [])],
  warning: [{ criteria: ['<=800'] }],
}))
const manyFiles: Readonly<Record<string, object>> = {
  'many.yaml': {
    comparison: { compare_with: 'several_results', number_of_comparison_results: 3, include_result_with_score: 'pass' },
    objectives: many,
    total_score: { pass: '90%', warning: '75%' },
  },
  'many.json': Object.fromEntries(many.map(({ sli }, place) => [sli, place % 11 === 5 ? null : (place * 797) % 953])),
  'many-history.json': [1, 2, 3].map((build) =>
    Object.fromEntries(many.map(({ sli }, place) => [sli, (place * 311 + build * 100) % 503])),
  ),
}

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pharos-cli-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
  for (const [name, content] of Object.entries(manyFiles)) writeFileSync(join(cwd, name), JSON.stringify(content))
  writeFileSync(join(cwd, 'latin1.json'), Buffer.from('{"größe": 1}', 'latin1'))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const run = (...argv: readonly string[]): Promise<CommandRun> => runPharosCommand(argv, { cwd })
const judge = (indicators: string, ...more: readonly string[]): Promise<CommandRun> =>
  run('judge', '--slo', 'slo.yaml', '--indicators', indicators, ...more)

describe('the summary of a k6 run is judged as it is', () => {
  for (const { file, code } of [
    { file: 'k6-summary.json', code: 0 },
    { file: 'k6-export.json', code: 0 },
    { file: 'k6-other.json', code: 20 },
  ]) {
    test(`${file}: exit code ${code}`, async () => {
      expect((await run('judge', '--slo', 'k6.yaml', '--indicators', file)).code).toBe(code)
    })
  }

  for (const command of ['judge', 'explain']) {
    test(`${command} says nothing of statistics that no objective uses`, async () => {
      const argv = [command, '--slo', 'k6.yaml', '--indicators', 'k6-summary.json']
      const { warnings } = JSON.parse((await run(...argv, '--output', 'json')).out)
      expect(warnings.map(({ code }: { readonly code: string }) => code)).not.toContain('unused_indicator')
      expect((await run(...argv, '--output', 'text')).out).not.toContain('not used')
    })
  }
})

describe('the exit code of', () => {
  for (const { what, indicators, more = [], code } of [
    { what: 'a pass', indicators: 'good.json', code: 0 },
    { what: 'a pass behind a byte order mark', indicators: 'byte-order-mark.json', code: 0 },
    { what: 'a pass in the recorded form', indicators: 'recorded.json', code: 0 },
    { what: 'a warning', indicators: 'slower.json', code: 0 },
    { what: 'a warning that shall fail', indicators: 'slower.json', more: ['--warning', 'fail'], code: 10 },
    { what: 'a fail', indicators: 'failing.json', code: 20 },
    { what: 'a fail for want of a value', indicators: 'missing.json', code: 20 },
    { what: 'a fail for want of success', indicators: 'unsuccessful.json', code: 20 },
    {
      what: 'a pass beside earlier builds',
      indicators: 'good.json',
      more: ['--history', 'flat-history.json'],
      code: 0,
    },
  ]) {
    test(`${what} is ${code}`, async () => {
      expect(await judge(indicators, ...more)).toMatchObject({ code })
    })
  }
})

test('what the history says of the SLO is a warning, in words and for programs', async () => {
  const more = ['--history', 'noisy-history.json']
  const told =
    'p95 varies by 25.93 % between evaluations of the same build, so about 38 % of unchanged builds fail <=+10%'
  const text = await judge('good.json', ...more, '--output', 'text')
  expect(text.out.replaceAll(/\s+/g, ' ')).toContain(`warning: ${told}`)
  expect(JSON.parse((await judge('good.json', ...more, '--output', 'json')).out).warnings).toEqual([
    {
      code: 'tolerance_below_noise',
      severity: 'warning',
      message: told,
      fix: 'widen the tolerance, compare with more results, or measure a longer window',
      indicator: 'p95',
      file: 'slo.yaml',
      line: 3,
      column: 68,
    },
  ])
})

test('noise between builds that may differ is not reported', async () => {
  const answer = await judge('good.json', '--history', 'other-builds.json', '--output', 'json')
  expect(JSON.parse(answer.out).warnings).toEqual([])
})

test('of many warnings of one code three are told in words, and all to programs', async () => {
  const argv = ['judge', '--slo', 'slo.yaml', '--indicators', 'many.json']
  for (const output of ['text', 'markdown']) {
    const { out } = await run(...argv, '--output', output)
    const told = out.replaceAll(/\s+/g, ' ').match(/was not used|(\d+) more of unused\\?_indicator, all with/g)
    expect(told).toEqual([...Array.from({ length: 3 }, () => 'was not used'), expect.stringMatching(/^37 more of/)])
  }
  expect(JSON.parse((await run(...argv, '--output', 'json')).out).warnings).toHaveLength(manyCount)
})

for (const argv of [
  ['serve', '--help'],
  ['serve', '-h'],
  ['help', 'serve'],
  ['serve', '--port', '1', '--help'],
]) {
  test(`pharos ${argv.join(' ')} says where the settings come from`, async () => {
    const { code, out, said } = await run(...argv)
    expect([code, said]).toEqual([0, ''])
    expect(out).toMatch(/^usage: pharos serve\n/)
    for (const name of [
      'pharos.yaml',
      'PHAROS_CONFIG',
      'PORT',
      'HOST',
      'DATABASE_URL',
      'PHAROS_DATA',
      'PHAROS_PUBLIC_URL',
      'PHAROS_SECRET_KEY',
      'LOG_LEVEL',
    ])
      expect(out).toContain(name)
    expect(out.split('\n').filter((line) => line.length > 100)).toEqual([])
  })
}

test('a misspelt key is refused as on a server, with its fix', async () => {
  for (const command of ['judge', 'explain']) {
    expect(await run(command, '--slo', 'misspelt.yaml', '--indicators', 'good.json')).toEqual({
      code: 2,
      out: '',
      said: `misspelt.yaml:1:43: "pas" is not a key of an objective and has no effect; most likely pass was intended; fix: write pass
misspelt.yaml:2:21: total_score.pass must be a decimal number from 0 to 100, with or without %, not "900"
`,
    })
  }
})

test('both forms of a history are the same', async () => {
  const [flat, recorded] = await Promise.all(
    ['flat-history.json', 'recorded-history.json'].map((history) =>
      judge('slower.json', '--history', history, '--output', 'json'),
    ),
  )
  const compared = [flat, recorded].map((one) => JSON.parse(one?.out ?? '').objectives[0].comparedValue)
  expect(compared).toEqual([110, 110])
})

test('values come from standard input, too', async () => {
  const stdin = '{"p95": 200, "errors": 0}'
  const { code, out } = await runPharosCommand(['judge', '--slo', 'slo.yaml', '--indicators', '-'], { cwd, stdin })
  expect([code, out.split('\n')[0]]).toEqual([0, 'slo.yaml: pass, score 100'])
})

test('a value that no objective names is said, and is no data', async () => {
  const { said, out } = await judge('extra.json', '--output', 'json')
  expect(said).toBe('warning: The pushed value of "cpu" was not used: no objective has that sli.\n')
  expect(JSON.parse(out)).toMatchObject({ result: 'pass' })
})

test('explain says why in words, or in structure', async () => {
  const words = await run('explain', '--slo', 'slo.yaml', '--indicators', 'failing.json')
  expect(words).toMatchObject({ code: 20, said: '' })
  expect(words.out).toMatch(/^Failed because of the key objective errors \(2, must be <=1\); the score of 66\.67 alone/)
  const structure = await run('explain', '--slo', 'slo.yaml', '--indicators', 'failing.json', '--json')
  expect(JSON.parse(structure.out)).toMatchObject({
    smallestChange: { changes: [{ indicator: 'errors', from: 2, to: 1 }] },
  })
})

describe('reports', () => {
  test('as text', async () => {
    await expect((await judge('slower.json', '--history', 'flat-history.json')).out).toMatchFileSnapshot(
      'text.golden.txt',
    )
  })

  test('of many objectives with long names', async () => {
    const pages = [100, 60, 30].map(async (columns) => {
      const { out } = await runPharosCommand(manyArgv, { cwd, columns })
      return `${columns}\n${out}`
    })
    await expect((await Promise.all(pages)).join('\n')).toMatchFileSnapshot('many.golden.txt')
  })

  for (const columns of [100, 80, 60]) {
    test(`stay within ${columns} columns`, async () => {
      for (const argv of [
        manyArgv,
        manyArgv.with(0, 'explain'),
        ['--help'],
        ['judge', '--help'],
        ['lint', 'few.yaml'],
      ]) {
        const { out } = await runPharosCommand(argv, { cwd, columns })
        const long = out.split('\n').filter((line) => widthOf(line) > columns && !/^ {2}(pharos|echo) /.test(line))
        expect(long).toEqual([])
      }
    })
  }

  for (const columns of [120, 80, 60]) {
    test(`have their columns below each other in ${columns} columns, whatever the names are made of`, async () => {
      const { out } = await runPharosCommand(manyArgv, { cwd, columns })
      const [, table = ''] = out.split('\n\n')
      // Of a terminal's columns, counted here by hand.
      const lines = table.split('\n').map((line) => line.replaceAll(/⚠\uFE0F|👩‍💻|[\u3040-\u30ff\u4e00-\u9fff]/gu, 'xx'))
      const at = lines[0]?.indexOf('status')
      expect(lines).toHaveLength(manyCount + 1)
      expect(table).toMatch(/⚠\uFE0F/)
      const statuses = lines.slice(1).map((line) => line.slice(at))
      expect(statuses.filter((status) => !/^(pass|warning|fail)$/.test(status))).toEqual([])
    })
  }

  for (const output of ['text', 'markdown', 'junit']) {
    test(`as ${output} say why an indicator has no value`, async () => {
      const { out } = await judge('unreachable.json', '--output', output)
      const words = out.replaceAll(/\\|&quot;/g, (mark) => (mark === '\\' ? '' : '"')).replaceAll(/\s+/g, ' ')
      const names = output === 'junit' ? 'not measured' : 'Latency (p95), errors were not measured'
      expect(words).toContain(`${names} (no_data): The provider "prometheus" answers 503.`)
      expect(words).toContain('not measured (no_data): $TARGET is not known: use $SERVICE.')
      expect(words.match(/answers 503/g)).toHaveLength(output === 'junit' ? 4 : 1)
    })
  }

  test('command no terminal, and no page', async () => {
    const { out } = await run('judge', '--slo', 'odd.yaml', '--indicators', 'odd.json', '--output', 'text')
    expect(out).not.toContain('\u001B')
    const markdown = await run('judge', '--slo', 'odd.yaml', '--indicators', 'odd.json', '--output', 'markdown')
    expect(markdown.out.split('\n').find((line) => line.startsWith('| ❌'))).toBe(
      '| ❌ | \\<b\\> \\[k\\](http://e) &#64;you \\| \\\\ (a�\\[2J) | 9 |  | ✗ `<5` | 0/1 |',
    )
    const words = await run('explain', '--slo', 'odd.yaml', '--indicators', 'odd.json')
    expect(words.out).not.toContain('\u001B')
  })

  test('as JUnit are XML that says what was in the names', async () => {
    const { out } = await run('judge', '--slo', 'odd.yaml', '--indicators', 'odd.json', '--output', 'junit')
    const suites = readXml(out)
    const counts = { tests: '2', failures: '2', errors: '0', skipped: '0' }
    expect(suites).toMatchObject({ name: 'testsuites', attributes: counts })
    expect(suites.children[0]?.children).toMatchObject([
      {
        name: 'testcase',
        attributes: { classname: 'odd.yaml', name: '<b> [k](http://e) @you | \\ (a�[2J)' },
        children: [{ name: 'failure', attributes: { message: '9 does not meet <5' } }],
      },
      { attributes: { name: 'gate' }, children: [{ attributes: { message: 'fail, score 0' } }] },
    ])
  })

  test('as JUnit count as many cases as there are objectives, and one for the gate', async () => {
    const suites = readXml((await run(...manyArgv, '--output', 'junit')).out)
    const [suite] = suites.children
    expect(suite?.children).toHaveLength(manyCount + 1)
    const kinds = (kind: string): number =>
      suite?.children.filter(({ children }) => children.some(({ name }) => name === kind)).length ?? 0
    expect(suites.attributes).toEqual({
      tests: String(manyCount + 1),
      failures: String(kinds('failure')),
      errors: '0',
      skipped: String(kinds('skipped')),
    })
    expect(kinds('failure')).toBeGreaterThan(0)
  })

  test('have colours where they may, and only there', async () => {
    const colored = await runPharosCommand(['judge', '--slo', 'slo.yaml', '--indicators', 'good.json'], {
      cwd,
      isColored: true,
    })
    const plain = await judge('good.json')
    expect(colored.out).toContain('\u001B[32mpass')
    expect(plain.out).not.toContain('\u001B')
  })

  test('several in one run: one to standard output, the others to files', async () => {
    const { out } = await judge(
      'failing.json',
      '--output',
      'junit=gate.xml',
      '--output',
      'json',
      '--output',
      'markdown=gate.md',
    )
    expect(JSON.parse(out)).toMatchObject({ state: 'succeeded', result: 'fail' })
    const xml = readFileSync(join(cwd, 'gate.xml'), 'utf8')
    expect(xml).toContain('<testsuites tests="4" failures="2" errors="0" skipped="1">')
    expect(xml).toContain(
      '<testcase classname="slo.yaml" name="errors"><failure message="2 does not meet &lt;=1"/></testcase>',
    )
    const markdown = readFileSync(join(cwd, 'gate.md'), 'utf8')
    expect(markdown).toContain('### ❌ slo.yaml: fail, score 66.67')
    expect(markdown).toContain('| ❌ | errors **key** | 2 |  | ✗ `<=1` | 0/1 |')
  })
})

describe('is refused in a sentence:', () => {
  for (const { argv, said } of [
    { argv: ['judge'], said: '--slo is missing' },
    { argv: ['judge', '--slo', 'slo.yaml'], said: '--indicators is missing' },
    { argv: ['judge', '--slo'], said: /^Option '--slo <value>' argument missing/ },
    { argv: ['judge', '--frob'], said: /^Unknown option '--frob': see pharos judge --help/ },
    { argv: ['judge', 'file'], said: 'judge takes no "file": see pharos judge --help' },
    { argv: ['judge', '--slo', 'a', '--slo', 'b'], said: '--slo is given twice' },
    {
      argv: ['judge', '--slo', 'none.yaml', '--indicators', 'good.json'],
      said: 'none.yaml cannot be read: there is no such file',
    },
    { argv: ['judge', '--slo', '.', '--indicators', 'good.json'], said: '. cannot be read: it is a folder' },
    { argv: ['judge', '--slo', '-', '--indicators', '-'], said: 'only one file can be standard input' },
    { argv: ['frob'], said: 'there is no command frob: see pharos --help' },
    {
      argv: ['serve', '--port', '1'],
      said: 'serve takes no options: its settings come from pharos.yaml and the environment',
    },
    { argv: ['help', 'frob'], said: 'there is no command frob: see pharos --help' },
    { argv: ['evaluate', '--project', '..'], said: /^--project must be 1 to 128 letters.* or a digit$/ },
    {
      argv: ['history', '--project', 'shop', '--stage', 'prod', '--service', 'A & B'],
      said: /^--service must be 1 to 128 letters.*services in project\.yaml may be a map with displayName/,
    },
    { argv: ['evaluate', '--key', 'größe'], said: '--key must be 1 to 255 printable ASCII characters, not "größe"' },
    { argv: ['evaluate', '--key', ''], said: '--key must be 1 to 255 printable ASCII characters, not ""' },
    { argv: ['lint'], said: 'lint needs a file or a folder' },
    { argv: ['lint', 'nothing'], said: 'nothing cannot be read: there is no such file' },
    { argv: ['validate', 'a', 'b'], said: 'validate takes one folder, the definitions root' },
    { argv: ['completion', 'fish'], said: 'completion needs bash or zsh' },
    { argv: ['evaluate', '--project', 'shop'], said: '--stage is missing' },
    { argv: ['evaluate', '--server', 'ftp://x'], said: '--server must be an http or https URL, not ftp://x' },
    { argv: ['evaluate', '--wait', 'soon'], said: '--wait must be a duration such as 10m, not soon' },
    {
      argv: ['evaluate', '--window', '5m', '--end', 'x'],
      said: '--window and --end exclude each other',
      service: true,
    },
    { argv: ['evaluate', '--end', 'x'], said: '--end needs --start', service: true },
    { argv: ['evaluate', '--label', 'x'], said: '--label x is no label: write name=value', service: true },
    { argv: ['evaluate', '--label', 'x=1', '--label', 'x=2'], said: 'the label x is given twice', service: true },
    { argv: ['history', '--limit', '0', '--project', 'p'], said: '--limit must be a whole number from 1 to 100' },
  ].map(({ service, ...rest }) => ({
    ...rest,
    argv: service === true ? [...rest.argv, '--project', 'p', '--stage', 's', '--service', 'x'] : rest.argv,
  }))) {
    test(`pharos ${argv.join(' ')}`, async () => {
      const answer = await run(...argv)
      expect([answer.code, answer.out]).toEqual([2, ''])
      expect(answer.said.trimEnd()).toMatch(typeof said === 'string' ? new RegExp(`^${escaped(said)}$`) : said)
    })
  }

  for (const { file, said } of [
    { file: 'text.json', said: "text.json is not JSON: Unexpected token 'o'" },
    {
      file: 'nan.json',
      said: "nan.json is not JSON: Unexpected token 'N'; JSON has neither NaN nor Infinity: null says not measured",
    },
    {
      file: 'words.json',
      said: [
        'words.json p95: must be a finite number, or null where nothing was measured',
        'words.json cpu load: must be a finite number, or null where nothing was measured',
      ].join('\n'),
    },
    {
      file: 'number.json',
      said: 'number.json must hold an object such as {"error_rate": 0.3}, a list such as [{"metric": "error_rate", "value": 0.3}], a k6 summary, or recorded events of Keptn',
    },
    {
      file: 'empty.json',
      said: 'empty.json is empty: an object such as {"error_rate": 0.3}, a list such as [{"metric": "error_rate", "value": 0.3}], a k6 summary, or recorded events of Keptn was expected',
    },
    { file: 'repeated.json', said: 'repeated.json: "p95" is given twice' },
    {
      file: 'slip.json',
      said: 'slip.json [1]: sucess is not known: metric, value, success, message and comparedValue are',
    },
    {
      file: 'item.json',
      said: 'item.json [0]: must be an object such as {"metric": "error_rate", "value": 0.3, "success": true}',
    },
    { file: 'latin1.json', said: 'latin1.json is no UTF-8 text: save it as UTF-8' },
  ]) {
    test(`indicators in ${file}`, async () => {
      expect(await judge(file)).toEqual({ code: 2, out: '', said: `${said}\n` })
    })
  }

  for (const { history, said } of [
    { history: 'good.json', said: /^good\.json must hold a list of earlier evaluations, newest first, each an object/ },
    { history: 'no-list.json', said: /^no-list\.json \[0\] p95: must be a finite number/ },
    { history: 'number-history.json', said: /^number-history\.json \[1\] must hold an object such as/ },
  ]) {
    test(`the history in ${history}`, async () => {
      const answer = await judge('good.json', '--history', history)
      expect([answer.code, answer.out]).toEqual([2, ''])
      expect(answer.said).toMatch(said)
    })
  }

  test('an SLO, with every place', async () => {
    const { code, said } = await run('judge', '--slo', 'bad.yaml', '--indicators', 'good.json')
    expect(code).toBe(2)
    expect(
      said
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['bad.yaml:1:42:', 'bad.yaml:2:21:'])
  })

  for (const { output, said } of [
    { output: ['yaml'], said: '--output yaml is not known: write text, json, junit, markdown' },
    { output: ['json='], said: '--output json= names no file' },
    {
      output: ['json', 'text'],
      said: 'only one --output can go to standard output: give the others a file, such as --output junit=report.xml',
    },
    { output: ['json=x', 'text=x'], said: 'two --output go to x: give each a file of its own' },
    { output: ['json=none/x.json'], said: 'none/x.json cannot be written: there is no such file' },
  ]) {
    test(`--output ${output.join(' ')}`, async () => {
      expect(await judge('good.json', ...output.flatMap((one) => ['--output', one]))).toEqual({
        code: 2,
        out: '',
        said: `${said}\n`,
      })
    })
  }

  test('--warning with another word', async () => {
    expect(await judge('good.json', '--warning', 'pass')).toMatchObject({
      code: 2,
      said: '--warning can only be fail, not pass\n',
    })
  })
})

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
