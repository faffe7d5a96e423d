import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runPharosCommand, type CommandRun } from '../../../support/terminal.ts'

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
const valid = expect.stringMatching(
  /^(?:.*\n)?1 project, 1 service: every file is valid, every indicator is answered\n$/,
)

test('every mistake is named once, with its place', async () => {
  write(files)
  const { code, out, said } = await validate('.')
  expect(code).toBe(2)
  expect(out.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^bank\/slo\.yaml:1:48: /),
    'bank/prometheus/sli.yaml:1:23: the query of "latency" is empty, so this indicator cannot be measured; fix: write a query, or remove the indicator',
  ])
  expect(said).toBe(`${noConfig}2 projects, 1 service: 2 wrong\n`)
})

test('a sound root is one', async () => {
  write(files)
  rmSync(join(cwd, 'bank'), { recursive: true })
  expect(await validate('.')).toMatchObject({ code: 0, out: '', said: valid })
})

test('links to folders are folders, as for the server, and one that leads out is named', async () => {
  write({
    'outside/slo.yaml': sloOf('errors'),
    'defs/..data/shop/dev/carts/slo.yaml': sloOf('errors'),
    'defs/..data/shop/prometheus/sli.yaml': 'indicators: {errors: up}\n',
  })
  symlinkSync('..data/shop', join(cwd, 'defs/shop'))
  symlinkSync('carts', join(cwd, 'defs/shop/dev/basket'))
  symlinkSync('loop', join(cwd, 'defs/shop/dev/loop'))
  symlinkSync('nowhere', join(cwd, 'defs/shop/dev/gone'))
  expect(await validate('defs')).toMatchObject({
    code: 0,
    out: '',
    said: expect.stringContaining('1 project, 2 services: every file is valid'),
  })
  symlinkSync('../../../../outside', join(cwd, 'defs/shop/dev/web'))
  const { code, out } = await validate('defs')
  expect([code, out]).toEqual([
    2,
    expect.stringMatching(
      /^shop\/dev\/web\/slo\.yaml:1:1: the file is a link that leads out of the definitions: .*\n$/,
    ),
  ])
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

test('warns of limits in milliseconds for Dynatrace values in microseconds, without failing', async () => {
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

test('finds an empty query and a misspelt key once each, with the fix', async () => {
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
      'bank/slo.yaml:3:1: "totalScore" is not a key of an SLO and has no effect; most likely total_score was intended; fix: remove it: total_score is already present',
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
  const services = '1 project: every file is valid, every indicator is answered\n'
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

const listed = {
  'shop/project.yaml': 'stages: [dev, prod]\nservices: {carts: {displayName: Basket}, orders: {}}\n',
  'shop/slo.yaml': sloOf('errors'),
  'shop/prometheus/sli.yaml': 'indicators: {errors: up}\n',
}

test('validates every listed service of a project with closed lists, and no other', async () => {
  write({ ...listed, 'shop/prod/carts/slo.yaml': sloOf('errors') })
  expect(await validate('.')).toMatchObject({
    code: 0,
    said: expect.stringContaining('every file is valid'),
  })
  write({ 'shop/slo.yaml': sloOf('smoke') })
  expect(await validate('.')).toMatchObject({ code: 2, out: expect.stringMatching(/^shop\/slo\.yaml: .*"smoke"/) })
})

test('a folder that is not on a closed list is wrong, with the nearest name', async () => {
  write({ ...listed, 'shop/prdo/carts/slo.yaml': sloOf('errors'), 'shop/dev/basket/slo.yaml': sloOf('errors') })
  const { code, out } = await validate('.')
  expect([code, out.trimEnd().split('\n')]).toEqual([
    2,
    [
      'there is no service basket in project shop: shop/project.yaml lists carts ("Basket"), orders (did you mean carts?)',
      'there is no stage prdo in project shop: shop/project.yaml lists dev, prod (did you mean prod?)',
    ],
  ])
})

test('placeholders that no request can fill are found, and those that one can are not', async () => {
  write({
    'shop/slo.yaml': `filter: {handler: "Items", raw: "!='Foo'"}\n${sloOf('a')}`,
    'shop/prometheus/sli.yaml':
      'indicators: {a: \'x{a="$handler$LABEL.x$ENV.REGION$CONTEXT$TESTSTRATEGY",b=~"$LABEL.x.*|$"}[$DURATION_SECONDS]\'}\n',
    'shop/prod/slo.yaml': sloOf('a'),
    'pharos.yaml':
      'providers: {prometheus: {kind: prometheus, url: "http://127.0.0.1:1"}}\nplaceholders: {environment: [REGION]}\n',
  })
  expect((await validate('.')).out.trimEnd().split('\n')).toEqual([
    "shop/prod/slo.yaml: a: placeholder $handler has no value: the SLO's filter has no keys; add it to the filter, or write ${handler:-text} to set a default",
  ])
  const wrong = async (query: string): Promise<readonly string[]> => {
    write({
      'shop/prometheus/sli.yaml': `indicators: {a: ${JSON.stringify(query)}}\n`,
      'shop/prod/slo.yaml': sloOf('a'),
    })
    return [
      ...new Set(
        (await validate('.')).out
          .trimEnd()
          .split('\n')
          .map((line) => line.replace(/^[^:]*: a: /, '')),
      ),
    ]
  }
  expect(await wrong('$LABEL.a.b')).toEqual([expect.stringMatching(/^placeholder \$LABEL\.a\.b is ambiguous; write /)])
  expect(await wrong('$SERVCE')).toHaveLength(2)
  expect(await wrong('$ENV.HOME')).toEqual([expect.stringMatching(/pharos\.yaml lists only REGION; /)])
  expect(await wrong('m{a="${LABEL.v:-main}"} > ${LABEL.n:-0}')).toEqual([''])
  const unsafe = /^the text of \$\{LABEL\.v:-a or b\} cannot be inserted here: escaping cannot make it safe /
  expect(await wrong('${LABEL.v:-a or b}')).toEqual([expect.stringMatching(unsafe)])
  expect(await wrong('up $raw')).toContainEqual(expect.stringMatching(/^the value of \$raw cannot be inserted here: /))
})

test('placeholders of queries that no objective asks are found, unless the filter of some SLO fills them', async () => {
  const query = (text: string): string => JSON.stringify(`x{a="${text}"}`)
  write({
    'shop/slo.yaml': sloOf('a'),
    'shop/prod/slo.yaml': `filter: {target: x}\n${sloOf('a')}`,
    'shop/prometheus/sli.yaml': [
      'indicators:',
      '  a: up',
      ...['$SERVCE', '$LABEL.a.b', '$ENV.HOME', '$TARGET', '$target', '$other', '$LABEL.x'].map(
        (text, place) => `  unused${place}: ${query(text)}`,
      ),
      '',
    ].join('\n'),
    'pharos.yaml':
      'providers: {prometheus: {kind: prometheus, url: "http://127.0.0.1:1"}}\nplaceholders: {environment: [REGION]}\n',
  })
  const { code, out } = await validate('.')
  expect(code).toBe(2)
  expect(out.trimEnd().split('\n')).toEqual([
    expect.stringMatching(
      /^shop\/prometheus\/sli\.yaml:4: "unused1" can never be asked: placeholder \$LABEL\.a\.b is ambig/,
    ),
    expect.stringMatching(
      /^shop\/prometheus\/sli\.yaml:3: "unused0" can never be asked: placeholder \$SERVCE is unknown; use/,
    ),
    expect.stringMatching(
      /^shop\/prometheus\/sli\.yaml:5: "unused2" can never be asked: placeholder \$ENV\.HOME is not allo/,
    ),
  ])
})

for (const { policy, code, out, said } of [
  { policy: 'fail', code: 2, out: /^shop\/slo\.yaml:1:\d+: "weigth" is not a key/, said: /^(?!.*warning: )/s },
  { policy: 'keptn', code: 0, out: /^$/, said: /^warning: shop\/slo\.yaml:1:\d+: "weigth" is not a key/m },
]) {
  test(`a misspelt key is told where the policy misspeltKeys is ${policy}, too`, async () => {
    write({
      'shop/slo.yaml': 'objectives: [{sli: errors, weigth: 2, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: 90}\n',
      'shop/prometheus/sli.yaml': 'indicators: {errors: up}\n',
      'shop/project.yaml': `policies: {misspeltKeys: ${policy}}\n`,
    })
    expect(await validate('.')).toMatchObject({
      code,
      out: expect.stringMatching(out),
      said: expect.stringMatching(said),
    })
  })
}

test('options of an indicator that there is nowhere are a warning', async () => {
  write({
    'shop/slo.yaml': sloOf('errors'),
    'shop/prometheus/sli.yaml': 'indicators: {errors: up}\n',
    'shop/prometheus/options.yaml': 'indicators: {errors: {onEmpty: 0}, erors: {onEmpty: 0}, late: {onEmpty: 0}}\n',
    'shop/prod/prometheus/sli.yaml': 'indicators: {late: up}\n',
    'pharos.yaml': 'providers: {prometheus: {kind: prometheus, url: "http://127.0.0.1:1"}}\n',
  })
  const { code, said } = await validate('.')
  expect(code).toBe(0)
  expect(said).toMatch(
    /^warning: shop\/prometheus\/options\.yaml:1:\d+: there are options for "erors", which is in no sli\.yaml .*; fix: write "errors"$/m,
  )
  expect(said.match(/^warning: /gm)).toHaveLength(1)
})

test('finds placeholders in inputs of formulas, but none of the environment without a pharos.yaml', async () => {
  write({
    'shop/slo.yaml': sloOf('rate'),
    'shop/computed/sli.yaml': 'indicators: {rate: errors / 2}\n',
    'shop/prometheus/sli.yaml': 'indicators: {errors: "x{a=\'$nothing\',b=\'$ENV.HOME\'}", other: "$nothing"}\n',
  })
  expect((await validate('.')).out).toMatch(/^shop\/slo\.yaml: errors: placeholder \$nothing has no value: [^\n]*\n$/)
})

describe('a tree that cannot be judged', () => {
  test('holds no slo.yaml at all', async () => {
    write({
      'shop/prometheus/sli.yaml': 'indicators: {errors: up}\n',
      'shop/project.yaml': 'policies: {missingSlo: pass}\n',
    })
    const { code, out } = await validate('.')
    expect([code, out]).toEqual([2, '.: no slo.yaml found: no service can be judged\n'])
  })

  test('holds a project or a service with definitions and without an slo.yaml', async () => {
    write({
      'shop/prod/carts/slo.yaml': sloOf('errors'),
      'shop/prometheus/sli.yaml': 'indicators: {errors: up}\n',
      'shop/prod/orders/prometheus/sli.yaml': 'indicators: {errors: up}\n',
      'bank/prometheus/sli.yaml': 'indicators: {errors: up}\n',
      'lenient/project.yaml': 'policies: {missingSlo: pass}\n',
      'scripts/deploy.sh': '',
    })
    const { code, out } = await validate('.')
    expect(code).toBe(2)
    expect(out.trimEnd().split('\n')).toEqual([
      'bank: there is no slo.yaml for any of its services',
      expect.stringMatching(
        /^there is no slo\.yaml for service orders in stage prod of project shop; looked for shop\/prod\/orders\/slo\.yaml, /,
      ),
    ])
  })

  test('names services and stages in its project.yaml only', async () => {
    write({
      ...configured,
      'pharos.yaml':
        'providers: {metrics: {kind: prometheus, url: "http://127.0.0.1:1"}, grail: {kind: dynatrace, url: "https://a.live.dynatrace.com", token: "env:UNSET"}}\ndefaultProvider: metrics\n',
      'definitions/shop/project.yaml': 'services: [carts]\nstages: {dev: {}, prod: {providers: {metrics: grail}}}\n',
      'definitions/shop/slo.yaml': sloOf('missing'),
      'definitions/shop/metrics/options.yaml': 'indicators:\n  errors: {mode: range, step: 1m, reduce: max}\n',
    })
    const { code, out } = await validate('definitions')
    expect(code).toBe(2)
    expect(out).toContain('shop/slo.yaml: the indicator "missing" is not defined')
    expect(out).toMatch(/^shop\/metrics\/options\.yaml:2:/m)
  })

  test('lacks a service that its project.yaml lists', async () => {
    write({
      'shop/project.yaml': 'services: [carts, orders]\n',
      'shop/prod/carts/slo.yaml': sloOf('errors'),
      'shop/prometheus/sli.yaml': 'indicators: {errors: up}\n',
    })
    const { code, out } = await validate('.')
    expect([code, out]).toEqual([
      2,
      'shop: there is no slo.yaml for service orders in any stage, but project.yaml lists it\n',
    ])
  })
})

describe('what no objective uses', () => {
  const used = { 'shop/slo.yaml': sloOf('errors'), 'shop/prometheus/sli.yaml': 'indicators: {errors: up}\n' }

  test('a formula must have inputs with answers', async () => {
    write({ ...used, 'shop/computed/sli.yaml': 'indicators:\n  rate: errors / requests\n  twice: errors * 2\n' })
    const { code, out } = await validate('.')
    expect(code).toBe(2)
    expect(out.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        /^shop\/computed\/sli\.yaml:2: rate is made of "requests", and the indicator "requests" is not defined: /,
      ),
    ])
    expect(await validate('.', '--pushed', 'requests')).toMatchObject({ code: 0 })
  })

  test('a formula that is answered in one stage is sound', async () => {
    write({
      ...used,
      'shop/computed/sli.yaml': 'indicators: {rate: errors / requests}\n',
      'shop/prod/prometheus/sli.yaml': 'indicators: {requests: up}\n',
    })
    expect(await validate('.')).toMatchObject({ code: 0, out: '' })
  })

  test('a formula that cannot be read is found where a service has no slo.yaml, too', async () => {
    write({
      ...used,
      'shop/prod/computed/sli.yaml': 'indicators: {rate: errors /}\n',
      'shop/project.yaml': 'services: []\n',
    })
    expect((await validate('.')).out).toMatch(
      /^shop\/prod\/computed\/sli\.yaml:1: the formula of "rate" cannot be read: /,
    )
  })
})

const dynatrace = (settings: string) =>
  `providers: {dynatrace: {kind: dynatrace, url: "https://abc.live.dynatrace.com", ${settings}}}\ndefaultProvider: dynatrace\n`

describe('an indicator that can never be asked', () => {
  const dql = `'DQL;timeseries a = avg(dt.host.cpu.usage)'`
  const metrics = `'metricSelector=builtin:service.response.time'`

  for (const { what, settings, query, options, said } of [
    {
      what: 'DQL without a platform',
      settings: 'token: "env:T"',
      query: dql,
      options: '',
      said: 'DQL is not configured',
    },
    {
      what: 'a metric without a token of the environment',
      settings: 'platform: {token: "env:P"}',
      query: metrics,
      options: '',
      said: 'no API token is configured',
    },
    {
      what: 'a metric with options',
      settings: 'token: "env:T", platform: {token: "env:P"}',
      query: metrics,
      options: 'indicators: {errors: {reduce: max}}\n',
      said: 'options are for DQL only',
    },
    {
      what: 'a text that is not a query',
      settings: 'token: "env:T"',
      query: "'MV2;Furlong;x'",
      options: '',
      said: 'MV2 query',
    },
  ]) {
    test(`${what} is found, whether an objective uses it or not`, async () => {
      write({
        'pharos.yaml': dynatrace(settings),
        'definitions/shop/slo.yaml': sloOf('other'),
        'definitions/shop/dynatrace/sli.yaml': `indicators:\n  errors: ${query}\n`,
        'definitions/shop/dynatrace/options.yaml': options,
      })
      const { code, out } = await validate('definitions', '--pushed', 'other')
      expect([code, out]).toEqual([
        2,
        expect.stringMatching(/^shop\/dynatrace\/sli\.yaml:2: "errors" can never be asked: /),
      ])
      expect(out).toContain(said)
      expect(out.trimEnd().split('\n')).toHaveLength(1)
    })
  }
})

test('an empty query of Dynatrace is said once', async () => {
  write({
    'pharos.yaml': dynatrace('token: "env:T"'),
    'definitions/shop/slo.yaml': sloOf('errors'),
    'definitions/shop/dynatrace/sli.yaml': 'indicators:\n  errors: ""\n',
  })
  const { code, out } = await validate('definitions')
  expect([code, out.trimEnd().split('\n')]).toEqual([2, [expect.stringContaining('the query of "errors" is empty')]])
})

describe('without a folder', () => {
  test('the root is that of pharos.yaml, wherever that is', async () => {
    write({ ...configured, 'pharos.yaml': `definitions: definitions\n${config}` })
    const root = join(cwd, 'definitions')
    expect(await validate()).toEqual({
      code: 0,
      out: '',
      said: `definitions: ${root}\n1 project: every file is valid, every indicator is answered\n`,
    })
    write({ 'elsewhere/other.yaml': `definitions: ../broken\n${config}`, 'broken/shop/slo.yaml': '' })
    expect(await validate('--config', 'elsewhere/other.yaml')).toMatchObject({
      code: 2,
      out: expect.stringMatching(/^shop\/slo\.yaml:1:1: /),
    })
    const { code } = await runPharosCommand(['validate'], { cwd, env: { PHAROS_CONFIG: 'elsewhere/other.yaml' } })
    expect(code).toBe(2)
  })

  test('and without definitions in pharos.yaml, or without the file, the examples that a server would serve', async () => {
    const pushed = ['--pushed', 'loadtest.assertions_failed']
    const said = expect.stringMatching(/definitions: .*slo.examples\n(?:.*\n)?2 projects, 2 services: every file/)
    expect(await validate(...pushed)).toMatchObject({ code: 0, said })
    const prometheus = 'prometheus: {kind: prometheus, url: "http://127.0.0.1:1"}'
    write({ 'pharos.yaml': dynatrace('token: "env:T"').replace('{dynatrace', `{${prometheus}, dynatrace`) })
    expect(await validate(...pushed)).toMatchObject({ code: 0, said })
  })

  test('more than one is refused', async () => {
    expect(await validate('a', 'b')).toMatchObject({
      code: 2,
      said: 'validate takes one folder, the definitions root\n',
    })
  })
})
