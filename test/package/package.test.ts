import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

const root = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'pharos-package-'))
const packing = join(folder, 'packing')
const consumer = join(folder, 'consumer')

const Packed = z.array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }))

/** As it is outside of this repository: without its pinned Node in front. */
const path = (process.env['PATH'] ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'))

function run(cwd: string, command: string, ...parameters: readonly string[]): string {
  const environment = Object.entries(process.env).filter(([name]) => !/^(?:npm_|NODE_)/.test(name))
  const env = {
    ...Object.fromEntries(environment),
    PATH: path.join(delimiter),
    npm_config_cache: join(folder, 'cache'),
  }
  return execFileSync(command, parameters, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 25_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** The program that npm linked, with the Node of these tests. */
function pharos(...argv: readonly string[]): string {
  return run(consumer, process.execPath, join(consumer, 'node_modules/.bin/pharos'), ...argv)
}

/** A tarball, and the files in it. */
function pack(of: string): { readonly tarball: string; readonly files: readonly string[] } {
  const [packed] = Packed.parse(JSON.parse(run(folder, 'npm', 'pack', '--json', of)))
  if (packed === undefined) throw new Error(`npm packed nothing of ${of}`)
  return { tarball: `../${packed.filename}`, files: packed.files.map((file) => file.path) }
}

let files: readonly string[] = []
let nodeBefore = ''

beforeAll(() => {
  mkdirSync(packing)
  // Packing changes package.json for a moment, so it is done where nobody else reads it.
  for (const entry of [
    'package.json',
    'tsconfig.json',
    'README.md',
    'LICENSE',
    'slo',
    'src',
    'providers',
    'test/package',
  ]) {
    cpSync(join(root, entry), join(packing, entry), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(packing, 'node_modules'))
  mkdirSync(consumer)
  writeFileSync(join(consumer, 'package.json'), '{"type": "module", "scripts": {"version": "node -v"}}')
  nodeBefore = run(consumer, 'npm', 'run', '--silent', 'version')
  const packed = pack(packing)
  files = packed.files
  // The one library it needs comes from this repository, so that no registry is asked.
  const yaml = pack(join(root, 'node_modules/yaml'))
  run(consumer, 'npm', 'install', '--offline', '--no-audit', '--no-fund', packed.tarball, yaml.tarball)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the package, installed in an empty folder', () => {
  test('holds the judge, the command line in one file, and nothing of the service', () => {
    expect(files.filter((file) => !/^dist\/slo\/[a-z/-]+\.(?:js|d\.ts)$/.test(file)).toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'dist/command-line.js',
      'dist/pharos.mjs',
      'package.json',
    ])
    const installed = readdirSync(join(consumer, 'node_modules')).filter((name) => !name.startsWith('.'))
    expect(installed.toSorted()).toEqual(['pharos', 'yaml'])
  })

  test('cannot be published by accident, and brings neither scripts nor Node', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(consumer, 'node_modules/pharos/package.json'), 'utf8'))
    expect(manifest).toMatchObject({ private: true, dependencies: { yaml: expect.any(String) } })
    for (const key of ['scripts', 'devDependencies', 'optionalDependencies']) expect(manifest).not.toHaveProperty(key)
    expect(run(consumer, 'npm', 'run', '--silent', 'version')).toBe(nodeBefore)
  })

  test('leaves the package.json it was packed from as it was', () => {
    const manifestOf = (of: string) => readFileSync(join(of, 'package.json'), 'utf8')
    expect(manifestOf(packing)).toBe(manifestOf(root))
  })

  test('judges under plain node', () => {
    writeFileSync(join(consumer, 'use.js'), useSource)
    expect(JSON.parse(run(consumer, 'node', 'use.js'))).toEqual({ result: 'pass', score: 100, baseline: 100 })
  })

  test('has the program, which judges', () => {
    writeFileSync(
      join(consumer, 'slo.yaml'),
      'objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: 90}\n',
    )
    writeFileSync(join(consumer, 'values.json'), '{"a": 3}')
    const argv = ['judge', '--slo', 'slo.yaml', '--indicators', 'values.json', '--output', 'json']
    expect(JSON.parse(pharos(...argv))).toMatchObject({ result: 'pass', score: 100 })
    expect(pharos('--version')).toMatch(/^pharos \d+\.\d+\.\d+\n$/)
    expect(pharos('validate', join(root, 'slo/examples'), '--pushed', 'loadtest.assertions_failed')).toBe('')
  })

  test('says in a sentence that it does not serve, and which Node it needs', () => {
    expect(() => pharos('serve')).toThrow(/This package holds the command line without the service/)
    const shim = readFileSync(join(consumer, 'node_modules/pharos/dist/pharos.mjs'), 'utf8')
    expect(shim).toMatch(/major < 24/)
  })

  test('is typed', () => {
    const options = { strict: true, module: 'nodenext', target: 'es2023', lib: ['es2023'], types: [], noEmit: true }
    writeFileSync(join(consumer, 'typed.ts'), typedSource)
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['typed.ts'] }))
    expect(run(consumer, 'node', join(root, 'node_modules/typescript/bin/tsc'), '--project', '.')).toBe('')
  })
})

const useSource = `
import { defaultPolicies, parseSlo, judge, selectBaseline } from 'pharos/slo'
const slo = parseSlo('objectives: [{sli: a, pass: [{criteria: [<=+10%]}]}]\\ntotal_score: {pass: 90%}\\n')
const asked = { provider: 'p', name: 'a', definition: null }
const candidates = [{ id: 'e', result: 'pass', values: [{ ...asked, value: 100 }] }]
const measurement = { ...asked, kind: 'measured', indicator: 'a', value: 110, query: null, warnings: [] }
const { result, score } = judge(slo, [measurement], candidates, { ...defaultPolicies, missingData: 'warning' })
console.log(JSON.stringify({ result, score, baseline: selectBaseline(slo.comparison, asked, candidates).value }))
`

const typedSource = `
import { defaultPolicies, parseSlo, judge, selectBaseline, type Candidate, type Slo } from 'pharos/slo'
export const slo: Slo = parseSlo('')
export const none: readonly Candidate[] = []
export const score: number | null = judge(slo, [], none, { ...defaultPolicies, missingData: 'warning' }).score
export const baseline: number | undefined = selectBaseline(slo.comparison, { provider: 'p', name: 'a' }, none).value
// @ts-expect-error: a policy nobody knows is refused, so the types are there.
export const untyped = judge(slo, [], none, { ...defaultPolicies, missingData: 'maybe' })
`
