import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
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
    files: {
      'shop/slo.yaml': slo,
      'shop/project.yaml': 'requests: {values: [errors]}\n',
      'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {errors: errors}\n',
    },
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
  await makeClonable(join(cwd, 'clonable'))
  await writeFile(join(cwd, 'bin/npm'), npm, { mode: 0o755 })
  const files = {
    'slo.yaml': slo,
    'values.json': '{"errors": 0}',
    'earlier.json': '[{"errors": 0}]',
    'prometheus/sli.yaml': 'indicators: {errors: up}\n',
    // The examples' definitions ask both.
    'pharos.yaml': [
      'providers:',
      '  prometheus: {kind: prometheus, url: "http://127.0.0.1:9090"}',
      '  dynatrace: {kind: dynatrace, url: "https://abc.live.dynatrace.com", token: "env:DT_TOKEN"}',
      '',
    ].join('\n'),
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
        PHAROS_REPOSITORY: `file://${join(cwd, 'clonable')}`,
        HOME: cwd,
        ...env,
      },
    }
    const child = execFile('sh', ['-ec', text], options, (error, out, said) => {
      resolve({ code: Number(error?.code ?? 0), out, said })
    })
    child.stdin?.end()
  })
}

/** A repository of what the program is made of, to be cloned. */
async function makeClonable(folder: string): Promise<void> {
  await mkdir(folder)
  for (const name of ['package.json', 'package-lock.json', 'src', 'slo', 'providers', 'migrations']) {
    await cp(join(repository, name), join(folder, name), { recursive: true })
  }
  const git = `git -C "$PHAROS_FOLDER" -c user.name=x -c user.email=x@example.org`
  const { code, said } = await sh(`git init -q "$PHAROS_FOLDER"; ${git} add --all; ${git} commit -q -m x`, {
    PHAROS_FOLDER: folder,
  })
  if (code !== 0) throw new Error(said)
}

/**
 * In place of npm, so that no test needs the network: npm itself says whether it would do it (the lock file and package.json
 * agree), then the packages of a program without its development are linked into the folder.
 */
const npm = `#!/bin/sh -e
PATH=\${PATH#*:}
npm_config_dry_run=true npm_config_offline=true npm "$@" > npm.log 2>&1 || { cat npm.log >&2; exit 1; }
test "$1" = --prefix
mkdir -p "$2/node_modules"
cd "$2"
node -e '
  const { existsSync, mkdirSync, symlinkSync } = require("node:fs")
  const { dirname, join } = require("node:path")
  const { packages } = require(join(process.cwd(), "package-lock.json"))
  for (const [path, { dev, devOptional }] of Object.entries(packages)) {
    const source = join(process.argv[1], path)
    if (dev || devOptional || path.split("node_modules/").length !== 2 || !existsSync(source)) continue
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(source, path)
  }' "${repository}"
`

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

async function githubSteps(): Promise<readonly Step[]> {
  const { jobs } = parse(await read('github-actions.yml')) as { jobs: { gate: { steps: readonly Step[] } } }
  return jobs.gate.steps
}

interface GitlabJob {
  readonly before_script: readonly string[]
  readonly script: readonly string[]
}

async function gitlabJob(): Promise<GitlabJob> {
  return (parse(await read('gitlab-ci.yml')) as { gate: GitlabJob }).gate
}

const runsOf = (steps: readonly Step[]): string => steps.flatMap(({ run }) => run ?? []).join('\n')

describe('the pipeline of', () => {
  for (const { of, installing, gate, env, unauthorized = 3 } of [
    {
      of: 'GitHub Actions',
      env: { BUILD: '17', GITHUB_STEP_SUMMARY: 'summary.md' },
      // What actions/checkout does is no step of a shell.
      installing: async () =>
        `git clone "$PHAROS_REPOSITORY" "$PHAROS_HOME"\n${runsOf((await githubSteps()).filter(({ name }) => name === 'Install'))}`,
      gate: async () => runsOf((await githubSteps()).filter(({ name }) => name !== 'Install')),
    },
    {
      of: 'GitLab',
      env: { BUILD: '17', CI_PROJECT_ID: '1', CI_JOB_ID: '2' },
      installing: async () => (await gitlabJob()).before_script.join('\n'),
      gate: async () => (await gitlabJob()).script.join('\n'),
    },
    {
      of: 'Jenkins',
      env: { BUILD_NUMBER: '17', BUILD_TAG: 'jenkins-gate-17' },
      installing: async () => '',
      gate: async () => /sh '''(?<step>.*?)'''/gs.exec(await read('Jenkinsfile'))?.[1] ?? '',
    },
    {
      of: 'a shell with curl',
      env: { BUILD: '17', BUILD_TAG: 'jenkins-gate-17' },
      installing: async () => '',
      gate: async () => read('gate.sh'),
      unauthorized: 22,
    },
  ]) {
    test(`${of} passes a pass and stops a fail, both in the same job`, async () => {
      const install = await installing()
      const home = install === '' ? repository : await mkdtemp(join(cwd, 'home-'))
      const here = { ...env, PHAROS_HOME: home }
      const { code, said } = await sh(install, here)
      expect([code, said]).toEqual([0, said])
      const steps = await gate()
      expect(steps).toContain('carts')
      script['errors'] = { kind: 'value', value: 0 }
      expect(await sh(steps, here)).toMatchObject({ code: 0 })
      expect(await newestLabels()).toEqual({ buildId: '17' })
      script['errors'] = { kind: 'value', value: 5 }
      expect(await sh(steps, here)).toMatchObject({ code: 20 })
      script['errors'] = { kind: 'error', status: 422, errorType: 'execution', error: 'too many samples' }
      expect(await sh(steps, here)).toMatchObject({ code: 30 })
      expect(await sh(steps, { ...here, PHAROS_TOKEN: 'wrong' })).toMatchObject({ code: unauthorized })
    }, 120_000)
  }
})

test('the gate with curl prints why the server refuses, wherever its address ends', async () => {
  const gate = await read('gate.sh')
  const PHAROS_URL = `${service.url}/`
  for (const { env, text, code } of [
    { env: { PHAROS_TOKEN: 'wrong' }, text: gate, code: 'unauthorized' },
    { env: {}, text: gate.replace('project=shop', 'project=none'), code: 'slo_not_found' },
    { env: {}, text: gate.replace('timeframe": "15m', 'timeframe": "1s'), code: 'invalid_window' },
  ]) {
    const ended = await sh(text, { PHAROS_URL, ...env })
    expect(ended).toMatchObject({ code: 22, out: expect.stringMatching(/\n$/) })
    expect(JSON.parse(ended.out)).toMatchObject({ code, detail: expect.any(String) })
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
      expect([code, said]).toEqual([0, said])
    }, 30_000)
  }
})
