import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** A program started with an older Node, where `npm ci` brought a newer one. */

const sources = resolve(import.meta.dirname, '../../src')
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pharos-own-node-')))
const isWindows = process.platform === 'win32'
const own = join(
  'node_modules',
  `node-${isWindows ? 'win' : process.platform}-${process.arch}`,
  'bin',
  isWindows ? 'node.exe' : 'node',
)

/** Says how it was started, then does what its first argument says. */
const main = `
import { text } from 'node:stream/consumers'
const [what, ...rest]: string[] = process.argv.slice(2)
if (what === 'tell') {
  console.log(JSON.stringify({ node: process.execPath, rest, stdin: await text(process.stdin) }))
  console.error('told')
  process.exitCode = 10
}
if (what === 'wait') {
  process.on('SIGTERM', () => process.exit(3))
  setInterval(() => {}, 60_000)
  console.log('waits')
}
if (what === 'die') process.kill(process.pid, 'SIGKILL')
`

/** A checkout: the real way in, another program behind it. `node`: what npm installed, if anything. */
function checkout(name: string, node?: (path: string) => void): string {
  const root = join(folder, name)
  mkdirSync(join(root, 'src'), { recursive: true })
  writeFileSync(join(root, 'package.json'), '{"type": "module"}')
  for (const file of ['pharos.mjs', 'require-node.mjs', 'own-node.mjs'])
    copyFileSync(join(sources, file), join(root, 'src', file))
  writeFileSync(join(root, 'src/main.ts'), main)
  mkdirSync(dirname(join(root, own)), { recursive: true })
  node?.(join(root, own))
  return root
}

/** This Node claims to be an old one; a copy of it elsewhere does not. */
const pretending = `if (process.execPath === ${JSON.stringify(process.execPath)})
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`

const olderNodes = [
  {
    name: 'a Node that says it is 20.20.2',
    argv: [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(pretending)}`],
  },
  ...olderOnPath().map((path) => ({ name: `${path} of this machine`, argv: [path] })),
] as const

function olderOnPath(): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'))
  const nodes = folders.map((entry) => join(entry, isWindows ? 'node.exe' : 'node')).filter((path) => existsSync(path))
  const distinct = [...new Set(nodes.map((path) => realpathSync(path)))]
  return distinct.filter((path) => Number(execFileSync(path, ['-p', 'parseInt(process.versions.node)'])) < 24)
}

let installed = ''
beforeAll(() => {
  installed = checkout('installed', (path) => copyFileSync(process.execPath, path))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function start([node = '', ...options]: readonly string[], root: string, ...argv: readonly string[]) {
  const child = spawn(node, [...options, join(root, 'src/pharos.mjs'), ...argv], { cwd: folder })
  const ended = once(child, 'close').then(([code, signal]): unknown => code ?? signal)
  return { child, ended, out: text(child.stdout), said: text(child.stderr) }
}

for (const { name, argv } of olderNodes) {
  describe(`with ${name}, the Node that npm installed takes over`, () => {
    test('with the same arguments, streams and exit code', async () => {
      const { child, ended, out, said } = start(argv, installed, 'tell', '--a', 'b c', '"d"', '$HOME')
      child.stdin.end('values')
      expect(await ended).toBe(10)
      expect(JSON.parse(await out)).toEqual({
        node: join(installed, own),
        rest: ['--a', 'b c', '"d"', '$HOME'],
        stdin: 'values',
      })
      expect(await said).toBe('told\n')
    })

    test('and gets the signals', async () => {
      const { child, ended } = start(argv, installed, 'wait')
      await once(child.stdout, 'data')
      child.kill('SIGTERM')
      expect(await ended).toBe(3)
    })

    test('and the program dies by the same signal', async () => {
      const { ended } = start(argv, installed, 'die')
      expect(await ended).toBe('SIGKILL')
    })

    test('unless it cannot be started or is missing: then a sentence says what to do', async () => {
      const broken = checkout('broken', (path) => {
        writeFileSync(path, 'not a program')
        chmodSync(path, 0o644)
      })
      for (const root of [broken, checkout('nothing-installed')]) {
        const { ended, out, said } = start(argv, root, 'tell')
        expect([await ended, await out]).toEqual([1, ''])
        expect(await said).toMatch(/^Pharos needs Node 24 or newer, this is \d+\.\S+: run "npm ci" .*\n$/)
      }
    })
  })
}
