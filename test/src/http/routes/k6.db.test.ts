import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startService, type TestService } from '../../../support/service.ts'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())

const slo = `objectives:
  - {sli: http_req_duration.p(95), pass: [{criteria: ["<500"]}]}
  - {sli: http_req_failed.rate, pass: [{criteria: ["<0.05"]}]}
  - {sli: error_budget, pass: [{criteria: [">10"]}]}
total_score: {pass: "100%"}
comparison: {compare_with: single_result, include_result_with_score: pass}
`
const content = {
  metrics: {
    http_req_duration: { type: 'trend', values: { avg: 130.5, 'p(95)': 215.9 } },
    http_req_failed: { type: 'rate', values: { rate: 0.01, passes: 2, fails: 198 } },
  },
}
const indicators = [{ metric: 'error_budget', value: 70 }]

test('a k6 summary answers what the objectives name, beside other values, and of the rest nothing is said', async () => {
  for (const [form, given] of Object.entries({ object: content, text: JSON.stringify(content) })) {
    const { status, body } = await service.evaluate({
      slo,
      labels: { form },
      indicators,
      indicatorsFrom: { format: 'k6', content: given },
    })
    expect({ status, result: body.result, warnings: body.warnings }).toEqual({
      status: 201,
      result: 'pass',
      warnings: [],
    })
    expect(body.indicatorResults.map(({ value }: { value: number }) => value)).toEqual([215.9, 0.01, 70])
  }
})

describe('refused with its place:', () => {
  for (const { what, indicatorsFrom, indicators: given, pointer, message } of [
    {
      what: 'another format',
      indicatorsFrom: { format: 'jmeter', content },
      pointer: '/indicatorsFrom/format',
      message: /must be k6/,
    },
    {
      what: 'no content',
      indicatorsFrom: { format: 'k6' },
      pointer: '/indicatorsFrom/content',
      message: /must be a k6 summary/,
    },
    {
      what: 'a text that is no JSON',
      indicatorsFrom: { format: 'k6', content: '{' },
      pointer: '/indicatorsFrom/content',
      message: /must be a k6 summary/,
    },
    {
      what: 'a statistic that is no number',
      indicatorsFrom: { format: 'k6', content: { metrics: { 'a/b': { avg: 'x' } } } },
      pointer: '/indicatorsFrom/content/metrics/a~1b/avg',
      message: /must be a finite number/,
    },
    {
      what: 'a value that is given twice',
      indicatorsFrom: { format: 'k6', content: { metrics: { error_budget: { values: { rate: 1 } } } } },
      indicators: [{ metric: 'error_budget.rate', value: 2 }],
      pointer: '/indicators/0/metric',
      message: /"error_budget.rate" is in indicatorsFrom too/,
    },
  ].map((one) => ({ indicators, ...one }))) {
    test(`${what} at ${pointer}`, async () => {
      const { status, body } = await service.evaluate({ slo, indicators: given, indicatorsFrom })
      expect(status).toBe(422)
      expect(body.errors).toMatchObject([{ pointer, message: expect.stringMatching(message) }])
    })
  }
})
