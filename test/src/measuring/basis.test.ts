import { expect, test } from 'vitest'
import { withBasis, type BasisRequest } from '../../../src/measuring/basis.ts'
import type { PlannedIndicator } from '../../../src/measuring/planned.ts'

const request: BasisRequest = {
  window: { start: new Date('2024-05-01T00:30:00Z'), end: new Date('2024-05-01T00:35:00Z'), source: 'request' },
  filter: [],
  environment: {},
  partsFor: (_instance, options) =>
    Object.fromEntries(Object.entries(options).map(([name, value]) => [`options.${name}`, String(value)])),
}

function asked(indicator: string, more: object = {}): PlannedIndicator {
  const definition = `sum(${indicator})`
  return { kind: 'asked', indicator, provider: 'prom', name: indicator, definition, query: definition, ...more }
}

function basisOf(planned: PlannedIndicator, changed: Partial<BasisRequest> = {}) {
  const [only] = withBasis([planned], { ...request, ...changed })
  return only !== undefined && 'basis' in only ? only.basis : undefined
}

test('a value depends on options, and its window has a length', () => {
  expect(basisOf(asked('a', { options: { reduce: 'avg' } }))).toEqual({
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    parts: { 'options.reduce': 'avg' },
    windowMs: 300_000,
  })
})

test('the digest changes with the query and with each part, not with the window', () => {
  const digest = basisOf(asked('a'))?.digest
  expect(basisOf(asked('a', { definition: 'max(a)' }))?.digest).not.toBe(digest)
  expect(basisOf(asked('a', { options: { reduce: 'avg' } }))?.digest).not.toBe(digest)
  const later = { start: new Date('2024-05-02T00:30:00Z'), end: new Date('2024-05-02T00:45:00Z'), source: 'request' }
  expect(basisOf(asked('a'), { window: { ...later, source: 'request' } })?.digest).toBe(digest)
})

test("the SLO's filter and the environment count where the query names them, labels never", () => {
  const definition = 'a{h="$handler",r="${ENV.REGION}",v="$LABEL.version",s="$SERVICE"}'
  const filter = [
    ['handler', 'Items'],
    ['hand', 'left'],
    ['service', 'x'],
  ] as const
  const environment = { REGION: 'eu', OTHER: 'x' }
  expect(basisOf(asked('a', { definition }), { filter, environment })?.parts).toEqual({
    'environment.REGION': 'eu',
    'filter.handler': 'Items',
    'filter.service': 'x',
  })
})

test('a variable of the environment counts in a value of the filter, too', () => {
  const filter = [
    ['target', '$ENV.REGION-db'],
    ['unused', '$ENV.OTHER'],
  ] as const
  const planned = asked('a', { definition: 'a{h="$target"}' })
  expect(basisOf(planned, { filter, environment: { REGION: 'eu', OTHER: 'x' } })?.parts).toEqual({
    'environment.REGION': 'eu',
    'filter.target': '$ENV.REGION-db',
  })
})

test('a formula depends on what its inputs depend on', () => {
  const formula = (inputs: readonly PlannedIndicator[]): PlannedIndicator => ({
    kind: 'computed',
    indicator: 'rate',
    provider: 'computed',
    name: 'rate',
    formula: 'errors / requests',
    definition: 'errors / requests',
    inputs,
  })
  const pushed = { kind: 'pushed', indicator: 'requests', value: 1 } as const
  const inner = formula([asked('a', { options: { reduce: 'max' } })])
  expect(basisOf(formula([asked('errors', { options: { reduce: 'avg' } }), pushed, inner]))?.parts).toEqual({
    'errors.options.reduce': 'avg',
    'rate.a.options.reduce': 'max',
  })
  expect(basisOf(formula([pushed]))).toBeUndefined()
})

test('an indicator that is pushed or cannot be asked has no basis', () => {
  expect(basisOf({ kind: 'pushed', indicator: 'a', value: 1 })).toBeUndefined()
  const unanswered = {
    indicator: 'a',
    provider: 'prom',
    name: 'a',
    definition: null,
    message: 'no definition',
  } as const
  expect(basisOf({ kind: 'unanswered', ...unanswered })).toBeUndefined()
})
