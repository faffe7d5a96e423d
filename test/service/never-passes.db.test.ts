import { assert, asyncProperty, constantFrom, integer, record, type Arbitrary } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGate, type Gate } from '../support/gate.ts'
import type { Behaviour } from '../support/scripted-prometheus.ts'

/**
 * The promise of the gate: a key objective that was not measured, is misspelt, was asked for more than was meant, is covered by half or gates
 * nothing never ends as a plain pass, whatever stands beside it.
 */

const matrix = (values: readonly (readonly [number, string])[]): Behaviour => ({
  kind: 'json',
  body: { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values }] } },
})

const points = (count: number, value: (place: number) => string): readonly (readonly [number, string])[] =>
  Array.from({ length: count }, (_, place) => [1_760_000_000 + 15 * place, value(place)] as const)

/** By query: everything else is answered with 1, which passes. */
const script = {
  nothing: { kind: 'empty' },
  several: { kind: 'series', values: [1, 1] },
  not_a_number: { kind: 'value', value: 'NaN' },
  infinite: { kind: 'value', value: '+Inf' },
  refused: { kind: 'error', status: 400, errorType: 'bad_data', error: 'no' },
  unauthorized: { kind: 'text', status: 401, body: '' },
  nonsense: { kind: 'text', status: 200, body: 'hello' },
  one_point: matrix(points(1, () => '1')),
  mostly_nan: matrix(points(241, (place) => (place === 7 ? '1' : 'NaN'))),
  healthy: { kind: 'value', value: 1 },
  '*': { kind: 'value', value: 1 },
} satisfies Record<string, Behaviour>

const sli = `indicators:
  nothing: nothing
  several: several
  not_a_number: not_a_number
  infinite: infinite
  refused: refused
  unauthorized: unauthorized
  nonsense: nonsense
  one_point: one_point
  mostly_nan: mostly_nan
  healthy: healthy
  empty_label: errors{version="$LABEL.empty"}
  missing_label: errors{version="$LABEL.absent"}
  in_regex: errors{version=~"carts-$LABEL.empty.*"}
  dotted: errors{app="$LABEL.app.kubernetes.io/part-of"}
  no_filter: errors{service!="$target"}
  filter_of_label: errors{service!="$other"}
  text_of_label: errors{service!="\${LABEL.absent:-$LABEL.empty}"}
  unknown_name: errors{service="$SERVCE"}
`
const options =
  'indicators: {one_point: {mode: range, reduce: max, step: 15s}, mostly_nan: {mode: range, reduce: max, step: 15s}}\n'

let gate: Gate
beforeAll(async () => {
  gate = await startGate(script, { 'shop/prometheus/sli.yaml': sli, 'shop/prometheus/options.yaml': options })
})
afterAll(() => gate.stop())

const unmeasured = [
  'nothing',
  'several',
  'not_a_number',
  'infinite',
  'refused',
  'unauthorized',
  'nonsense',
  'undefined',
]
const widened = [
  'empty_label',
  'missing_label',
  'in_regex',
  'dotted',
  'no_filter',
  'filter_of_label',
  'text_of_label',
  'unknown_name',
]
const halfCovered = ['one_point', 'mostly_nan']

const key = (name: string): string => `{sli: ${name}, key_sli: true, pass: [{criteria: ["<=1"]}]}`

/** An objective whose author meant a gate, and what is written instead. */
const misspelt = [
  '{sli: healthy, key_sli: true, pas: [{criteria: ["<=0"]}]}',
  '{sli: healthy, keySLI: true, pass: [{criteria: ["<=0"]}]}',
  '{sli: healthy, key-sli: true, pass: [{criteria: ["<=0"]}]}',
  '{sli: healthy, pass: [{criteria: ["<=1"], key_sli: true}]}',
  '{sli: healthy, key_sli: true, pass: [{criteria: ["<=1"]}], weigth: 9}',
  '{sli: healthy, key_sli: true, pass: [{criteria: ["<=1"], criterias: ["<=0"]}]}',
  '{sli: healthy, key_sli: true, pass: [{criteria: ["<=1"]}], warn: [{criteria: ["<=0"]}]}',
]

/** A key objective that nothing is asked of. */
const ungated = [
  '{sli: healthy, key_sli: true}',
  '{sli: nothing, key_sli: true, pass: []}',
  '{sli: healthy, key_sli: true, warning: [{criteria: ["<=0"]}]}',
]

const objective: Arbitrary<string> = constantFrom(
  ...[...unmeasured, ...widened, ...halfCovered].map(key),
  ...misspelt,
  ...ungated,
)

const beside = record({
  count: integer({ min: 0, max: 3 }),
  weight: integer({ min: 1, max: 99 }),
  informational: integer({ min: 0, max: 2 }),
})

test('a defective key objective never ends as a pass', async () => {
  await assert(
    asyncProperty(objective, beside, constantFrom('0%', '50%', '90%'), async (defective, others, pass) => {
      const sound = Array.from(
        { length: others.count },
        () => `{sli: healthy, weight: ${others.weight}, pass: [{criteria: ["<=1"]}]}`,
      )
      const shown = Array.from({ length: others.informational }, () => '{sli: healthy}')
      const slo = `filter: {other: $LABEL.absent}\nobjectives:\n${[...sound, defective, ...shown].map((one) => `  - ${one}\n`).join('')}total_score: {pass: "${pass}"}\n`
      expect(await outcomeOf(slo)).not.toBe('pass')
    }),
    { numRuns: 150, seed: 20_261_130 },
  )
}, 120_000)

test('an SLO that gates nothing never ends as a pass, measured or not', async () => {
  const names = ['healthy', ...unmeasured]
  await assert(
    asyncProperty(constantFrom(...names), constantFrom(...names), async (one, other) => {
      expect(await outcomeOf(`objectives: [{sli: ${one}}, {sli: ${other}}]\ntotal_score: {pass: "0%"}\n`)).not.toBe(
        'pass',
      )
    }),
    { numRuns: 30, seed: 20_261_130 },
  )
}, 60_000)

test('a sound key objective does', async () => {
  expect(await outcomeOf(`objectives: [${key('healthy')}]\ntotal_score: {pass: "90%"}\n`)).toBe('pass')
})

/** The result, or the code of the problem. */
async function outcomeOf(slo: string): Promise<string> {
  const { status, body } = await gate.service.request(
    'POST',
    '/v1/projects/shop/stages/staging/services/carts/evaluations',
    {
      headers: { prefer: 'wait=20' },
      body: { slo, labels: { empty: '', app: 'carts', 'app.kubernetes.io/part-of': 'shop' }, window: window() },
    },
  )
  return status === 201 ? body.result : body.code
}

/** An hour, which 241 points of 15 s cover. */
function window(): { readonly start: string; readonly end: string } {
  return { start: '2026-01-02T03:00:00Z', end: '2026-01-02T04:00:00Z' }
}
