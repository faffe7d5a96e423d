import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runPharosCommand, type CommandRun } from '../../support/terminal.ts'

const sloOf = (indicator: string): string =>
  `objectives: [{sli: "${indicator}", pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: 90}\n`

const files: Readonly<Record<string, string>> = {
  'shop/slo.yaml': sloOf('errors'),
  'shop/prometheus/sli.yaml': 'indicators: {errors: up, latency: up}\n',
  'shop/prod/carts/slo.yaml': sloOf('latency'),
  'shop/.hidden/slo.yaml': 'objectives: [\n',
  'bank/slo.yaml': 'objectives: [{sli: latency, pass: [{criteria: ["!5"]}]}]\ntotal_score: {pass: 90}\n',
  'bank/prometheus/sli.yaml': 'indicators: {latency: ""}\n',
}
const noConfig =
  'there is no pharos.yaml: folders with an sli.yaml count as providers, and no options.yaml is checked\n'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pharos-cli-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

function write(texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(join(cwd, dirname(name)), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
}
const validate = (...argv: readonly string[]): Promise<CommandRun> => runPharosCommand(['validate', ...argv], { cwd })
const valid = expect.stringMatching(/\d+ services: every file is valid, every indicator is answered\n$/)

test('every mistake is named once, with its place', async () => {
  write(files)
  const { code, out, said } = await validate('.')
  expect(code).toBe(2)
  expect(out.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^bank\/slo\.yaml:1:48: /),
    'bank/prometheus/sli.yaml:1:23: the query of "latency" is empty, so this indicator cannot be measured; fix: write a query, or remove the indicator',
  ])
  expect(said).toBe(`${noConfig}4 services, 2 wrong\n`)
})

test('a sound root is one', async () => {
  write(files)
  rmSync(join(cwd, 'bank'), { recursive: true })
  expect(await validate('.')).toMatchObject({ code: 0, out: '', said: valid })
})

test('an indicator that nobody answers is found, unless its values are pushed', async () => {
  write({ ...files, 'shop/prod/slo.yaml': sloOf('smoke') })
  rmSync(join(cwd, 'bank'), { recursive: true })
  const missing = await validate('.')
  expect([missing.code, missing.out]).toEqual([
    2,
    expect.stringMatching(
      /^shop\/prod\/slo\.yaml: the indicator "smoke" is not defined: it is not in shop\/prometheus\/sli\.yaml/,
    ),
  ])
  expect(await validate('.', '--pushed', 'smoke')).toMatchObject({ code: 0 })
})

test('limits in milliseconds for what Dynatrace has in microseconds are said, and are not wrong', async () => {
  write({
    'shop/slo.yaml': sloOf('rt'),
    'shop/project.yaml': 'provider: dynatrace\n',
    'shop/dynatrace/sli.yaml': 'indicators: {rt: "metricSelector=builtin:service.response.time:avg"}\n',
    'shop/prod/carts/readme.txt': '',
  })
  const { code, out, said } = await validate('.')
  expect([code, out]).toEqual([0, ''])
  expect(
    said.match(/^warning: shop\/slo\.yaml:1:\d+: Dynatrace measures rt in microseconds, .*; fix: .*$/gm),
  ).toHaveLength(1)
})

test('formulas that cannot be followed are found, and their folder is no provider', async () => {
  write(files)
  rmSync(join(cwd, 'bank'), { recursive: true })
  write({ 'shop/computed/sli.yaml': 'indicators: {twice: twice * 2}\n' })
  expect((await validate('.')).out).toMatch(/^shop\/computed\/sli\.yaml:1: formulas lead back to themselves: /)
  write({ 'shop/computed/sli.yaml': 'indicators: {twice: 2 * 2}\n' })
  expect(await validate('.')).toMatchObject({ code: 0, out: '' })
})

test('files that no objective asks for are read too', async () => {
  write({
    'shop/slo.yaml': sloOf('errors'),
    'shop/prometheus/sli.yaml': 'indicators: {errors: up}\n',
    'shop/dynatrace/sli.yaml': 'indicators: {errors: ""}\n',
  })
  const { code, out } = await validate('.')
  expect([code, out]).toEqual([
    2,
    expect.stringMatching(/^shop\/dynatrace\/sli\.yaml:1:22: the query of "errors" is empty/),
  ])
})

test('an empty query and a misspelt key are found once each, with what to write', async () => {
  write({
    'shop/slo.yaml': sloOf('errors'),
    'shop/prometheus/sli.yaml': 'indicators: {errors: ""}\n',
    'shop/computed/sli.yaml': 'indicators: {share: ""}\n',
    'shop/prod/slo.yaml': sloOf('share'),
    'bank/slo.yaml': `${sloOf('errors')}totalScore: {pass: 10}\n`,
    'bank/prometheus/sli.yaml': 'indicators: {errors: up}\n',
  })
  const { code, out } = await validate('.')
  expect([code, out.trimEnd().split('\n')]).toEqual([
    2,
    [
      'bank/slo.yaml:3:1: "totalScore" is not known in an SLO and has no effect: total_score was most likely meant; fix: take it out: total_score is there too',
      'shop/prometheus/sli.yaml:1:22: the query of "errors" is empty, so this indicator cannot be measured; fix: write a query, or remove the indicator',
      'shop/prod/slo.yaml: the query of "share" is empty in shop/computed/sli.yaml:1',
    ],
  ])
})

const config =
  'providers: {metrics: {kind: prometheus, url: "http://prometheus:9090", token: "env:UNSET"}}\ndefaultProvider: metrics\n'
const configured = {
  'pharos.yaml': config,
  'definitions/shop/slo.yaml': sloOf('errors'),
  'definitions/shop/metrics/sli.yaml': 'indicators: {errors: up}\n',
}

test('of pharos.yaml it takes who answers and by default, and no secret', async () => {
  write(configured)
  const services = '1 service: every file is valid, every indicator is answered\n'
  expect(await validate('definitions')).toEqual({ code: 0, out: '', said: services })
  write({
    'definitions/shop/slo.yaml': sloOf('prometheus:errors'),
    'definitions/shop/prometheus/sli.yaml': 'indicators: {errors: up}\n',
  })
  const { code, out } = await validate('definitions')
  // Nobody is called prometheus, so that is a part of the name.
  expect([code, out]).toEqual([2, expect.stringContaining('the indicator "prometheus:errors" is not defined: ')])
})

test('the options of an indicator are those that the configured kind has', async () => {
  const options = 'indicators:\n  errors: {mode: range, step: 1m, reduce: max}\n'
  write({ ...configured, 'definitions/shop/metrics/options.yaml': options })
  expect(await validate('definitions')).toMatchObject({ code: 0, out: '' })

  write({ 'definitions/shop/metrics/options.yaml': 'indicators:\n  errors: {mode: sideways}\n  late: {onEmty: 0}\n' })
  const wrong = await validate('definitions')
  expect(wrong.code).toBe(2)
  expect(wrong.out.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^shop\/metrics\/options\.yaml:2:\d+: .*mode/),
    expect.stringMatching(/^shop\/metrics\/options\.yaml:3:\d+: .*onEmty/),
  ])

  write({
    'pharos.yaml': config.replace(
      /kind: prometheus.*?}/,
      'kind: dynatrace, url: "https://abc.live.dynatrace.com", token: "env:UNSET"}',
    ),
  })
  write({ 'definitions/shop/metrics/options.yaml': options })
  expect(await validate('definitions')).toMatchObject({ code: 2, out: expect.stringContaining('options.yaml:2:') })
})

test('a pack answers what no file does', async () => {
  write({ ...configured, 'definitions/shop/slo.yaml': sloOf('error_rate') })
  expect(await validate('definitions')).toMatchObject({ code: 2 })
  write({ 'other.yaml': config.replace('url:', 'indicatorPack: keptn, url:') })
  expect(await validate('definitions', '--config', 'other.yaml')).toMatchObject({ code: 0 })
})

for (const { what, text, said } of [
  { what: 'a kind that is none', text: 'providers: {prometheus: {kind: graphite}}\n', said: /unknown kind "graphite"/ },
  { what: 'a setting that is none', text: config.replace('url:', 'uri:'), said: /providers\.metrics\.url/ },
  { what: 'no YAML', text: 'providers: [', said: /pharos\.yaml:1:/ },
]) {
  test(`a pharos.yaml with ${what} is refused in a sentence`, async () => {
    write({ ...configured, 'pharos.yaml': text })
    expect(await validate('definitions')).toEqual({ code: 2, out: '', said: expect.stringMatching(said) })
  })
}

for (const { path, said } of [
  { path: 'file', said: 'file cannot be read as a folder: a part of its path is no folder' },
  { path: 'none', said: 'none cannot be read as a folder: there is no such file' },
  { path: 'empty', said: 'empty holds no project: each is a folder with its slo.yaml files' },
]) {
  test(`${path} is refused in a sentence`, async () => {
    write({ file: '', 'empty/readme.txt': 'nothing here' })
    expect(await validate(path)).toEqual({ code: 2, out: '', said: `${said}\n` })
  })
}

test('a configuration that is not there is refused in a sentence', async () => {
  write(configured)
  const said = expect.stringContaining('the configuration file none.yaml does not exist')
  expect(await validate('definitions', '--config', 'none.yaml')).toEqual({ code: 2, out: '', said })
})
