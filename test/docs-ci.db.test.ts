import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import { commands } from '../src/cli/run.ts'
import { fakeToken, startFakeDynatrace, type FakeDynatrace } from './support/fake-dynatrace.ts'
import { startScriptedPrometheus, type Script } from './support/scripted-prometheus.ts'
import { startService, type TestService } from './support/service.ts'

/** The shell steps of docs/ci and the examples of every command, as a shell runs them, against a real server. */

const repository = fileURLToPath(new URL('..', import.meta.url))
const slo = 'objectives: [{sli: errors, pass: [{criteria: ["<=1"]}]}]\ntotal_score: {pass: 90}\n'

const scope = new AsyncDisposableStack()
const script: Script = { errors: { kind: 'value', value: 0 }, 1: { kind: 'scalar', value: 1 } }
let service: TestService
let environment: FakeDynatrace
let cwd: string

beforeAll(async () => {
  const prometheus = await startScriptedPrometheus(script)
  scope.defer(() => prometheus.stop())
  environment = await startFakeDynatrace([])
  scope.defer(() => environment.stop())
  service = await startService({
    files: { 'shop/slo.yaml': slo, 'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {errors: errors}\n' },
    settings: { providers: { prometheus: { kind: 'prometheus', url: prometheus.url } }, apiTokens: ['env:TOKEN'] },
    env: { TOKEN: 'secret' },
  })
  scope.defer(() => service.stop())
  cwd = await mkdtemp(join(inject('testFolder'), 'ci-'))
  await mkdir(join(cwd, 'bin'))
  await symlink(join(repository, 'src/pharos.mjs'), join(cwd, 'bin/pharos'))
  await symlink(join(repository, 'slo'), join(cwd, 'slo'))
  await symlink(join(repository, 'slo/examples'), join(cwd, 'definitions'))
  await mkdir(join(cwd, 'prometheus'))
  const files = {
    'slo.yaml': slo,
    'values.json': '{"errors": 0}',
    'earlier.json': '[{"errors": 0}]',
    'prometheus/sli.yaml': 'indicators: {errors: up}\n',
    'dashboard.json': '{"tiles": [{"tileType": "OPEN_PROBLEMS", "name": "Problems"}]}',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text)
})
afterAll(() => scope.disposeAsync())

interface Run {
  readonly code: number
  readonly out: string
  readonly said: string
}

function sh(text: string, env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const node = dirname(process.execPath)
  return new Promise((resolve) => {
    const options = {
      cwd,
      env: {
        PATH: [join(cwd, 'bin'), node, process.env['PATH']].join(':'),
        PHAROS_URL: service.url,
        PHAROS_TOKEN: 'secret',
        PHAROS_HOME: repository,
        ...env,
      },
    }
    const child = execFile('sh', ['-ec', text], options, (error, out, said) => {
      resolve({ code: Number(error?.code ?? 0), out, said })
    })
    child.stdin?.end()
  })
}

const read = (name: string): Promise<string> => readFile(join(repository, 'docs/ci', name), 'utf8')

async function newestLabels(): Promise<unknown> {
  const path = '/v1/projects/shop/stages/staging/services/carts/score-history'
  const { body } = await service.request('GET', path, { headers: { authorization: 'Bearer secret' } })
  return body.items[0].labels
}

interface Step {
  readonly name?: string
  readonly run?: string
}

describe('the pipeline of', () => {
  for (const { of, stepsOf, env } of [
    {
      of: 'GitHub Actions',
      env: { BUILD: '17', GITHUB_STEP_SUMMARY: 'summary.md' },
      stepsOf: async () => {
        const { jobs } = parse(await read('github-actions.yml')) as { jobs: { gate: { steps: readonly Step[] } } }
        return jobs.gate.steps.flatMap(({ name, run }) => (name === 'Install' || run === undefined ? [] : [run]))
      },
    },
    {
      of: 'GitLab',
      env: { BUILD: '17', CI_PROJECT_ID: '1', CI_JOB_ID: '2' },
      stepsOf: async () => {
        const { gate } = parse(await read('gitlab-ci.yml')) as { gate: { script: readonly string[] } }
        return gate.script
      },
    },
    {
      of: 'Jenkins',
      env: { BUILD_NUMBER: '17', BUILD_TAG: 'jenkins-gate-17' },
      stepsOf: async () => [...(/sh '''(?<step>.*?)'''/gs.exec(await read('Jenkinsfile')) ?? [])].slice(1),
    },
    { of: 'a shell with curl', env: { BUILD: '17' }, stepsOf: async () => [await read('gate.sh')] },
  ]) {
    test(`${of} passes what passes and stops what fails`, async () => {
      const steps = (await stepsOf()).join('\n')
      expect(steps).toContain('carts')
      script['errors'] = { kind: 'value', value: 0 }
      const passed = await sh(steps, env)
      expect(passed).toMatchObject({ code: 0 })
      expect(await newestLabels()).toEqual({ buildId: '17' })
      script['errors'] = { kind: 'value', value: 5 }
      const failed = await sh(steps, { ...env, CI_JOB_ID: '3', BUILD_TAG: 'jenkins-gate-18' })
      expect(failed).toMatchObject({ code: 20 })
      expect(await sh(steps, { ...env, PHAROS_TOKEN: 'wrong' })).not.toMatchObject({ code: 0 })
    }, 60_000)
  }
})

describe('the examples of help do what they say:', () => {
  for (const example of commands.flatMap(({ examples }) => examples)) {
    test(`$ ${example}`, async () => {
      script['errors'] = { kind: 'value', value: 0 }
      // What writes files finds none of the others in its way.
      const place = example.startsWith('pharos import')
        ? 'cd "$(mktemp -d import.XXXXXX)"; cp ../dashboard.json .; '
        : ''
      const here = example
        .replaceAll(/error_rate|latency/g, 'errors')
        .replace(/https:\S+dynatrace\.com/, environment.url)
      const { code, said } = await sh(place + here, { DT_TOKEN: fakeToken })
      // The examples of a definitions root have an indicator whose values come with the request.
      const codes = example.includes('--provider dynatrace') ? [0, 2] : [0]
      expect([code, said]).toEqual([codes.find((one) => one === code), said])
    }, 30_000)
  }
})
