import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  loadDefinition,
  type Definition,
  type DefinitionDeps,
  type DefinitionRequest,
} from '../../../src/definitions/load.ts'
import { defaultProject } from '../../../src/definitions/project.ts'
import { PharosError } from '../../../src/base/errors.ts'
import { parseAcceptedSlo } from '../../../src/definitions/slo-text.ts'
import { folderOf } from '../../support/definitions.ts'

const service = { project: 'shop', stage: 'prod', service: 'carts' }
const providers = ['prometheus', 'prom-prod', 'Dynatrace']

const noneOf = () => () => []

function sloOf(...indicators: readonly string[]): string {
  const objectives = indicators.map(
    (indicator) => `  - {sli: ${JSON.stringify(indicator)}, pass: [{criteria: ["<1"]}]}\n`,
  )
  return `objectives:\n${objectives.join('')}total_score: {pass: "90%"}\n`
}

function sliOf(...indicators: readonly string[]): string {
  return `indicators:\n${indicators.map((indicator) => `  ${indicator}: query of ${indicator}\n`).join('')}`
}

async function load(
  files: Readonly<Record<string, string>>,
  request: Partial<DefinitionRequest> = {},
  deps: Partial<Pick<DefinitionDeps, 'defaultProvider' | 'optionMistakes' | 'packOf' | 'objectivesMax'>> = {},
): Promise<Definition> {
  const root = await folderOf(files)
  return loadDefinition(
    { service, sloText: undefined, pushedMetrics: [], gitCommitId: undefined, ...request },
    { root, providers, defaultProvider: 'prometheus', optionMistakes: noneOf, ...deps },
  )
}

async function refusal(...args: Parameters<typeof load>): Promise<PharosError> {
  try {
    await load(...args)
  } catch (error) {
    if (error instanceof PharosError) return error
    throw error
  }
  throw new Error('the definition was accepted')
}

/** An answer in a line. */
function lines({ answers }: Pick<Definition, 'answers'>): readonly string[] {
  return answers.map((answer) => {
    if (answer.kind === 'pushed') return 'pushed'
    if (answer.kind === 'computed')
      return `${answer.name} = ${answer.definition} [${lines({ answers: answer.inputs }).join('; ')}]`
    if (answer.kind === 'asked') return `${answer.provider} ${answer.name} = ${answer.definition}`
    return `${answer.provider} ${answer.name}: ${answer.message}`
  })
}

describe('the nearest slo.yaml', () => {
  const levels = ['shop/slo.yaml', 'shop/prod/slo.yaml', 'shop/prod/carts/slo.yaml']

  for (const [index, nearest] of levels.entries()) {
    test(`${nearest} wins over what is further away`, async () => {
      const files = Object.fromEntries(levels.slice(0, index + 1).map((path) => [path, sloOf(path)]))
      const definition = await load(files)
      expect(definition.sloSource).toBe(nearest)
      expect(definition.sloText).toBe(files[nearest])
      expect(definition.slo?.objectives.map(({ indicator }) => indicator)).toEqual([nearest])
    })
  }

  test('another service’s, stage’s and project’s files are not looked at', async () => {
    const error = await refusal({
      'shop/prod/orders/slo.yaml': sloOf('a'),
      'shop/dev/slo.yaml': sloOf('a'),
      'bank/slo.yaml': sloOf('a'),
      'slo.yaml': sloOf('a'),
    })
    expect(error).toMatchObject({
      code: 'slo_not_found',
      message:
        'there is no slo.yaml for service carts in stage prod of project shop; looked for shop/prod/carts/slo.yaml, shop/prod/slo.yaml, shop/slo.yaml',
    })
  })

  test('an inline SLO wins over files', async () => {
    const definition = await load({ 'shop/slo.yaml': 'not read' }, { sloText: sloOf('a') })
    expect(definition).toMatchObject({ sloSource: 'inline', sloText: sloOf('a') })
  })

  test('an empty file is a mistake, not a missing file', async () => {
    const error = await refusal({ 'shop/prod/carts/slo.yaml': '', 'shop/slo.yaml': sloOf('a') })
    expect(error.code).toBe('slo_invalid')
    expect(error.mistakes).toMatchObject([{ code: 'empty', file: 'shop/prod/carts/slo.yaml', line: 1, column: 1 }])
  })

  test('none, and the policy missingSlo is pass: a definition without SLO, whatever else is there', async () => {
    const files = { 'shop/project.yaml': 'policies: {missingSlo: pass}', 'shop/prometheus/sli.yaml': 'not an SLI' }
    expect(await load(files)).toMatchObject({ slo: null, sloText: null, sloSource: null, answers: [], findings: [] })
  })
})

interface Case {
  readonly name: string
  readonly sli: string
  readonly answer: string
  readonly project?: string
  readonly pushed?: readonly string[]
  readonly defaultProvider?: string
}

describe('who answers', () => {
  const slis = {
    'shop/prometheus/sli.yaml': sliOf('a', 'b', 'job:up'),
    'shop/prod/carts/prometheus/sli.yaml': sliOf('c'),
    'shop/prom-prod/sli.yaml': sliOf('a'),
    'shop/prod/Dynatrace/sli.yaml': sliOf('a', 'RT_Real'),
  }

  const allowed = 'requests: {values: ["*"]}'
  const cases: readonly Case[] = [
    { name: 'a pushed value of the same text', sli: 'x', pushed: ['x'], answer: 'pushed' },
    { name: 'a pushed value that the project allows', sli: 'a', pushed: ['a'], project: allowed, answer: 'pushed' },
    {
      name: 'a pushed value of the same text, prefix included',
      sli: 'prometheus:a',
      pushed: ['prometheus:a'],
      project: allowed,
      answer: 'pushed',
    },
    {
      name: 'not a pushed value of the name without its prefix',
      sli: 'prometheus:a',
      pushed: ['a'],
      answer: 'prometheus a = query of a',
    },
    { name: 'the default provider', sli: 'a', answer: 'prometheus a = query of a' },
    { name: 'the default provider, from a narrower level', sli: 'c', answer: 'prometheus c = query of c' },
    {
      name: 'the service’s default provider',
      sli: 'RT_Real',
      defaultProvider: 'Dynatrace',
      answer: 'Dynatrace RT_Real = query of RT_Real',
    },
    {
      name: 'the project’s provider before the service’s',
      sli: 'a',
      project: 'provider: prom-prod',
      defaultProvider: 'Dynatrace',
      answer: 'prom-prod a = query of a',
    },
    {
      name: 'the provider of the prefix before the project’s',
      sli: 'Dynatrace:a',
      project: 'provider: prom-prod',
      answer: 'Dynatrace a = query of a',
    },
    {
      name: 'the provider of the prefix in another case',
      sli: 'DYNATRACE:RT_Real',
      answer: 'Dynatrace RT_Real = query of RT_Real',
    },
    {
      name: 'the instance that the stage means',
      sli: 'a',
      project: 'stages: {prod: {providers: {prometheus: prom-prod}}}',
      answer: 'prom-prod a = query of a',
    },
    {
      name: 'the instance that the stage means, by prefix',
      sli: 'prometheus:b',
      project: 'stages: {prod: {providers: {prometheus: prom-prod}}}',
      answer: 'prom-prod b = query of b',
    },
    {
      name: 'not the instance of another stage',
      sli: 'b',
      project: 'stages: {dev: {providers: {prometheus: prom-prod}}, prod: {}}',
      answer: 'prometheus b = query of b',
    },
    {
      name: 'nobody: a name that has no instance in this stage',
      sli: 'metrics:a',
      project: 'stages: {dev: {providers: {metrics: prom-prod}}, prod: {}}',
      answer: 'metrics a: no provider is configured under the name "metrics"',
    },
    {
      name: 'nobody: a default provider that is not configured',
      sli: 'a',
      defaultProvider: 'datadog',
      answer: 'datadog a: no provider is configured under the name "datadog"',
    },
    {
      name: 'nobody: an unknown prefix is part of the name',
      sli: 'job:up:rate5m',
      answer:
        'prometheus job:up:rate5m: the indicator "job:up:rate5m" is not defined: it is not in shop/prometheus/sli.yaml, shop/prod/carts/prometheus/sli.yaml, and there is no shop/prod/prometheus/sli.yaml',
    },
    { name: 'a name with colons', sli: 'prometheus:job:up', answer: 'prometheus job:up = query of job:up' },
    {
      name: 'nobody: not in the only file there is',
      sli: 'prom-prod:b',
      answer:
        'prom-prod b: the indicator "b" is not defined: it is not in shop/prom-prod/sli.yaml, and there is no shop/prod/prom-prod/sli.yaml, shop/prod/carts/prom-prod/sli.yaml',
    },
    {
      name: 'nobody: names that JavaScript knows otherwise',
      sli: 'constructor',
      defaultProvider: 'toString',
      answer: 'toString constructor: no provider is configured under the name "toString"',
    },
  ]
  for (const { name, sli, project, pushed, defaultProvider, answer } of cases) {
    test(`is ${name}`, async () => {
      const files = { ...slis, 'shop/slo.yaml': sloOf(sli), 'shop/project.yaml': project ?? '' }
      const definition = await load(files, { pushedMetrics: pushed ?? [] }, defaultProvider ? { defaultProvider } : {})
      expect(lines(definition)).toEqual([answer])
    })
  }

  test('each objective in the order of the file, the same sli twice', async () => {
    const definition = await load(
      { ...slis, 'shop/slo.yaml': sloOf('c', 'Dynatrace:a', 'x', 'c') },
      { pushedMetrics: ['x', 'unused'] },
    )
    expect(definition.answers.map(({ indicator }) => indicator)).toEqual(['c', 'Dynatrace:a', 'x', 'c'])
    expect(lines(definition)).toEqual([
      'prometheus c = query of c',
      'Dynatrace a = query of a',
      'pushed',
      'prometheus c = query of c',
    ])
  })

  test('files that nobody needs are not read', async () => {
    const files = { 'shop/prometheus/sli.yaml': 'broken', 'shop/Dynatrace/sli.yaml': sliOf('a') }
    const definition = await load(
      { ...files, 'shop/slo.yaml': sloOf('Dynatrace:b', 'Dynatrace:a') },
      { pushedMetrics: ['Dynatrace:b'] },
    )
    expect(lines(definition)).toEqual(['pushed', 'Dynatrace a = query of a'])
  })
})

describe('mistakes', () => {
  test('those of all files come at once, under the code of the first', async () => {
    const error = await refusal({
      'shop/project.yaml': 'policies: {noBaseline: no}\n',
      'shop/slo.yaml': 'objectives:\n  - {sli: a, pass: [{criteria: ["~1"]}]}\n  - {sli: b, weight: -1}\n',
      'shop/prometheus/sli.yaml': 'indicators: {a: [b]}\n',
      'shop/prod/prometheus/sli.yaml': '',
    })
    expect(error.code).toBe('project_invalid')
    expect(error.message).toBe('the definition holds 6 mistakes')
    expect(error.mistakes.map(({ code, file, line, column }) => `${file}:${line}:${column} ${code}`)).toEqual([
      'shop/project.yaml:1:24 invalid_value',
      'shop/slo.yaml:1:1 total_score_missing',
      'shop/slo.yaml:2:33 criterion_invalid',
      'shop/slo.yaml:3:22 weight_invalid',
      'shop/prometheus/sli.yaml:1:17 wrong_type',
      'shop/prod/prometheus/sli.yaml:1:1 empty',
    ])
  })

  test('those of an sli.yaml alone', async () => {
    const error = await refusal({ 'shop/slo.yaml': sloOf('a'), 'shop/prometheus/sli.yaml': 'queries: {a: b}' })
    expect(error).toMatchObject({ code: 'sli_invalid', message: 'the definition holds a mistake' })
    expect(error.mistakes).toMatchObject([{ code: 'indicators_missing', file: 'shop/prometheus/sli.yaml' }])
  })

  test('those of an inline SLO point into the request', async () => {
    const error = await refusal({}, { sloText: 'objectives: []\ntotal_score: {pass: much}\n' })
    expect(error.code).toBe('slo_invalid')
    expect(error.mistakes).toMatchObject([{ code: 'threshold_invalid', pointer: '/slo', line: 2, column: 21 }])
    expect(error.mistakes[0]).not.toHaveProperty('file')
  })

  test('a broken project.yaml is told before a missing slo.yaml', async () => {
    expect(await refusal({ 'shop/project.yaml': 'policies: lenient' })).toMatchObject({ code: 'project_invalid' })
  })
})

test('what has no effect is found, with its file', async () => {
  const definition = await load({
    'shop/slo.yaml': `slos: []\n${sloOf('a')}`,
    'shop/prometheus/sli.yaml': `x-team: a\nunits: {}\n${sliOf('a')}`,
  })
  expect(definition.findings).toMatchObject([
    { code: 'unknown_key', file: 'shop/slo.yaml', line: 1, column: 1 },
    { code: 'unknown_key', file: 'shop/prometheus/sli.yaml', line: 2, column: 1 },
  ])
})

describe('a misspelt key', () => {
  const slip = `objectives: [{sli: a, key_sli: true, pas: [{criteria: ["<1"]}]}]\ntotal_score: {pass: 90}\n`
  const policy = (word: string): string => `policies: {misspeltKeys: ${word}}`

  test('is refused, with its place and its fix', async () => {
    const error = await refusal({ 'shop/slo.yaml': slip })
    expect(error).toMatchObject({ code: 'slo_invalid' })
    expect(error.mistakes).toMatchObject([
      { code: 'misspelt_key', file: 'shop/slo.yaml', line: 1, column: 38, fix: 'write pass' },
    ])
    expect((await refusal({}, { sloText: slip })).mistakes).toMatchObject([{ code: 'misspelt_key', pointer: '/slo' }])
  })

  test('comes with the other mistakes of the file, in its order', async () => {
    const { mistakes } = await refusal({ 'shop/slo.yaml': `weight: 1\n${slip.replace('90', '900')}` })
    expect(mistakes.map(({ code, line }) => `${line} ${code}`)).toEqual([
      '1 misspelt_key',
      '2 misspelt_key',
      '3 threshold_invalid',
    ])
  })

  for (const word of ['fail', 'keptn']) {
    test(`is a finding with the policy ${word}, and is left to the judgement`, async () => {
      const definition = await load({ 'shop/slo.yaml': slip, 'shop/project.yaml': policy(word) })
      expect(definition.slo?.misspelt).toHaveLength(1)
      expect(definition.policies.misspeltKeys).toBe(word)
      expect(definition.findings.filter(({ code }) => code === 'misspelt_key')).toMatchObject([
        { severity: 'warning', fix: 'write pass' },
      ])
    })
  }

  test('of an sli.yaml is refused, unless the policy is keptn', async () => {
    const files = { 'shop/slo.yaml': sloOf('a'), 'shop/prometheus/sli.yaml': `${sliOf('a')}indicator: {b: up}\n` }
    const error = await refusal({ ...files, 'shop/project.yaml': policy('fail') })
    expect(error).toMatchObject({ code: 'sli_invalid' })
    expect(error.mistakes).toMatchObject([{ code: 'misspelt_key', file: 'shop/prometheus/sli.yaml', line: 3 }])
    const definition = await load({ ...files, 'shop/project.yaml': policy('keptn') })
    expect(definition.findings).toMatchObject([{ code: 'misspelt_key', severity: 'warning' }])
  })
})

describe('an empty query', () => {
  for (const { sli, provider } of [
    { sli: 'b', provider: 'prometheus' },
    { sli: 'none', provider: 'computed' },
  ]) {
    test(`of ${provider} opens no way for a pushed value`, async () => {
      const files = {
        'shop/slo.yaml': sloOf(sli),
        'shop/prometheus/sli.yaml': 'indicators: {b: ""}',
        'shop/computed/sli.yaml': 'indicators: {none: ""}',
      }
      const error = await refusal(files, { pushedMetrics: [sli] })
      expect(error.code).toBe('pushed_over_measured')
    })
  }

  test('fails its own indicator only', async () => {
    const definition = await load({
      'shop/slo.yaml': sloOf('a', 'b'),
      'shop/prometheus/sli.yaml': 'indicators:\n  a: up\n  b:\n',
    })
    expect(lines(definition)).toEqual([
      'prometheus a = up',
      'prometheus b: the query of "b" is empty in shop/prometheus/sli.yaml:3',
    ])
  })

  test('hides the query of a wider level', async () => {
    const definition = await load({
      'shop/slo.yaml': sloOf('a'),
      'shop/prometheus/sli.yaml': 'indicators: {a: up}',
      'shop/prod/prometheus/sli.yaml': 'indicators: {a: ""}',
    })
    expect(lines(definition)).toEqual(['prometheus a: the query of "a" is empty in shop/prod/prometheus/sli.yaml:1'])
  })

  test('as an input of a formula, or in the place of one, refuses nothing', async () => {
    const definition = await load({
      'shop/slo.yaml': sloOf('share', 'none'),
      'shop/prometheus/sli.yaml': 'indicators: {a: up, b: "", none: up}',
      'shop/computed/sli.yaml': 'indicators: {share: a / b, none: ""}',
    })
    expect(lines(definition)).toEqual([
      'share = a / b [prometheus a = up; prometheus b: the query of "b" is empty in shop/prometheus/sli.yaml:1]',
      'computed none: the query of "none" is empty in shop/computed/sli.yaml:1',
    ])
  })
})

describe('a closed list', () => {
  for (const { text, named, code, message } of [
    {
      text: 'services: [orders, users]',
      named: { service: 'carts' },
      code: 'service_not_found',
      message: 'there is no service carts in project shop: shop/project.yaml lists orders, users',
    },
    {
      text: 'services: [orders, users]',
      named: { service: 'order' },
      code: 'service_not_found',
      message:
        'there is no service order in project shop: shop/project.yaml lists orders, users (did you mean orders?)',
    },
    {
      text: 'services: {a-b: {displayName: "Basket"}, users: {}}',
      named: { service: 'basket' },
      code: 'service_not_found',
      message:
        'there is no service basket in project shop: shop/project.yaml lists a-b ("Basket"), users (did you mean a-b?)',
    },
    {
      text: 'services: []',
      named: {},
      code: 'service_not_found',
      message: 'there is no service carts in project shop: shop/project.yaml lists no service',
    },
    {
      text: 'stages: [dev, prod]',
      named: { stage: 'prdo' },
      code: 'stage_not_found',
      message: 'there is no stage prdo in project shop: shop/project.yaml lists dev, prod (did you mean prod?)',
    },
    {
      text: 'stages: {dev: {}, prod: {}}',
      named: { stage: 'qa' },
      code: 'stage_not_found',
      message: 'there is no stage qa in project shop: shop/project.yaml lists dev, prod',
    },
  ]) {
    test(`${text} refuses ${Object.values(named)[0] ?? 'every service'}, also with an SLO in the request`, async () => {
      const files = { 'shop/project.yaml': text, 'shop/slo.yaml': sloOf('a') }
      expect(await refusal(files, { service: { ...service, ...named }, sloText: sloOf('a') })).toMatchObject({
        code,
        message,
      })
    })
  }

  test('takes what is on it', async () => {
    const files = { 'shop/project.yaml': 'services: [orders, users]\nstages: [prod]', 'shop/slo.yaml': sloOf('a') }
    const named = { ...service, stage: 'prod', service: 'users' }
    expect(await load(files, { service: named })).toMatchObject({ sloSource: 'shop/slo.yaml', unlisted: [] })
  })
})

describe('unknown names', () => {
  const unlisted = async (files: Readonly<Record<string, string>>, named: Partial<typeof service> = {}) => {
    const prepared = { 'shop/slo.yaml': sloOf('a'), 'shop/prometheus/sli.yaml': sliOf('a'), ...files }
    return (await load(prepared, { service: { ...service, ...named } })).unlisted
  }

  test('are those without a folder', async () => {
    expect(await unlisted({ 'shop/dev/orders/slo.yaml': sloOf('a') })).toEqual([
      { kind: 'stage', folders: ['dev'] },
      { kind: 'service', folders: ['orders'] },
    ])
    expect(await unlisted({ 'shop/prod/slo.yaml': sloOf('a') })).toEqual([{ kind: 'service', folders: [] }])
    expect(await unlisted({ 'shop/prod/carts/slo.yaml': sloOf('a') })).toEqual([])
  })

  test('do not include services with a folder in another stage', async () => {
    expect(await unlisted({ 'shop/dev/carts/slo.yaml': sloOf('a') })).toEqual([{ kind: 'stage', folders: ['dev'] }])
  })

  test('do not include names on a list', async () => {
    expect(await unlisted({ 'shop/project.yaml': 'services: [carts]' })).toEqual([{ kind: 'stage', folders: [] }])
    expect(await unlisted({ 'shop/project.yaml': 'stages: [prod]' })).toEqual([{ kind: 'service', folders: [] }])
    expect(await unlisted({ 'shop/project.yaml': 'stages: [prod]\nservices: [carts]' })).toEqual([])
  })
})

test('the rules for windows are those of the stage, key by key, then those of the project', async () => {
  const text = 'window: {minimum: 30s, from: [request], maxAge: 1h}\nstages: {prod: {window: {maxAge: 5m}}, dev: {}}'
  const files = { 'shop/project.yaml': text, 'shop/slo.yaml': sloOf('a') }
  const ofProject = { minimum: 30_000, from: ['request'], maxAge: 3_600_000 }
  expect((await load(files)).window).toEqual({ ...ofProject, maxAge: 300_000 })
  expect((await load(files, { service: { ...service, stage: 'dev' } })).window).toEqual(ofProject)
  expect((await load({ 'shop/slo.yaml': sloOf('a') })).window).toEqual({})
})

test('policies are the project’s', async () => {
  const definition = await load({ 'shop/project.yaml': 'policies: {missingData: keptn}', 'shop/slo.yaml': sloOf('a') })
  expect(definition.policies).toEqual({ ...defaultProject.policies, missingData: 'keptn' })
})

describe('an SLO with more objectives than are allowed is refused', () => {
  const message = 'there are 3 objectives, at most 2 are read'
  test('in a file', async () => {
    const files = { 'shop/slo.yaml': sloOf('a', 'b', 'c') }
    expect((await refusal(files, {}, { objectivesMax: 2 })).mistakes).toMatchObject([
      { message, file: 'shop/slo.yaml' },
    ])
    expect((await load(files, {}, { objectivesMax: 3 })).answers).toHaveLength(3)
  })

  test('in a request', async () => {
    const request = { sloText: sloOf('a', 'b', 'c') }
    const { code, mistakes } = await refusal({}, request, { objectivesMax: 2 })
    expect(code).toBe('slo_invalid')
    expect(mistakes).toMatchObject([{ message, pointer: '/slo', fix: expect.stringContaining('limits.objectives') }])
  })

  test('a thousand are allowed by default, and what was accepted by wider limits is still read', async () => {
    const names = Array.from({ length: 1001 }, (_, place) => `m${place}`)
    const { mistakes } = await refusal({}, { sloText: sloOf(...names) })
    expect(mistakes).toMatchObject([{ code: 'too_many_objectives' }])
    expect((await load({}, { sloText: sloOf(...names) }, { objectivesMax: 1001 })).slo?.objectives).toHaveLength(1001)
    expect(parseAcceptedSlo(sloOf(...names)).objectives).toHaveLength(1001)
  })
})

test('an edit counts from the next time on', async () => {
  const root = await folderOf({ 'shop/slo.yaml': sloOf('a') })
  const request = { service, sloText: undefined, pushedMetrics: [], gitCommitId: undefined }
  const deps = { root, providers, defaultProvider: 'prometheus', optionMistakes: noneOf }
  expect((await loadDefinition(request, deps)).sloText).toBe(sloOf('a'))
  await writeFile(join(root, 'shop/slo.yaml'), sloOf('b'))
  const definition = await loadDefinition(request, deps)
  expect(definition.sloText).toBe(sloOf('b'))
  expect(definition.answers.map(({ indicator }) => indicator)).toEqual(['b'])
})

describe("an instance's pack", () => {
  const packOf: DefinitionDeps['packOf'] = (instance, filter) =>
    new Map(instance === 'prometheus' ? ['a', 'b'].map((name) => [name, `pack ${name} ${JSON.stringify(filter)}`]) : [])
  const told = ({ findings }: Definition) => findings.filter(({ code }) => code === 'indicator_from_pack')

  test('answers what no file holds, and sees the filter', async () => {
    const files = { 'shop/slo.yaml': `filter: {x: "1"}\n${sloOf('a', 'prom-prod:b', 'c')}` }
    const definition = await load(files, {}, { packOf })
    expect(lines(definition)).toEqual([
      'prometheus a = pack a [["x","1"]]',
      expect.stringContaining('prom-prod b: the indicator "b" is not defined'),
      expect.stringContaining('prometheus c: the indicator "c" is not defined'),
    ])
    expect(told(definition)).toEqual([])
  })

  test('stands behind the files, and says where it stood in for them', async () => {
    const files = {
      'shop/slo.yaml': sloOf('a', 'b', 'prom-prod:b'),
      'shop/prometheus/sli.yaml': sliOf('a'),
      'shop/prom-prod/sli.yaml': sliOf('b'),
    }
    const definition = await load(files, {}, { packOf })
    expect(lines(definition)).toEqual([
      'prometheus a = query of a',
      'prometheus b = pack b []',
      'prom-prod b = query of b',
    ])
    const message = `b: not in shop/prometheus/sli.yaml, and asked as the provider's indicatorPack has it`
    expect(told(definition)).toEqual([{ code: 'indicator_from_pack', message }])
  })
})

describe('options.yaml', () => {
  const files = { 'shop/slo.yaml': sloOf('a', 'b', 'prom-prod:a'), 'shop/prometheus/sli.yaml': sliOf('a', 'b') }
  const optionsOf = ({ answers }: Definition) =>
    answers.map((answer) => (answer.kind === 'asked' ? answer.options : undefined))

  test('the whole entry of the nearest level counts, for each indicator and provider', async () => {
    const definition = await load({
      ...files,
      'shop/prom-prod/sli.yaml': sliOf('a'),
      'shop/prometheus/options.yaml': 'indicators: {a: {onEmpty: 0, onNaN: 0}, b: {onNaN: 1}}',
      'shop/prod/carts/prometheus/options.yaml': 'indicators: {a: {onEmpty: 2}}',
    })
    expect(optionsOf(definition)).toEqual([{ onEmpty: 2 }, { onNaN: 1 }, undefined])
  })

  test('the provider says what is wrong with them, and each mistake has its place', async () => {
    const asked: string[] = []
    const optionMistakes: DefinitionDeps['optionMistakes'] = (instance) => () => {
      asked.push(instance)
      return [
        { path: 'onEmpty', message: 'must be error or a number' },
        { path: '', message: 'too many' },
      ]
    }
    const text = 'indicators:\n  a:\n    onEmpty: nought\n'
    const error = await refusal({ ...files, 'shop/prod/prometheus/options.yaml': text }, {}, { optionMistakes })
    expect(asked).toEqual(['prometheus'])
    expect(error.code).toBe('sli_invalid')
    const file = 'shop/prod/prometheus/options.yaml'
    expect(error.mistakes).toEqual([
      { code: 'invalid_value', message: 'indicators.a too many', file, line: 3, column: 5 },
      { code: 'invalid_value', message: 'indicators.a.onEmpty must be error or a number', file, line: 3, column: 14 },
    ])
  })

  for (const { text, message } of [
    { text: 'indicators: [a]', message: 'indicators must map the names of indicators to their options' },
    { text: 'indicators: {a: 1}', message: 'indicators.a must be a mapping' },
    { text: 'a: {onEmpty: 0}', message: 'a is not known here; known are indicators' },
  ]) {
    test(`${text} is refused`, async () => {
      const error = await refusal({ ...files, 'shop/prometheus/options.yaml': text })
      expect(error.mistakes).toMatchObject([{ message, file: 'shop/prometheus/options.yaml' }])
    })
  }
})

describe('formulas of computed/sli.yaml', () => {
  const computed = (...formulas: readonly string[]) => `indicators:\n${formulas.map((line) => `  ${line}\n`).join('')}`

  test('are what an indicator of their name is made of, before any default provider', async () => {
    const definition = await load({
      'shop/slo.yaml': sloOf('error_rate', 'errors'),
      'shop/prometheus/sli.yaml': sliOf('errors', 'requests', 'error_rate'),
      'shop/computed/sli.yaml': computed('error_rate: errors / requests * 100'),
    })
    expect(lines(definition)).toEqual([
      'error_rate = errors / requests * 100 [prometheus errors = query of errors; prometheus requests = query of requests]',
      'prometheus errors = query of errors',
    ])
  })

  test('may name providers, pushed values and each other', async () => {
    const definition = await load(
      {
        'shop/slo.yaml': sloOf('Computed:both', 'prometheus:half'),
        'shop/prometheus/sli.yaml': sliOf('half'),
        'shop/Dynatrace/sli.yaml': sliOf('"RT Real"'),
        'shop/computed/sli.yaml': computed(`both: half + "computed:half"`, `half: '"dynatrace:RT Real" / 2 + load'`),
      },
      { pushedMetrics: ['load'] },
    )
    expect(lines(definition)).toEqual([
      'both = half + "computed:half" [half = "dynatrace:RT Real" / 2 + load [Dynatrace RT Real = query of "RT Real"; pushed]; half = "dynatrace:RT Real" / 2 + load [Dynatrace RT Real = query of "RT Real"; pushed]]',
      'prometheus half = query of half',
    ])
  })

  test('are overlaid like queries, and the nearest level’s line is told', async () => {
    const error = await refusal({
      'shop/slo.yaml': sloOf('a'),
      'shop/computed/sli.yaml': computed('a: 1 + 1'),
      'shop/prod/computed/sli.yaml': computed('b: 1', 'a: 1 +'),
    })
    expect(error).toMatchObject({
      code: 'sli_invalid',
      mistakes: [
        {
          code: 'formula_invalid',
          file: 'shop/prod/computed/sli.yaml',
          line: 3,
          message: expect.stringMatching(/^the formula of "a" cannot be read: /),
        },
      ],
    })
  })

  test('that lead back to themselves are refused, with the way', async () => {
    const error = await refusal({
      'shop/slo.yaml': sloOf('a'),
      'shop/computed/sli.yaml': computed('a: b + 1', 'b: c', `c: '"computed:a" * 2'`, 'd: d'),
    })
    expect(error.mistakes).toMatchObject([
      { code: 'formula_circular', line: 2, message: expect.stringContaining('"a" → "b" → "c" → "a"') },
      { code: 'formula_circular', line: 5, message: expect.stringContaining('"d" → "d"; put the provider before') },
    ])
  })

  test('whose inputs nobody answers are refused; where nobody asks for them, they are not', async () => {
    const files = {
      'shop/prometheus/sli.yaml': sliOf('errors'),
      'shop/computed/sli.yaml': computed('error_rate: errors / requests', `twice: '"computed:none" * 2'`),
    }
    const error = await refusal({ ...files, 'shop/slo.yaml': sloOf('error_rate', 'twice') })
    expect(error.mistakes).toMatchObject([
      {
        code: 'formula_input_unknown',
        file: 'shop/computed/sli.yaml',
        line: 2,
        message: expect.stringMatching(
          /^error_rate is made of "requests", and the indicator "requests" is not defined: it is not in/,
        ),
      },
      { code: 'formula_input_unknown', line: 3, message: expect.stringContaining('"none" is not defined') },
    ])
    expect(lines(await load({ ...files, 'shop/slo.yaml': sloOf('errors') }))).toHaveLength(1)
  })

  test('that double with each step are refused before they are followed', async () => {
    const steps = Array.from({ length: 12 }, (_, place) => `s${place}: max(s${place + 1}, "computed:s${place + 1}")`)
    const error = await refusal({
      'shop/slo.yaml': sloOf('s0'),
      'shop/prometheus/sli.yaml': sliOf('s12'),
      'shop/computed/sli.yaml': computed(...steps.map((step) => step.replace(': ', ": '") + "'"), 's12: 1'),
    })
    expect(error.mistakes[0]?.message).toMatch(/is made of \d+ indicators, at most 200 are allowed/)
  })
})
