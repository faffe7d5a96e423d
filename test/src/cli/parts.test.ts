import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commands } from '../../../src/cli/run.ts'
import { keyOf, runId } from '../../../src/cli/run-id.ts'
import { standingOf } from '../../../src/cli/standing.ts'
import { sparkline } from '../../../src/cli/sparkline.ts'
import { mayColor } from '../../../src/cli/terminal.ts'
import { runPharosCommand } from '../../support/terminal.ts'

describe('a sparkline', () => {
  for (const { values, bars } of [
    { values: [], bars: '' },
    { values: [5], bars: '▁' },
    { values: [3, 3, 3], bars: '▁▁▁' },
    { values: [0, 1, 2, 3, 4, 5, 6, 7], bars: '▁▂▃▄▅▆▇█' },
    { values: [1, null, 2], bars: '▁ █' },
    { values: [-1e308, 1e308], bars: '▁█' },
    { values: [null], bars: ' ' },
  ]) {
    test(`of ${JSON.stringify(values)} is ${JSON.stringify(bars)}`, () => {
      expect(sparkline(values)).toBe(bars)
    })
  }
})

describe('the run of', () => {
  for (const { of, env, id } of [
    {
      of: 'GitHub Actions',
      env: { GITHUB_REPOSITORY: 'o/r', GITHUB_RUN_ID: '7', GITHUB_RUN_ATTEMPT: '2', GITHUB_JOB: 'gate' },
      id: 'o/r/7/2/gate',
    },
    { of: 'GitLab', env: { CI_PROJECT_ID: '3', CI_JOB_ID: '99' }, id: '3/99' },
    { of: 'Jenkins', env: { BUILD_TAG: 'jenkins-größe-5' }, id: 'jenkins-gr__e-5' },
    { of: 'nobody', env: { GITHUB_RUN_ID: '7' }, id: undefined },
    { of: 'a long name', env: { BUILD_TAG: 'x'.repeat(300) }, id: 'x'.repeat(255) },
  ]) {
    test(`${of} is ${id?.slice(0, 20)}`, () => {
      expect(runId(env)).toBe(id)
    })
  }
})

describe('the idempotency key', () => {
  const env = { BUILD_TAG: 'x'.repeat(300) }
  const window = { start: '2026-01-02T03:00:00Z', end: '2026-01-02T03:05:00Z' }
  const asked = (path: string, body: object = { window }) => keyOf(env, { path, body })

  test('of a request with a start and an end is that of the run and the request', () => {
    expect(asked('/a')).toEqual(asked('/a'))
    expect(asked('/a').key).toMatch(/^x{238} [0-9a-f]{16}$/)
    expect(asked('/b').key).not.toBe(asked('/a').key)
  })

  for (const { of, body } of [
    { of: 'without a window', body: {} },
    { of: 'with a start alone', body: { window: { start: window.start } } },
    { of: 'with a start and a duration', body: { window: { start: window.start, timeframe: '5m' } } },
  ]) {
    test(`of a request ${of} is new every time`, () => {
      expect(asked('/a', body)).toMatchObject({ isRandom: true })
      expect(asked('/a', body).key).not.toBe(asked('/a', body).key)
    })
  }

  test('outside of a CI system is new every time', () => {
    expect(keyOf({}, { path: '/a', body: { window } })).toMatchObject({ isRandom: true })
  })
})

describe('how an evaluation relates to earlier ones is', () => {
  const plain = { attempt: 1, invalidation: null }
  for (const { of, standing, lines } of [
    { of: 'a first attempt', standing: plain, lines: [] },
    { of: 'none of a retry', standing: { ...plain, retryOf: null, retry: null }, lines: [] },
    { of: 'a fourth attempt', standing: { ...plain, attempt: 4 }, lines: ['attempt 4 at this window'] },
    { of: 'a retry', standing: { ...plain, retryOf: 'e-1', retry: 2 }, lines: ['retry 2 of e-1'] },
    {
      of: 'an invalidation',
      standing: { ...plain, invalidation: { reason: 'the load stopped' } },
      lines: ['invalidated (excluded from later baselines): the load stopped'],
    },
    {
      of: 'an invalidation without a reason',
      standing: { ...plain, invalidation: { reason: '' } },
      lines: ['invalidated (excluded from later baselines)'],
    },
  ]) {
    test(`shown for ${of}`, () => expect(standingOf(standing)).toEqual(lines))
  }
})

test('help names every command, and every command its options', async () => {
  const overview = await runPharosCommand(['--help'], { cwd: '.' })
  expect(overview.code).toBe(0)
  for (const { name, options, examples } of commands) {
    expect(overview.out).toContain(`\n  ${name}`)
    const { code, out } = await runPharosCommand([name, '--help'], { cwd: '.' })
    expect(code).toBe(0)
    for (const part of [...Object.keys(options).map((option) => `--${option}`), ...examples])
      expect(out).toContain(part)
    expect(out.split('\n').filter((line) => line.length > 160)).toEqual([])
  }
})

test('help of one command is what its --help says; --version is the version', async () => {
  const [asked, told] = await Promise.all([
    runPharosCommand(['help', 'judge'], { cwd: '.' }),
    runPharosCommand(['judge', '--help'], { cwd: '.' }),
  ])
  expect(asked).toEqual(told)
  expect((await runPharosCommand(['--version'], { cwd: '.' })).out).toMatch(/^pharos \d+\.\d+\.\d+\n$/)
})

describe('colours are', () => {
  for (const { isTerminal, env, isColored } of [
    { isTerminal: true, env: {}, isColored: true },
    { isTerminal: false, env: {}, isColored: false },
    { isTerminal: true, env: { NO_COLOR: '1' }, isColored: false },
    { isTerminal: true, env: { NO_COLOR: '' }, isColored: true },
  ]) {
    test(`${isColored ? 'there' : 'not there'} ${isTerminal ? 'on' : 'without'} a terminal with ${JSON.stringify(env)}`, () => {
      expect(mayColor(isTerminal, env)).toBe(isColored)
    })
  }
})

describe('completions for bash offer', () => {
  const files = ['nothing of ours, so that files are']
  for (const { line, offered } of [
    { line: ['ex'], offered: ['explain'] },
    { line: ['--v'], offered: ['--version'] },
    { line: ['judge', '--h'], offered: ['--help', '--history'] },
    {
      line: ['history', ''],
      offered: ['--help', '--project', '--stage', '--service', '--limit', '--json', '--server'],
    },
    { line: ['judge', '--output', 'j'], offered: ['json', 'junit'] },
    // As bash takes --output=j apart.
    { line: ['judge', '--output', '=', 'j'], offered: ['json', 'junit'] },
    { line: ['judge', '--output', '='], offered: ['text', 'json', 'junit', 'markdown'] },
    { line: ['judge', '--output', 'junit', '=', 'j'], offered: [] },
    { line: ['completion', ''], offered: ['bash', 'zsh'] },
    { line: ['provider', 'q'], offered: ['query'] },
    { line: ['provider', 'query', ''], offered: [] },
    { line: ['history', '--project', ''], offered: [] },
    { line: ['import', '--output', ''], offered: files },
    { line: ['import', 'dynatrace-dashboard', ''], offered: files },
    { line: ['judge', '--slo', '=', 's'], offered: files },
    { line: ['lint', ''], offered: files },
  ]) {
    test(`${offered.join(' ') || 'nothing'} behind pharos ${line.join(' ')}`, async () => {
      const { out } = await runPharosCommand(['completion', 'bash'], { cwd: '.' })
      const words = ['pharos', ...line].map((word) => `'${word}'`).join(' ')
      // Bash falls back to files unless it is told not to.
      const script = `${out}
        compopt() { told=1; }
        COMP_WORDS=(${words}); COMP_CWORD=${line.length}; _pharos
        if [ -z "$told" ]; then COMPREPLY=('${files.join('')}'); fi
        printf '%s\n' "\${COMPREPLY[@]}"`
      const answer = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).trim()
      expect(answer === '' ? [] : answer.split('\n')).toEqual(offered)
    })
  }
})

test('completions for bash are found for the program', async () => {
  const { out } = await runPharosCommand(['completion', 'bash'], { cwd: '.' })
  const script = `${out}\ncomplete -p pharos`
  const answer = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' })
  expect(answer).toBe('complete -o default -F _pharos pharos\n')
})

test('completions for zsh describe every command and option', async () => {
  const { code, out } = await runPharosCommand(['completion', 'zsh'], { cwd: '.' })
  expect(code).toBe(0)
  for (const { name, options } of commands) {
    expect(out).toContain(`'${name}:`)
    for (const option of Object.keys(options)) expect(out).toMatch(new RegExp(`--${option}=?\\[`))
  }
})

const hasZsh = spawnSync('zsh', ['--version']).status === 0
test.runIf(hasZsh)('completions for zsh are found for the program, sourced and loaded', async () => {
  const { out } = await runPharosCommand(['completion', 'zsh'], { cwd: '.' })
  const folder = mkdtempSync(join(tmpdir(), 'pharos-zsh-'))
  writeFileSync(join(folder, '_pharos'), out)
  const begin = 'autoload -Uz compinit; compinit -u -D'
  for (const script of [`fpath=(${folder} $fpath); ${begin}`, `${begin}; source ${folder}/_pharos`]) {
    const answer = execFileSync('zsh', ['-f', '-c', `${script}; print $_comps[pharos]`], { encoding: 'utf8' })
    expect(answer).toBe('_pharos\n')
  }
  rmSync(folder, { recursive: true })
})
