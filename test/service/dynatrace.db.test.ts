import { afterEach, expect, test } from 'vitest'
import { fakeToken, startFakeDynatrace, type FakeDynatrace } from '../support/fake-dynatrace.ts'
import { startService, type TestService } from '../support/service.ts'

/** What becomes of a whole evaluation, where the recorded cases of Keptn's service have more than one indicator or none. */

let environment: FakeDynatrace
let service: TestService
afterEach(async () => {
  await service.stop()
  await environment.stop()
})

const window = { start: '2022-09-28T00:00:00Z', end: '2022-09-29T00:00:00Z' }

/** `values` by metric, scored ones first, which is how they are asked: all together. One without is of no series. */
async function start(slo: string, values: Readonly<Record<string, number | undefined>>): Promise<void> {
  const names = Object.keys(values)
  const result = Object.values(values).map((value) => ({ data: value === undefined ? [] : [{ values: [value] }] }))
  const parameters = {
    metricSelector: names.join(','),
    resolution: 'Inf',
    from: String(Date.parse(window.start)),
    to: String(Date.parse(window.end)),
  }
  environment = await startFakeDynatrace([
    { path: '/api/v2/metrics/query', parameters, body: { resolution: 'Inf', nextPageKey: null, result } },
  ])
  service = await startService({
    settings: { providers: { dynatrace: { kind: 'dynatrace', url: environment.url, token: 'env:DT' } } },
    files: {
      'shop/slo.yaml': slo,
      'shop/project.yaml': 'provider: dynatrace\n',
      'shop/dynatrace/sli.yaml': `indicators: {${names.map((name) => `${name}: "metricSelector=${name}"`).join(', ')}}\n`,
    },
    secret: async () => fakeToken,
  })
}

const comparison = 'comparison: {compare_with: single_result, include_result_with_score: pass}\n'

test('D51: an indicator that no file defines is not asked for, and says where it was looked for', async () => {
  const objectives = '[{sli: a, pass: [{criteria: ["<5"]}]}, {sli: response_time_p95, pass: [{criteria: ["<5"]}]}]'
  await start(`${comparison}objectives: ${objectives}\ntotal_score: {pass: "50%"}\n`, { a: 1 })
  const { body } = await service.evaluate({ window })
  expect(body.indicatorResults).toMatchObject([
    { metric: 'a', value: 1 },
    {
      metric: 'response_time_p95',
      outcome: 'config',
      message: expect.stringContaining('not in shop/dynatrace/sli.yaml'),
    },
  ])
  expect(environment.requests).toHaveLength(1)
})

test('D52: an indicator without an objective is not asked for', async () => {
  const objectives = '[{sli: a, pass: [{criteria: ["<5"]}]}]'
  await start(`${comparison}objectives: ${objectives}\ntotal_score: {pass: "90%"}\n`, { a: 1 })
  const { body } = await service.evaluate({ window })
  expect(body).toMatchObject({ result: 'pass', indicatorResults: [{ metric: 'a', value: 1 }] })
})

test('D54: an informational objective without data fails nothing, and is seen', async () => {
  const objectives = '[{sli: a}, {sli: b, pass: [{criteria: ["<5"]}]}]'
  await start(`${comparison}objectives: ${objectives}\ntotal_score: {pass: "90%"}\n`, { b: 1, a: undefined })
  const { body } = await service.evaluate({ window })
  expect(body).toMatchObject({
    result: 'pass',
    score: 100,
    indicatorResults: [
      { metric: 'a', status: 'info', value: null, outcome: 'no_data' },
      { metric: 'b', status: 'pass', value: 1 },
    ],
  })
  expect(environment.requests).toHaveLength(1)
})
