import { afterEach, beforeEach, expect, test } from 'vitest'
import { startScriptedPrometheus, type ScriptedPrometheus } from '../support/scripted-prometheus.ts'
import { startService, type TestService } from '../support/service.ts'

/** Formulas through the whole service: what they are made of is asked once, and what it came to can be seen. */

let prometheus: ScriptedPrometheus
let service: TestService

beforeEach(async () => {
  prometheus = await startScriptedPrometheus({
    errors: { kind: 'value', value: 3 },
    requests: { kind: 'value', value: 200 },
  })
  service = await startService({
    settings: { providers: { prometheus: { kind: 'prometheus', url: prometheus.url } } },
    files: {
      'shop/staging/slo.yaml': `comparison: {compare_with: single_result, include_result_with_score: pass}
objectives:
  - {sli: error_rate, pass: [{criteria: ["<=2", "<=+10%"]}]}
  - {sli: per_user, pass: [{criteria: ["<1"]}]}
  - {sli: errors}
total_score: {pass: "100%"}
`,
      'shop/prometheus/sli.yaml': 'indicators: {errors: errors, requests: requests}\n',
      'shop/computed/sli.yaml': 'indicators: {error_rate: errors / requests * 100, per_user: error_rate / users}\n',
    },
  })
})
afterEach(async () => {
  await service.stop()
  await prometheus.stop()
})

test('measured once, computed, judged, and compared with the earlier value', async () => {
  const users = { indicators: [{ metric: 'users', value: 3 }] }
  const { status, body } = await service.evaluate(users)
  expect(status).toBe(201)
  expect(body).toMatchObject({
    result: 'pass',
    warnings: [],
    indicatorResults: [
      { metric: 'error_rate', value: 1.5, provider: 'computed' },
      { metric: 'per_user', value: 0.5, provider: 'computed' },
      { metric: 'errors', value: 3, provider: 'prometheus' },
    ],
  })
  expect(body.indicatorResults[0].query).toBe(
    'errors / requests * 100\n  errors = 3 (prometheus: errors)\n  requests = 200 (prometheus: requests)',
  )
  expect(prometheus.durationsMs).toHaveLength(2)
  const { body: second } = await service.evaluate(users)
  expect(second.indicatorResults[0]).toMatchObject({ comparedValue: 1.5 })
})

test('an input that is missing is why', async () => {
  const { body } = await service.evaluate({})
  expect(body).toMatchObject({ code: 'sli_invalid' })
  expect(body.errors[0]).toMatchObject({ code: 'formula_input_unknown', file: 'shop/computed/sli.yaml', line: 1 })
  const { body: zero } = await service.evaluate({ indicators: [{ metric: 'users', value: 0 }] })
  expect(zero.indicatorResults[1]).toMatchObject({
    outcome: 'invalid_value',
    message: 'error_rate / users has no value: it divides by 0 (error_rate = 1.5, users = 0)',
  })
})

test('nobody can be asked for a formula alone', async () => {
  const { status, body } = await service.request('POST', '/v1/providers/computed/query', {
    body: { project: 'shop', stage: 'staging', service: 'carts', indicator: 'error_rate' },
  })
  expect({ status, detail: body.detail }).toEqual({
    status: 404,
    detail: 'formulas are computed, nobody is asked for them: ask for an indicator that the formula is made of',
  })
})
