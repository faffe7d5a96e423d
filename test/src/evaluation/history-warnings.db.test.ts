import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareDatabase, type PreparedDatabase } from '../../support/database.ts'
import { startService } from '../../support/service.ts'

const slo = `comparison: {compare_with: single_result, include_result_with_score: pass}
objectives:
  - sli: latency
    pass: [{criteria: ["<=+10%", "<900"]}]
  - sli: errors
    weight: 5
    pass: [{criteria: ["<1"]}]
total_score: {pass: "90%"}
`

const rules = ['baseline_near_zero', 'tolerance_below_noise', 'objective_always_fails', 'objective_never_fails']

type Build = readonly [latency: number, errors: number]

let database: PreparedDatabase
beforeAll(async () => {
  database = await prepareDatabase()
})
afterAll(() => database.remove())

const ofOneVersion = (_place: number): Readonly<Record<string, string>> => ({ version: '1' })

/** Evaluates one build after the other. Answers with what the history says of the SLO in the last one. */
async function evaluate(name: string, builds: readonly Build[], body: object, labelsOf = ofOneVersion) {
  // Of a service that was just looked at, the history is not read anew.
  const service = await startService({ database, files: { 'shop/slo.yaml': slo } })
  let warnings: readonly { readonly code: string }[] = []
  for (const [place, [latency, errors]] of builds.entries()) {
    const indicators = [
      { metric: 'latency', value: latency },
      { metric: 'errors', value: errors },
    ]
    const path = `/v1/projects/shop/stages/staging/services/${name}/evaluations`
    const headers = { prefer: 'wait=20' }
    const answer = await service.request('POST', path, {
      headers,
      body: { indicators, labels: labelsOf(place), ...body },
    })
    expect(answer.status).toBe(201)
    warnings = answer.body.warnings
  }
  await service.stop()
  return warnings.filter(({ code }) => rules.includes(code))
}

async function warningsAfter(name: string, earlier: readonly Build[], last: Build, body = {}) {
  if (earlier.length > 0) await evaluate(name, earlier, body)
  return evaluate(name, [last], body)
}

test('values of one build that vary by more than a criterion allows are reported from the sixth evaluation on', async () => {
  const builds = [100, 130, 92, 104].map((latency) => [latency, 0.5] as const)
  expect(await warningsAfter('noisy', builds, [60, 0.5])).toEqual([])
  expect(await warningsAfter('noisy', [], [109, 0.5])).toEqual([
    {
      code: 'tolerance_below_noise',
      severity: 'warning',
      message: expect.stringMatching(
        /^latency varies by [\d.]+ % between evaluations of the same build, so about \d+ % of unchanged builds fail/,
      ),
      fix: expect.stringMatching(/^widen the tolerance/),
      indicator: 'latency',
      file: 'shop/slo.yaml',
      line: 4,
      column: 24,
    },
  ])
})

test('the first label that two evaluations share decides whether their builds are equal', async () => {
  const builds = [100, 130, 92, 104, 60].map((latency) => [latency, 0.5] as const)
  for (const [name, labelsOf, found] of [
    ['versions', (place: number) => ({ version: `${place}`, buildId: '1' }), 0],
    ['commits', (place: number) => ({ commit: 'c0ffee', ticket: `${place}` }), 1],
    ['unlabelled', () => ({}), 0],
  ] as const) {
    await evaluate(name, builds, {}, labelsOf)
    expect(await evaluate(name, [[109, 0.5]], {})).toHaveLength(found)
  }
})

test('builds that failed count, though nothing is compared with them', async () => {
  const builds = Array.from({ length: 19 }, () => [100, 7] as const)
  expect(await warningsAfter('failing', builds, [100, 7])).toEqual([])
  expect(await warningsAfter('failing', [], [100, 7])).toMatchObject([{ code: 'objective_always_fails', line: 7 }])
})

test('an earlier value of 0 is told at once, also where it is older than the recent ones', async () => {
  const failing = Array.from({ length: 21 }, () => [0, 7] as const)
  const warnings = await evaluate('zero', [[0, 0.5], ...failing], {})
  expect(warnings).toEqual([expect.objectContaining({ code: 'baseline_near_zero', line: 4 })])
})

test('an SLO that came with the request has its own history, and its place is in the request', async () => {
  const body = { slo }
  expect(await evaluate('zero', [[0, 0.5]], body)).toEqual([])
  const warnings = await evaluate('zero', [[0, 0.5]], body)
  expect(warnings).toMatchObject([{ code: 'baseline_near_zero', pointer: '/slo', line: 4 }])
})

test('of a window that was tried again the last attempt counts', async () => {
  const window = { start: '2026-01-02T03:00:00Z', end: '2026-01-02T03:05:00Z' }
  const attempts = [100, 130, 92, 60, 109].map((latency) => [latency, 0.5] as const)
  await evaluate('again', attempts, { window })
  expect(await evaluate('again', [[100, 0.5]], {})).toEqual([])
})
