import { expect, test } from 'vitest'
import { folderFiles } from '../../../src/definitions/files.ts'
import { defaultProject, readProject } from '../../../src/definitions/project.ts'
import { folderOf } from '../../support/definitions.ts'

const instances = ['prometheus', 'prom-prod']

async function read(text: string) {
  return readProject(folderFiles(await folderOf({ 'shop/project.yaml': text })), 'shop', instances)
}

test('without a file, and with an empty one, everything has its default', async () => {
  const nothing = { project: defaultProject, mistakes: [] }
  expect(await readProject(folderFiles(await folderOf({})), 'shop', instances)).toEqual(nothing)
  expect(await read('')).toEqual(nothing)
  expect(await read('# nothing yet\n')).toEqual(nothing)
  expect(defaultProject.policies).toEqual({ missingData: 'warning', noBaseline: 'pass', missingSlo: 'fail' })
})

test('everything that can be said', async () => {
  const { project, mistakes } = await read(`
provider: prom-prod
policies: {missingData: keptn, noBaseline: fail, missingSlo: pass}
services: [carts, orders]
stages:
  prod: {providers: {prometheus: prom-prod}}
  dev: {}
`)
  expect(mistakes).toEqual([])
  expect(project).toEqual({
    provider: 'prom-prod',
    policies: { missingData: 'keptn', noBaseline: 'fail', missingSlo: 'pass' },
    services: ['carts', 'orders'],
    stages: { prod: { providers: { prometheus: 'prom-prod' } }, dev: { providers: {} } },
  })
})

test('one policy leaves the others as they are', async () => {
  const { project } = await read('policies: {noBaseline: warning}')
  expect(project.policies).toEqual({ missingData: 'warning', noBaseline: 'warning', missingSlo: 'fail' })
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
    mistakes: ['2:3 policies.missingdata is not known here; known are missingData, noBaseline, missingSlo'],
  },
  { text: 'services: carts', mistakes: ['1:11 services must be a list of names'] },
  {
    text: 'services: [carts, ../orders]',
    mistakes: [
      '1:19 services.1 must be 1 to 128 letters, digits, dots, underscores and hyphens, and begin with a letter or a digit',
    ],
  },
  {
    text: 'stages: {"a b": {}}',
    mistakes: [
      '1:10 stages.a b: must be 1 to 128 letters, digits, dots, underscores and hyphens, and begin with a letter or a digit',
    ],
  },
  { text: 'stages: {prod: prom-prod}', mistakes: ['1:16 stages.prod must be a mapping'] },
  { text: 'stages: []', mistakes: ['1:9 stages must map stages'] },
  { text: 'policies', mistakes: ['1:1 the file must be a mapping'] },
  { text: 'provider: prometheus\nprovider: prometheus\n', mistakes: ['2:1 Map keys must be unique'] },
  {
    text: 'policies: {noBaseline: no}\nprovider: none\nteam: a\n',
    mistakes: [
      '1:24 policies.noBaseline must be pass or warning or fail',
      '2:11 provider must be a configured provider: prometheus or prom-prod',
      '3:1 team is not known here; known are provider, policies, services, stages',
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
  const { mistakes } = await readProject(folderFiles(root), 'shop', [])
  expect(mistakes).toMatchObject([{ message: 'provider must be a configured provider: there is none' }])
})
