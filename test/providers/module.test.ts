import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openModuleProvider, type OpenedProvider, type ProviderInstance } from '../../providers/index.ts'
import { conformingSecret, describeConformance } from './conformance.ts'

const folder = mkdtempSync(join(tmpdir(), 'pharos-module-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const document = readFileSync(resolve(import.meta.dirname, '../../docs/providers.md'), 'utf8')
const [, documented = ''] = /^```js\n(.*?)^```$/ms.exec(document) ?? []

let files = 0
function write(source: string): string {
  const path = join(folder, `module-${(files += 1)}.mjs`)
  writeFileSync(path, source)
  return path
}

const secret = () => Promise.resolve(conformingSecret)

function open(module: string, settings: object = {}): Promise<OpenedProvider> {
  return openModuleProvider('mine', { kind: 'graphite', ...settings, module }, secret, () => 0)
}

async function opened(module: string, settings: object): Promise<ProviderInstance> {
  const one = await open(module, settings)
  if (one.kind === 'invalid') throw new Error(JSON.stringify(one.mistakes))
  return one.instance
}

describe('the provider in the documentation', () => {
  const module = write(documented)
  const url = 'http://127.0.0.1:1'

  test('has fewer than eighty lines', () => {
    expect(documented.split('\n').length).toBeGreaterThan(40)
    expect(documented.split('\n').length).toBeLessThan(80)
  })

  test('is an instance like any other', async () => {
    const instance = await opened(module, { url, token: 'env:T', settle: '5s' })
    expect(instance).toMatchObject({ name: 'mine', kind: 'graphite', settleMs: 5000 })
    expect(instance.escape('carts-2', { before: 'a.', after: '.b' })).toBe('carts-2')
    expect(instance.escape('a)', { before: 'a.', after: '.b' })).toBeUndefined()
    expect(instance.optionMistakes({ onEmpty: 0 })).toEqual([])
    expect(instance.optionMistakes({ onempty: 0 })).toEqual([{ path: 'onempty', message: 'unknown setting' }])
    await instance.provider.close()
  })

  test('refuses settings with a sentence', async () => {
    expect(await open(module, { url: 'graphite', token: 'hunter2', settle: '1h' })).toEqual({
      kind: 'invalid',
      mistakes: [{ path: 'settle', message: 'must be at most 10m' }],
    })
    expect(await open(module, { url: 'graphite', token: 'hunter2' })).toEqual({
      kind: 'invalid',
      mistakes: [
        { path: 'url', message: 'must be an http or https URL' },
        { path: 'token', message: 'must be a reference such as env:NAME or file:/path, never the secret itself' },
      ],
    })
  })

  const series = (...values: readonly (number | null)[]) => ({
    target: 'a',
    datapoints: values.map((value, at) => [value, at]),
  })
  describeConformance({
    kind: 'graphite',
    open: async (at) => (await opened(module, { url: at, token: 'env:T' })).provider,
    query: 'sumSeries(a.*)',
    bodies: {
      value: JSON.stringify([series(41, 42, null)]),
      empty: '[]',
      several: JSON.stringify([series(1), series(2)]),
    },
  })
})

describe('a module that cannot be used is a sentence', () => {
  const kind = `{ kind: 'graphite', config: z.object({}), settleMs: 0, escape: (v) => v, create: () => ({}) }`
  const exporting = (made: string, version = 1) =>
    `export const contractVersion = ${version}\nexport const providerKind = ({ z }) => (${made})`
  for (const { what, source, message } of [
    {
      what: 'another version of the contract',
      source: exporting(kind, 2),
      message:
        'MODULE uses version 2 of the provider contract, but this version of Pharos supports version 1: use another release of one of them',
    },
    {
      what: 'exports of something else',
      source: 'export const answer = 42',
      message: 'MODULE is not a provider: it must export contractVersion and providerKind, see docs/providers.md',
    },
    {
      what: 'an error of its own',
      source: `throw new Error('out\\nof tea')`,
      message: 'MODULE cannot be loaded: out of tea',
    },
    {
      what: 'an error in its function',
      source: exporting(`(() => { throw new Error('no') })()`),
      message: 'MODULE cannot be loaded: no',
    },
    {
      what: 'parts that are missing',
      source: exporting(`{ kind: 'graphite', config: {}, settleMs: -1, create: 1 }`),
      message:
        'MODULE violates the provider contract: config must be a zod schema; settleMs Too small: expected number to be >=0; escape must be a function; create must be a function',
    },
    {
      what: 'a provider without methods',
      source: exporting(kind),
      message: 'MODULE cannot open a provider with these settings: it lacks measure, check, close',
    },
  ]) {
    test(`${what}, refused`, async () => {
      const module = write(source)
      expect(await open(module)).toEqual({
        kind: 'invalid',
        mistakes: [{ path: 'module', message: message.replace('MODULE', module) }],
      })
    })
  }

  test('a file that is not there, a package that is none', async () => {
    const absent = join(folder, 'absent.mjs')
    expect(await open(absent)).toMatchObject({
      mistakes: [{ path: 'module', message: expect.stringContaining(`${absent} cannot be loaded: `) }],
    })
    expect(await open('pharos-provider-absent')).toMatchObject({
      mistakes: [{ path: 'module', message: expect.stringContaining('pharos-provider-absent cannot be loaded: ') }],
    })
    expect(await open('yaml')).toMatchObject({
      mistakes: [{ path: 'module', message: expect.stringContaining('yaml is not a provider: ') }],
    })
  })

  test('a kind that is ours, and one that is not that of the module', async () => {
    const module = write(exporting(kind))
    expect(await openModuleProvider('mine', { kind: 'prometheus', module }, secret)).toMatchObject({
      mistakes: [{ path: 'kind', message: `prometheus is built in: remove module` }],
    })
    expect(await openModuleProvider('mine', { kind: 'graphit', module }, secret)).toMatchObject({
      mistakes: [{ path: 'kind', message: 'unknown kind "graphit": use graphite' }],
    })
  })
})

describe('a provider that does not keep its contract', () => {
  /** What it answers to everything, told by onReply as well. */
  function answering(answer: string): string {
    return write(`export const contractVersion = 1
export const providerKind = ({ z }) => ({ kind: 'graphite', config: z.object({}), settleMs: 0, escape: (v) => v, create: () => ({
  measure: async ({ onReply }) => { const answer = ${answer}; onReply(0, answer[0]); onReply(7, answer[0]); return answer },
  check: async () => ${answer},
  validateQuery: async () => ${answer},
  close: () => 1,
}) })`)
  }
  const request = {
    window: { start: new Date(0), end: new Date(60_000) },
    indicators: [{ name: 'a', query: 'q' }],
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 1000),
  }
  const replied = `query: 'q', warnings: [], attempts: 1, durationMs: 1`

  const message = expect.stringMatching(/^the provider violates the provider contract: \w/)
  const broken = { outcome: 'upstream', message }

  for (const { answer, reply } of [
    { answer: `[{ outcome: 'measured', value: 1, ${replied} }]`, reply: { outcome: 'measured', value: 1 } },
    // What is not a finite number is for whoever asked to refuse, from every provider alike.
    { answer: `[{ outcome: 'measured', value: NaN, ${replied} }]`, reply: { outcome: 'measured', value: Number.NaN } },
    { answer: `[{ outcome: 'measured', value: '1', ${replied} }]`, reply: broken },
    { answer: `[{ outcome: 'gone', message: 'x', ${replied} }]`, reply: broken },
    { answer: `[{ outcome: 'no_data', ${replied} }]`, reply: broken },
    { answer: `[{ outcome: 'no_data', message: 'x' }]`, reply: broken },
    { answer: `[]`, reply: broken },
    { answer: `'nonsense'`, reply: broken },
  ]) {
    test(`${answer} is ${reply.outcome}`, async () => {
      const { provider } = await opened(answering(answer), {})
      const told: unknown[] = []
      const replies = await provider.measure({ ...request, onReply: (index, one) => told.push([index, one]) })
      expect(replies).toMatchObject([{ ...reply, query: 'q' }])
      expect(told).toMatchObject([[0, reply]])
      await provider.close()
    })
  }

  test('in what it says of itself and of a query', async () => {
    const { provider } = await opened(answering('{}'), {})
    expect(await provider.check(request.signal)).toMatchObject({ ok: false, message })
    expect(await provider.validateQuery?.({ name: 'a', query: 'q' }, request.signal)).toMatchObject({
      kind: 'unknown',
      message,
    })
  })
})
