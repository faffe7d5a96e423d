import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/storage/engine/database.ts'
import { prepareDatabase, type PreparedDatabase } from '../support/database.ts'
import { judgedAgain } from '../support/judged-again.ts'
import { startScriptedPrometheus, type Script, type ScriptedPrometheus } from '../support/scripted-prometheus.ts'
import { startService, type TestService } from '../support/service.ts'

/** Ranges: their coverage, and comparisons after their options change. */

const end = Date.parse('2024-05-01T01:00:00Z')

/** Every 15 s up to the end. */
function matrix(values: readonly string[]) {
  const samples = values.map((value, place) => [end / 1000 - 15 * (values.length - 1 - place), value])
  return {
    kind: 'json',
    body: { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values: samples }] } },
  } as const
}

const windowOf = (minutes: number) => ({
  start: new Date(end - minutes * 60_000).toISOString(),
  end: new Date(end).toISOString(),
})

const one = matrix(['0.1'])
const mostlyNan = matrix([...Array.from({ length: 239 }, () => 'NaN'), '0.1'])
const steep = matrix([...Array.from({ length: 240 }, () => '100'), '900'])
const script: Script = { one_point: one, mostly_nan: mostlyNan, latency: steep }

const relative = `
comparison: {compare_with: single_result, include_result_with_score: pass_or_warn}
objectives: [{sli: latency, pass: [{criteria: ["<=+10%"]}]}]
total_score: {pass: "90%"}
`
const coverage = `
objectives:
  - {sli: p95_latency, key_sli: true, pass: [{criteria: ["<=1"]}]}
  - {sli: jitter, pass: [{criteria: ["<=1"]}]}
  - {sli: error_ratio, pass: [{criteria: ["<=0.5"]}]}
  - {sli: shown}
total_score: {pass: "100%"}
`
const optionsPath = 'shop/staging/options/prometheus/options.yaml'

let database: PreparedDatabase
let prometheus: ScriptedPrometheus
let service: TestService
beforeAll(async () => {
  database = await prepareDatabase()
  prometheus = await startScriptedPrometheus(script)
  service = await startService({
    database,
    files: {
      'shop/prometheus/sli.yaml':
        'indicators: {latency: latency, p95_latency: one_point, jitter: one_point, error_ratio: mostly_nan, shown: one_point}',
      'shop/prometheus/options.yaml': `indicators:
  latency: {mode: range, reduce: avg}
  p95_latency: {mode: range, reduce: p95}
  jitter: {mode: range, reduce: stddev}
  error_ratio: {mode: range, reduce: avg}
  shown: {mode: range, reduce: avg}`,
      'shop/staging/options/slo.yaml': relative,
      [optionsPath]: 'indicators: {latency: {mode: range, reduce: min}}',
      'shop/staging/length/slo.yaml': relative,
      'shop/staging/thin/slo.yaml': relative,
      'shop/staging/coverage/slo.yaml': coverage,
      'shop/staging/lenient/slo.yaml':
        'objectives: [{sli: error_ratio, pass: [{criteria: ["<=0.5"]}]}]\ntotal_score: {pass: 90}',
      'strict/project.yaml': 'policies: {windowLength: fail}',
      'strict/slo.yaml': relative,
      'strict/prometheus/sli.yaml': 'indicators: {latency: latency}',
      'strict/prometheus/options.yaml': 'indicators: {latency: {mode: range, reduce: avg}}',
    },
    settings: { providers: { prometheus: { kind: 'prometheus', url: prometheus.url } } },
  })
})
let isStopped = false
async function stopService(): Promise<void> {
  if (!isStopped) await service.stop()
  isStopped = true
}

afterAll(async () => {
  await stopService()
  await prometheus.stop()
  await database.remove()
})

async function evaluate(name: string, minutes: number, project: string = 'shop') {
  const path = `/v1/projects/${project}/stages/staging/services/${name}/evaluations`
  const reply = await service.request('POST', path, {
    headers: { prefer: 'wait=20' },
    body: { window: windowOf(minutes) },
  })
  expect(reply.status).toBe(201)
  return reply.body
}

const reasons = ({ reasons: all }: { readonly reasons: readonly { code: string; message: string }[] }) =>
  all.map(({ code, message }) => `${code}: ${message}`)

test('values that were reduced differently are compared, with a reason', async () => {
  const first = await evaluate('options', 60)
  expect(first).toMatchObject({ result: 'pass', indicatorResults: [{ value: 100 }] })
  await writeFile(join(service.root, optionsPath), 'indicators: {latency: {mode: range, reduce: max}}')
  const second = await evaluate('options', 61)
  expect(second).toMatchObject({ result: 'fail', indicatorResults: [{ value: 900, comparedValue: 100 }] })
  expect(reasons(second)).toContain(
    'indicator_changed: latency is compared with values that were measured differently. Changed: options.reduce: min → max.',
  )
})

describe('a baseline comes from a window of a different length', () => {
  test('is compared, with a reason', async () => {
    await evaluate('length', 60)
    const second = await evaluate('length', 10)
    expect(second).toMatchObject({ result: 'pass', indicatorResults: [{ comparedWith: [expect.any(String)] }] })
    expect(reasons(second)).toEqual([
      'window_length_differs: latency was measured over 10m and is compared with values measured over 1h.',
    ])
  })

  test('caps the result if the project says so, and is still a baseline', async () => {
    await evaluate('carts', 60, 'strict')
    const second = await evaluate('carts', 10, 'strict')
    expect(second).toMatchObject({ result: 'fail', score: 100 })
    const third = await evaluate('carts', 10.5, 'strict')
    expect(third).toMatchObject({ result: 'pass', comparedEvaluations: [second.id], reasons: [] })
  })
})

describe('a range with few samples', () => {
  test('cannot pass a key objective, and records its coverage', async () => {
    const evaluation = await evaluate('coverage', 60)
    expect(evaluation).toMatchObject({ state: 'succeeded', result: 'fail' })
    expect(evaluation.indicatorResults).toMatchObject([
      { outcome: 'no_data', value: null, coverage: { found: 1, nan: 0, expected: 240, isEnough: false } },
      { outcome: 'no_data', message: 'stddev needs at least 2 values in the window, but there is only one' },
      { outcome: 'measured', value: 0.1, coverage: { found: 240, nan: 239, expected: 240, isEnough: false } },
      { status: 'info', value: 0.1, coverage: { found: 1 } },
    ])
    expect(reasons(evaluation)).toContain(
      'low_coverage: p95_latency is based on 1 of 240 samples, fewer than its minCoverage requires.',
    )
    expect(evaluation.warnings).toContainEqual(expect.objectContaining({ code: 'low_coverage', indicator: 'shown' }))
  })

  test('caps the result of others', async () => {
    const evaluation = await evaluate('lenient', 60)
    expect(evaluation).toMatchObject({ result: 'warning', score: 100, indicatorResults: [{ status: 'pass' }] })
    expect(evaluation.reasons).toMatchObject([{ code: 'low_coverage' }, { code: 'capped', policy: 'missingData' }])
  })

  test('is not a baseline', async () => {
    Object.assign(script, { latency: one })
    const thin = await evaluate('thin', 60)
    expect(thin).toMatchObject({ result: 'warning' })
    Object.assign(script, { latency: steep })
    expect(await evaluate('thin', 61)).toMatchObject({ comparedEvaluations: [], reasons: [{ code: 'no_baseline' }] })
  })
})

test('each of them, judged again from its row alone, comes to the same', async () => {
  await stopService()
  const opened = await openDatabase({ ...database, log: pino({ level: 'silent' }) })
  const { rows } = await opened.pool.query('select e.* from evaluations as e order by e.accepted_at')
  await opened.close()
  expect(rows.length).toBeGreaterThan(5)
  for (const row of rows) {
    const { recorded, again } = judgedAgain(row)
    expect(again).toEqual(recorded)
  }
})
