import { spawn, type StdioOptions } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** The program as a shell has it: streams, the environment, the exit code. */

const program = resolve(import.meta.dirname, '../../../src/pharos.mjs')
const argv = ['judge', '--slo', 'slo.yaml', '--indicators', '-']
let cwd: string
beforeAll(() => {
  const slo =
    'objectives: [{sli: a_name_that_is_long_and_takes_much_of_a_line, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: 90}\n'
  cwd = mkdtempSync(join(tmpdir(), 'pharos-cli-'))
  writeFileSync(join(cwd, 'slo.yaml'), slo)
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

function start(env: Readonly<Record<string, string>>, stdio: StdioOptions) {
  const child = spawn(process.execPath, [program, ...argv], { cwd, env: { ...env }, stdio })
  child.stdin?.end('{"a_name_that_is_long_and_takes_much_of_a_line": 7}')
  return { child, ended: new Promise<number | null>((resolveEnd) => child.on('close', resolveEnd)) }
}

test('standard input is read, COLUMNS says how long a line is, the exit code is the result', async () => {
  const { child, ended } = start({ COLUMNS: '60' }, 'pipe')
  const out = child.stdout === null ? '' : await text(child.stdout)
  expect(await ended).toBe(20)
  expect(out).toMatch(/^slo\.yaml: fail, score 0\n/)
  expect(out.split('\n').filter((line) => line.length > 60)).toEqual([])
})

test('a reader that has seen enough changes nothing', async () => {
  const { child, ended } = start({}, 'pipe')
  child.stdout?.destroy()
  const said = child.stderr === null ? '' : await text(child.stderr)
  expect([await ended, said]).toEqual([20, ''])
})

test('a report that cannot be written is said, and is 2', async () => {
  const readable = openSync(join(cwd, 'slo.yaml'), 'r')
  const { child, ended } = start({}, ['pipe', readable, 'pipe'])
  closeSync(readable)
  const said = child.stderr === null ? '' : await text(child.stderr)
  expect([await ended, said]).toEqual([2, 'standard output cannot be written: EBADF\n'])
})

test('credentials of a URL are in no stream, and are refused at once', async () => {
  const where = ['--project', 'shop', '--stage', 'staging', '--service', 'carts']
  const url = 'http://ci:hunter2@127.0.0.1:9'
  for (const { args, env } of [
    { args: ['--server', url], env: {} },
    { args: [], env: { PHAROS_URL: url } },
  ]) {
    const child = spawn(process.execPath, [program, 'evaluate', ...where, ...args], { cwd, env, stdio: 'pipe' })
    const ended = new Promise<number | null>((resolveEnd) => child.on('close', resolveEnd))
    const [out, said] = await Promise.all([text(child.stdout), text(child.stderr)])
    expect([await ended, out]).toEqual([2, ''])
    expect(said).toContain('PHAROS_TOKEN')
    expect(said).not.toContain('hunter2')
  }
})
