import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cycles, deadPaths, doorMistakes, importsOf, readSources, type Room, type Sources } from './support/house.ts'

const root = resolve(import.meta.dirname, '..')
const sources = readSources(root, ['slo', 'providers', 'src'], '.ts')

/** A room below `src/`; `base` and the law are open to all. */
function room(name: string, rooms: readonly string[], libraries: readonly string[]): Room {
  const path = `src/${name}/`
  return { path, rooms: [path, 'slo/', 'src/base/', ...rooms.map(pathOf)], libraries }
}

function pathOf(name: string): string {
  return name === 'providers' ? 'providers/' : `src/${name}/`
}

/** Everything that `compose.ts` connects. */
const serving = ['access', 'config', 'definitions', 'measuring', 'evaluation', 'history', 'announcing', 'intake', 'net']

/** Who may import whom; docs/architecture.md gives the reasons. */
const doors: readonly Room[] = [
  { path: 'slo/', rooms: ['slo/'], libraries: ['zod', 'yaml'] },
  {
    path: 'providers/',
    rooms: ['providers/', 'slo/'],
    libraries: [
      'zod',
      'undici',
      'mathjs',
      'mathjs/number',
      '@dynatrace-sdk/client-query',
      '@dynatrace-sdk/http-client',
      '@prometheus-io/lezer-promql',
      '@lezer/common',
      'node:',
    ],
  },
  { path: 'package.json', rooms: [], libraries: [] },
  { path: 'src/base/', rooms: ['src/base/', 'slo/', 'package.json'], libraries: ['zod', 'yaml', 'node:'] },
  room('net', [], ['zod', 'undici', '@nats-io/transport-node', '@nats-io/jetstream', 'pino', 'node:']),
  room('access', ['net'], ['node:']),
  room('config', ['access', 'net'], ['zod', 'node:']),
  room('definitions', ['providers', 'net'], ['zod', 'node:']),
  room('importers', ['providers', 'definitions', 'evaluation'], ['zod', 'yaml']),
  room('measuring', ['definitions', 'providers'], ['node:']),
  room('evaluation', ['definitions', 'measuring'], ['uuid', 'pino', 'node:']),
  room('history', ['definitions', 'evaluation'], []),
  room(
    'announcing',
    ['net', 'evaluation'],
    ['zod', 'undici', 'uuid', 'pino', '@nats-io/transport-node', '@nats-io/jetstream', 'node:'],
  ),
  room(
    'intake',
    ['net', 'evaluation'],
    ['zod', 'cloudevents', 'pino', '@nats-io/transport-node', '@nats-io/jetstream', 'node:'],
  ),
  room(
    'storage',
    ['measuring', 'evaluation', 'history', 'announcing', 'intake'],
    ['zod', 'pg', 'pino', '@electric-sql/pglite', 'node:'],
  ),
  room('http', serving, [
    'zod',
    'fastify',
    '@fastify/helmet',
    '@fastify/swagger',
    '@fastify/type-provider-zod',
    'pino',
    'node:',
  ]),
  room('cli', ['config', 'definitions', 'measuring', 'evaluation', 'history', 'importers', 'net'], ['zod', 'node:']),
  {
    path: 'src/compose',
    rooms: ['slo/', 'providers/', 'src/base/', 'src/storage/', 'src/http/', 'src/compose', ...serving.map(pathOf)],
    libraries: ['pino', 'fastify', 'node:'],
  },
  {
    path: 'src/main.ts',
    rooms: ['src/base/', 'src/cli/', 'src/config/', 'src/measuring/', 'src/compose'],
    libraries: ['pino', 'node:'],
  },
]

/** Everything at the top of the repository, and what is made there and not kept. */
const entries = `
  .ci .git .gitignore .oxfmtrc.json .oxlintrc.json
  AGENTS.md CHANGELOG.md CONTRIBUTING.md LICENSE README.md
  package.json package-lock.json tsconfig.json vitest.config.ts knip.json
  bench demo docs migrations providers slo src test
  node_modules dist .pharos pharos.yaml
`.split(/\s+/)

const linesMax = 250

describe('the house', () => {
  test('has sources', () => {
    expect(sources.size).toBeGreaterThan(40)
  })

  test('every import goes through a door', () => {
    expect(doorMistakes(sources, doors)).toEqual([])
  })

  test('no imports go in a circle', () => {
    expect(cycles(sources)).toEqual([])
  })

  test('only the two public doors are barrels', () => {
    const wholesale = [...sources].filter(([, source]) => /^export\s+(?:type\s+)?\*/m.test(source))
    const indexes = [...sources].filter(([path]) => path.endsWith('/index.ts'))
    const found = new Set([...wholesale, ...indexes].map(([path]) => path))
    expect([...found].toSorted()).toEqual(['providers/index.ts', 'slo/index.ts'])
  })

  test('files stay short', () => {
    const lengths = [...sources].map(([path, source]) => ({ path, lines: source.split('\n').length - 1 }))
    const long = lengths.filter(({ lines }) => lines > linesMax)
    expect(long.map(({ path, lines }) => `${path} has ${lines} lines, at most ${linesMax}`)).toEqual([])
  })

  test('only main.ts takes the environment and ends the process', () => {
    const taking = [...sources].filter(([, source]) => /\bprocess\.(?:env|exit)\b/.test(withoutComments(source)))
    expect(taking.map(([path]) => path)).toEqual(['src/main.ts'])
  })

  test('storage makes JSON in one place, where every text is made storable', () => {
    const making = [...sources].filter(
      ([path, source]) => path.startsWith('src/storage/') && /JSON\.stringify/.test(source),
    )
    expect(making.map(([path]) => path)).toEqual(['src/storage/storable.ts'])
  })

  test('nothing lies about at the top', () => {
    expect(readdirSync(root).filter((entry) => !entries.includes(entry) && !entry.endsWith('.log'))).toEqual([])
  })

  test('documents name no path that does not exist', () => {
    const top = readdirSync(root).filter((entry) => entry.endsWith('.md'))
    const documents = new Map([
      ...top.map((path) => [path, readFileSync(join(root, path), 'utf8')] as const),
      ...readSources(root, ['docs'], '.md'),
    ])
    const folders = ['.ci', 'bench', 'demo', 'docs', 'migrations', 'providers', 'slo', 'src', 'test']
    expect(deadPaths(documents, folders, (path) => existsSync(join(root, path)))).toEqual([])
  })
})

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*.*?\*\/|\/\/[^\n]*/gs, '')
}

describe('the inspection finds', () => {
  test('imports of every form', () => {
    const source = `import 'a'
import b, { c } from 'b'
import type { D } from './d.ts'
import {
  e,
  type F,
} from "../e.ts"
export * from './g.ts'
export type { H } from './h.ts'
const words = ['import x from', 'y']
export const i = await import('@i/i')
export function j(from: string): string { return from + 'j' }
`
    expect(importsOf(source).map(({ from, isTypeOnly }) => `${isTypeOnly ? 'type ' : ''}${from}`)).toEqual([
      'a',
      'b',
      'type ./d.ts',
      '../e.ts',
      './g.ts',
      'type ./h.ts',
      '@i/i',
    ])
  })

  for (const { path, statement, mistake } of [
    {
      path: 'slo/x.ts',
      statement: "import fs from 'node:fs'",
      mistake: 'slo/x.ts must not import node:fs: slo/ may import slo/, zod, yaml',
    },
    {
      path: 'slo/x.ts',
      statement: "import { y } from '../src/y.ts'",
      mistake: 'slo/x.ts must not import src/y.ts: slo/ may import slo/, zod, yaml',
    },
    { path: 'src/x.ts', statement: '', mistake: 'src/x.ts is in no room' },
    {
      path: 'src/base/x.ts',
      statement: "import { z } from '../definitions/z.ts'",
      mistake: 'src/base/x.ts must not import src/definitions/z.ts: src/base/ may import',
    },
    {
      path: 'src/definitions/x.ts',
      statement: "import type { Z } from '../measuring/z.ts'",
      mistake: 'src/definitions/x.ts must not import src/measuring/z.ts: src/definitions/ may import',
    },
    {
      path: 'src/evaluation/x.ts',
      statement: "import { z } from '../compose.ts'",
      mistake: 'src/evaluation/x.ts must not import src/compose.ts: src/evaluation/ may import',
    },
    {
      path: 'src/storage/engine/x.ts',
      statement: "import { z } from '../../http/z.ts'",
      mistake: 'src/storage/engine/x.ts must not import src/http/z.ts',
    },
    {
      path: 'src/announcing/x.ts',
      statement: "import { z } from '../intake/z.ts'",
      mistake: 'src/announcing/x.ts must not import src/intake/z.ts',
    },
    { path: 'src/http/x.ts', statement: "import pg from 'pg'", mistake: 'src/http/x.ts must not import pg' },
    {
      path: 'src/http/x.ts',
      statement: "await import('@fastify/cors')",
      mistake: 'src/http/x.ts must not import @fastify/cors',
    },
    {
      path: 'providers/x.ts',
      statement: "import { z } from '../src/z.ts'",
      mistake: 'providers/x.ts must not import src/z.ts',
    },
    { path: 'web/x.ts', statement: '', mistake: 'web/x.ts is in no room' },
  ]) {
    test(`${path}: ${statement}`, () => {
      expect(doorMistakes(new Map([[path, statement]]), doors)).toEqual([expect.stringContaining(mistake)])
    })
  }

  for (const { path, statement } of [
    { path: 'src/evaluation/x.ts', statement: "import type { Z } from '../definitions/z.ts'" },
    { path: 'src/http/routes/x.ts', statement: "import { z } from '../../intake/z.ts'" },
    { path: 'src/http/x.ts', statement: "import { z } from 'zod/v4'" },
    { path: 'src/compose.ts', statement: "import { z } from './http/z.ts'" },
  ]) {
    test(`nothing in ${path}: ${statement}`, () => {
      expect(doorMistakes(new Map([[path, statement]]), doors)).toEqual([])
    })
  }

  test('circles', () => {
    const circle: Sources = new Map([
      ['src/a.ts', "import { b } from './b.ts'"],
      ['src/b.ts', "import type { c } from './c/c.ts'"],
      ['src/c/c.ts', "import { b } from '../b.ts'\nimport { d } from '../d.ts'"],
      ['src/d.ts', ''],
    ])
    expect(cycles(circle)).toEqual(['imports go in a circle: src/b.ts → src/c/c.ts → src/b.ts'])
  })

  test('dead paths in documents, and no others', () => {
    const text = `See \`src/here.ts\`, \`src/gone.ts\`, [here](../src/here.ts#x), [gone](gone.md), [out](https://example.com/a),
[top](#top), \`npm run src/x\`, \`slo.yaml\`, \`<root>/slo\`, \`lib/other.ts\`, \`src/*.ts\`.
\`\`\`
\`src/example.ts\`
\`\`\`
`
    const dead = deadPaths(new Map([['docs/a.md', text]]), ['src'], (path) => path === 'src/here.ts')
    expect(dead).toEqual([
      'docs/a.md names src/gone.ts, which does not exist',
      'docs/a.md names docs/gone.md, which does not exist',
    ])
  })
})
