import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { commands } from '../../../src/cli/run.ts'
import { runId } from '../../../src/cli/run-id.ts'
import { sparkline } from '../../../src/cli/sparkline.ts'
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

test('completions for bash complete commands, options and their words', async () => {
  const { out } = await runPharosCommand(['completion', 'bash'], { cwd: '.' })
  const completed = (...words: readonly string[]): readonly string[] => {
    const quoted = words.map((word) => `'${word}'`).join(' ')
    const script = `${out}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _pharos; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).trim().split('\n')
  }
  expect(completed('pharos', 'ex')).toEqual(['explain'])
  expect(completed('pharos', 'judge', '--h')).toEqual(['--help', '--history'])
  expect(completed('pharos', 'judge', '--output', 'j')).toEqual(['json', 'junit'])
})

test('completions for zsh describe every command and option', async () => {
  const { code, out } = await runPharosCommand(['completion', 'zsh'], { cwd: '.' })
  expect(code).toBe(0)
  for (const { name, options } of commands) {
    expect(out).toContain(`'${name}:`)
    for (const option of Object.keys(options)) expect(out).toContain(`--${option}[`)
  }
})
