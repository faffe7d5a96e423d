import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findPrometheus, type FoundPrometheus } from '../../demo/find-prometheus.ts'

let folder: string
let bin: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pharos-find-'))
  bin = join(folder, 'bin')
  await mkdir(bin)
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const sayVersion = 'echo "prometheus, version 9.9.9 (branch: none)"'

async function program(path: string, script: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

function find(env: Record<string, string>, told: string[] = []): Promise<FoundPrometheus> {
  const { signal } = new AbortController()
  return findPrometheus({ env, folder: join(folder, 'tools'), signal, onFetch: (sentence) => told.push(sentence) })
}

/** Where a command of this machine is. */
function whereIs(command: string): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((place) => join(place, command))
  return places.find((place) => existsSync(place))
}

test('PROMETHEUS_BIN comes first', async () => {
  const named = await program(join(folder, 'mine'), sayVersion)
  await program(join(bin, 'prometheus'), sayVersion)
  expect(await find({ PROMETHEUS_BIN: named, PATH: bin })).toEqual({
    kind: 'found',
    binary: named,
    version: '9.9.9',
    origin: 'PROMETHEUS_BIN',
  })
})

test('a build that reports no version is a Prometheus too', async () => {
  const named = await program(join(folder, 'mine'), 'echo "prometheus, version  (branch: , revision: unknown)"')
  expect(await find({ PROMETHEUS_BIN: named, PATH: bin })).toEqual({
    kind: 'found',
    binary: named,
    version: undefined,
    origin: 'PROMETHEUS_BIN',
  })
})

for (const { module, version } of [
  { module: 'v0.316.2', version: '3.16.2' },
  { module: 'v0.53.0', version: '2.53.0' },
]) {
  test(`one that Go built of its module ${module} is version ${version}`, async () => {
    const script = `echo "prometheus, version  (branch: )"\n# mod\tgithub.com/prometheus/prometheus\t${module}\th1:x=`
    const named = await program(join(folder, 'mine'), script)
    expect(await find({ PROMETHEUS_BIN: named, PATH: bin })).toMatchObject({ kind: 'found', version })
  })
}

test('a PROMETHEUS_BIN that is something else is said, not passed over', async () => {
  const named = await program(join(folder, 'mine'), 'echo "something else 1.0"')
  await program(join(bin, 'prometheus'), sayVersion)
  await expect(find({ PROMETHEUS_BIN: named, PATH: bin })).rejects.toThrow(
    `PROMETHEUS_BIN is ${named}, which is no Prometheus`,
  )
})

test('PATH is searched, and what only has the name is passed over', async () => {
  const other = join(folder, 'other')
  await mkdir(other)
  await program(join(other, 'prometheus'), 'echo "a god of fire"')
  const binary = await program(join(bin, 'prometheus'), sayVersion)
  expect(await find({ PATH: [other, bin].join(delimiter) })).toMatchObject({ kind: 'found', binary, origin: 'PATH' })
})

test('with nothing on PATH and nothing to fetch with, a sentence says what to install', async () => {
  const found = await find({ PATH: bin })
  expect(found.kind).toBe('absent')
  expect(found).toHaveProperty('advice', expect.stringContaining('apt-get install prometheus'))
})

/** Stand-ins that note how they were called; `apt-get download` works once `lists` says so. */
async function fakeDebian(hasLists: boolean): Promise<void> {
  const mkdirPath = whereIs('mkdir') ?? 'mkdir'
  const chmodPath = whereIs('chmod') ?? 'chmod'
  await program(
    join(bin, 'apt-get'),
    `echo "$*" >> "${folder}/calls"
     case "$*" in
       *" update") : > "${folder}/lists" ;;
       *) [ -e "${folder}/lists" ] || { echo "E: Unable to locate package prometheus" >&2; exit 100; }
          : > prometheus_1_all.deb ;;
     esac`,
  )
  await program(
    join(bin, 'dpkg'),
    `${mkdirPath} -p "$3/usr/bin"
     printf '#!/bin/sh\\n${sayVersion}\\n' > "$3/usr/bin/prometheus"
     ${chmodPath} 755 "$3/usr/bin/prometheus"`,
  )
  if (hasLists) await writeFile(join(folder, 'lists'), '')
}

async function aptCalls(): Promise<readonly string[]> {
  return (await readFile(join(folder, 'calls'), 'utf8')).trimEnd().split('\n')
}

test('a fetched package is kept: the next time nothing is fetched', async () => {
  await fakeDebian(true)
  const reasons: string[] = []
  const first = await find({ PATH: bin }, reasons)
  expect(first).toMatchObject({ kind: 'found', version: '9.9.9' })
  expect(reasons).toHaveLength(1)
  expect(await find({ PATH: bin }, reasons)).toEqual(first)
  expect(reasons).toHaveLength(1)
  expect(await aptCalls()).toHaveLength(1)
  expect(await readdir(join(folder, 'tools'))).toEqual(['prometheus'])
})

test('where the machine has no package lists, its own are fetched into the folder', async () => {
  await fakeDebian(false)
  expect(await find({ PATH: bin })).toMatchObject({ kind: 'found', version: '9.9.9' })
  const [download, update, again] = await aptCalls()
  expect(download).toMatch(/download prometheus$/)
  expect(download).not.toContain('Dir::State')
  expect(update).toMatch(new RegExp(`Dir::State=${folder}/tools/.* update$`))
  expect(again).toMatch(new RegExp(`Dir::State=${folder}/tools/.* download prometheus$`))
})

test('what cannot be fetched leaves nothing behind', async () => {
  await program(join(bin, 'apt-get'), 'exit 100')
  expect((await find({ PATH: bin })).kind).toBe('absent')
  expect(await readdir(join(folder, 'tools'))).toEqual([])
})

test("with Prometheus hidden from PATH, Debian's package is fetched for real where there is an apt-get", async () => {
  const commands = ['apt-get', 'dpkg', 'dpkg-deb', 'dpkg-split', 'tar', 'rm', 'sh']
  for (const command of commands) {
    const path = whereIs(command)
    if (path !== undefined) await symlink(path, join(bin, command))
  }
  const fetched = {
    kind: 'found',
    binary: join(folder, 'tools', 'prometheus', 'usr', 'bin', 'prometheus'),
    version: expect.stringMatching(/^\d+\.\d+/),
  }
  const expected = whereIs('apt-get') === undefined ? { kind: 'absent' } : fetched
  expect(await find({ PATH: bin })).toMatchObject(expected)
}, 180_000)
