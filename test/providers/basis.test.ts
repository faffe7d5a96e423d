import { expect, test } from 'vitest'
import { openProvider, type ProviderInstance } from '../../providers/index.ts'

const noSecret = (reference: string): Promise<string> => Promise.reject(new Error(reference))

function instance(settings: object): ProviderInstance {
  const opened = openProvider('prom', { kind: 'prometheus', url: 'http://prom', ...settings }, noSecret)
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  return opened.instance
}

for (const { options, parts } of [
  { options: {}, parts: {} },
  { options: { mode: 'instant', series: 'single', onEmpty: 'error', onNaN: 'error' }, parts: {} },
  {
    options: { mode: 'range', reduce: 'avg', step: '30s', series: 'max', onEmpty: 0, onNaN: -1 },
    parts: {
      'options.mode': 'range',
      'options.reduce': 'avg',
      'options.step': '30000 ms',
      'options.series': 'max',
      'options.onEmpty': '0',
      'options.onNaN': '-1',
    },
  },
  { options: { partial: 'warn' }, parts: {} },
  {
    options: { mode: 'range', reduce: 'avg', minCoverage: '10%' },
    parts: { 'options.mode': 'range', 'options.reduce': 'avg' },
  },
]) {
  test(`a value with ${JSON.stringify(options)} depends on ${JSON.stringify(parts)}`, () => {
    expect(instance({}).basisParts(options)).toEqual(parts)
  })
}

test('two spellings of an option are the same', () => {
  const range = { mode: 'range', reduce: 'avg' }
  const one = instance({})
  expect(one.basisParts({ ...range, step: '1m' })).toEqual(one.basisParts({ ...range, step: '60s' }))
})

test('a value depends on the tenant, on parameters and on settle, and shows none of them', () => {
  const settings = { orgId: 'team-a', parameters: { dedup: 'true', extra_label: ['a=1'] }, settle: '1m' }
  const parts = instance(settings).basisParts({})
  expect(Object.keys(parts)).toEqual([
    'provider.orgId',
    'provider.parameters.dedup',
    'provider.parameters.extra_label',
    'provider.settle',
  ])
  for (const value of Object.values(parts)) expect(value).toMatch(/^sha256:[0-9a-f]{16}$/)
  expect(instance({ ...settings, orgId: 'team-b' }).basisParts({})).not.toEqual(parts)
})

test('a value does not depend on address or credentials', () => {
  const settings = { url: 'https://other', token: 'env:TOKEN', concurrency: 3, timeout: '5s', settle: '0s' }
  expect(instance(settings).basisParts({})).toEqual({})
})
