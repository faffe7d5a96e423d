import { expect, test } from 'vitest'
import { folderFiles } from '../../../src/definitions/files.ts'
import { defaultProject, readProject } from '../../../src/definitions/project.ts'
import { folderOf } from '../../support/definitions.ts'

const instances = ['prometheus', 'prom-prod']

async function read(text: string) {
  return readProject(folderFiles({ root: await folderOf({ 'shop/project.yaml': text }) }), 'shop', instances)
}

test('without a file, and with an empty one, everything has its default', async () => {
  const nothing = { project: defaultProject, mistakes: [] }
  expect(await readProject(folderFiles({ root: await folderOf({}) }), 'shop', instances)).toEqual(nothing)
  expect(await read('')).toEqual(nothing)
  expect(await read('# nothing yet\n')).toEqual(nothing)
  expect(defaultProject.policies).toEqual({
    missingData: 'warning',
    noBaseline: 'pass',
    missingSlo: 'fail',
    ungated: 'warning',
    windowLength: 'keptn',
    misspeltKeys: 'refuse',
  })
})

test('everything that can be said', async () => {
  const { project, mistakes } = await read(`
provider: prom-prod
policies: {missingData: keptn, noBaseline: fail, missingSlo: pass, ungated: fail, windowLength: warning, misspeltKeys: fail}
services: [carts, orders]
window: {minimum: 10s, from: [request], maxAge: 1d12h}
requests: {slo: deny, values: ["loadtest.*"]}
stages:
  prod: {providers: {prometheus: prom-prod}, window: {maxAge: 5m}}
  dev: {}
`)
  expect(mistakes).toEqual([])
  expect(project).toEqual({
    provider: 'prom-prod',
    policies: {
      missingData: 'keptn',
      noBaseline: 'fail',
      missingSlo: 'pass',
      ungated: 'fail',
      windowLength: 'warning',
      misspeltKeys: 'fail',
    },
    services: ['carts', 'orders'],
    displayNames: new Map(),
    stageNames: ['prod', 'dev'],
    stages: {
      prod: { providers: { prometheus: 'prom-prod' }, window: { maxAge: 300_000 } },
      dev: { providers: {} },
    },
    window: { minimum: 10_000, from: ['request'], maxAge: 129_600_000 },
    requests: { slo: 'deny', values: ['loadtest.*'] },
  })
})

test('one policy leaves the others as they are', async () => {
  const { project } = await read('policies: {noBaseline: warning}')
  expect(project.policies).toEqual({ ...defaultProject.policies, noBaseline: 'warning' })
})

test('services and stages are lists of names, or maps of them', async () => {
  const { project, mistakes } = await read('services: {a-b: {displayName: "A & B"}, c: {}}\nstages: [dev, prod]\n')
  expect(mistakes).toEqual([])
  expect(project.services).toEqual(['a-b', 'c'])
  expect(project.displayNames).toEqual(new Map([['a-b', 'A & B']]))
  expect(project.stageNames).toEqual(['dev', 'prod'])
  expect(project.stages).toEqual({ dev: { providers: {} }, prod: { providers: {} } })
})

test('a name that only stages know is a provider', async () => {
  const { project, mistakes } = await read('provider: metrics\nstages: {prod: {providers: {metrics: prom-prod}}}\n')
  expect(mistakes).toEqual([])
  expect(project.provider).toBe('metrics')
})

for (const { text, mistakes } of [
  { text: 'provider: grafana', mistakes: ['1:11 provider must be a configured provider: prometheus or prom-prod'] },
  { text: 'provider: 3', mistakes: ['1:11 provider must be the name of a provider'] },
  {
    text: 'stages: {prod: {providers: {prometheus: prom-test}}}',
    mistakes: ['1:41 stages.prod.providers.prometheus must be a configured provider: prometheus or prom-prod'],
  },
  {
    text: 'policies: {missingData: ignore}',
    mistakes: ['1:25 policies.missingData must be warning or fail or keptn'],
  },
  {
    text: 'policies:\n  missingdata: fail\n',
    mistakes: [
      '2:3 policies.missingdata is not known here; known are missingData, noBaseline, missingSlo, ungated, windowLength, misspeltKeys',
    ],
  },
  { text: 'services: carts', mistakes: ['1:11 services must be a list of names, or a map from names to settings'] },
  {
    text: 'services: [carts, ../orders]',
    mistakes: [
      '1:19 services.1 must be 1 to 128 letters, digits, dots, underscores and hyphens, and begin with a letter or a digit; for a service with another real name, services in project.yaml may be a map with displayName: {a-b: {displayName: "A & B"}}',
    ],
  },
  {
    text: 'services: {"A & B": {}}',
    mistakes: [
      '1:12 services.A & B: must be 1 to 128 letters, digits, dots, underscores and hyphens, and begin with a letter or a digit; for a service with another real name, services in project.yaml may be a map with displayName: {a-b: {displayName: "A & B"}}',
    ],
  },
  {
    text: 'stages: {"a b": {}}',
    mistakes: [
      '1:10 stages.a b: must be 1 to 128 letters, digits, dots, underscores and hyphens, and begin with a letter or a digit',
    ],
  },
  { text: 'stages: {prod: prom-prod}', mistakes: ['1:16 stages.prod must be a mapping'] },
  { text: 'stages: prod', mistakes: ['1:9 stages must be a list of names, or a map from names to settings'] },
  {
    text: 'services: {carts: {title: Carts}}',
    mistakes: ['1:20 services.carts.title is not known here; known are displayName'],
  },
  { text: 'window: {minimum: 5s}', mistakes: ['1:19 window.minimum must be a duration from 10s to 1h, such as 1m'] },
  { text: 'window: {from: [tests]}', mistakes: ['1:17 window.from.0 must be request or test'] },
  { text: 'window: {from: []}', mistakes: ['1:16 window.from must not be empty'] },
  { text: 'requests: {slo: maybe}', mistakes: ['1:17 requests.slo must be deny or apart or allow'] },
  { text: 'policies', mistakes: ['1:1 the file must be a mapping'] },
  { text: 'provider: prometheus\nprovider: prometheus\n', mistakes: ['2:1 Map keys must be unique'] },
  {
    text: 'policies: {noBaseline: no}\nprovider: none\nteam: a\n',
    mistakes: [
      '1:24 policies.noBaseline must be pass or warning or fail',
      '2:11 provider must be a configured provider: prometheus or prom-prod',
      '3:1 team is not known here; known are provider, policies, services, stages, window, requests',
    ],
  },
]) {
  test(`${JSON.stringify(text)} holds ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}`, async () => {
    const outcome = await read(text)
    expect(outcome.project).toBe(defaultProject)
    expect(outcome.mistakes.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual(mistakes)
    expect(outcome.mistakes.every(({ file }) => file === 'shop/project.yaml')).toBe(true)
  })
}

test('with no provider configured, the message says so', async () => {
  const root = await folderOf({ 'shop/project.yaml': 'provider: prometheus' })
  const { mistakes } = await readProject(folderFiles({ root }), 'shop', [])
  expect(mistakes).toMatchObject([{ message: 'provider must be a configured provider: there is none' }])
})
