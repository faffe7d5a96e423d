import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  startScriptedPrometheus,
  type Behaviour,
  type Script,
  type ScriptedPrometheus,
} from '../support/scripted-prometheus.ts'
import { startService, type TestService } from '../support/service.ts'

/** The whole way from a request to a real query: what becomes of each trouble with a provider. */

const slo = `
comparison: {compare_with: single_result, include_result_with_score: all}
objectives:
  - sli: error_rate
    pass: [{criteria: ["<=1"]}]
  - sli: latency
    pass: [{criteria: ["<=+10%"]}]
total_score: {pass: "90%", warning: "40%"}
`

const sli = `
spec_version: "1.0"
indicators:
  error_rate: errors{version="$LABEL.version"}
  latency: rate(latency{project="$PROJECT", stage="$STAGE", service="$SERVICE", d="$DEPLOYMENT"}[$DURATION_SECONDS])
`

const script: Script = {}
let prometheus: ScriptedPrometheus
let service: TestService

beforeAll(async () => {
  prometheus = await startScriptedPrometheus(script)
  service = await startService({
    files: { 'shop/slo.yaml': slo, 'shop/prometheus/sli.yaml': sli },
    settings: {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      limits: { measureTimeout: '1s' },
    },
  })
})
afterAll(async () => {
  await service.stop()
  await prometheus.stop()
})

const errors = 'errors{version="1\\"0"}'
const latency = 'rate(latency{project="shop", stage="staging", service="carts", d="primary"}[300s])'
const healthy: Script = { [errors]: { kind: 'value', value: 0.5 }, [latency]: { kind: 'value', value: 100 } }
const body = { labels: { version: '1"0' }, window: { timeframe: '5m' } }

function behave(behaviours: Script): void {
  for (const query of Object.keys(script)) delete script[query]
  Object.assign(script, behaviours)
}

test('queries are resolved, escaped and asked at the end of the window', async () => {
  behave(healthy)
  const { body: evaluation } = await service.evaluate(body)
  expect(evaluation.result).toBe('pass')
  expect(evaluation.indicatorResults).toMatchObject([
    { provider: 'prometheus', query: errors, value: 0.5, outcome: 'measured' },
    { provider: 'prometheus', query: latency, value: 100, outcome: 'measured' },
  ])
  const times = prometheus.requests.slice(-2).map(({ time }) => Number(time) * 1000)
  expect(times).toEqual([Date.parse(evaluation.window.end), Date.parse(evaluation.window.end)])
})

describe('an indicator without usable data fails, and the result is capped at warning', () => {
  for (const { title, behaviour, outcome } of [
    { title: 'empty', behaviour: { kind: 'empty' }, outcome: 'no_data' },
    { title: 'two series', behaviour: { kind: 'series', values: [1, 2] }, outcome: 'ambiguous' },
    { title: 'NaN', behaviour: { kind: 'value', value: 'NaN' }, outcome: 'invalid_value' },
    { title: 'infinite', behaviour: { kind: 'value', value: '+Inf' }, outcome: 'invalid_value' },
  ] satisfies { title: string; behaviour: Behaviour; outcome: string }[]) {
    test(`${title} is ${outcome}`, async () => {
      behave({ ...healthy, [latency]: behaviour })
      const { body: evaluation } = await service.evaluate(body)
      expect(evaluation).toMatchObject({ state: 'succeeded', result: 'warning', score: 50 })
      expect(evaluation.indicatorResults[1]).toMatchObject({
        status: 'fail',
        score: 0,
        value: null,
        success: false,
        outcome,
      })
      expect(evaluation.reasons).toContainEqual(
        expect.objectContaining({ code: 'not_measured', indicator: 'latency', outcome }),
      )
    })
  }
})

describe('an indicator that could not be asked and would decide makes the evaluation errored', () => {
  for (const { title, behaviour, outcome } of [
    {
      title: 'no JSON',
      behaviour: { kind: 'text', status: 200, body: '<html>Log in</html>', contentType: 'text/html' },
      outcome: 'upstream',
    },
    { title: 'slow', behaviour: { kind: 'hang' }, outcome: 'timeout' },
    { title: 'a reset connection', behaviour: { kind: 'reset' }, outcome: 'upstream' },
    {
      title: '500',
      behaviour: { kind: 'error', status: 500, errorType: 'internal', error: 'broken' },
      outcome: 'upstream',
    },
    {
      title: 'a bad query',
      behaviour: { kind: 'error', status: 400, errorType: 'bad_data', error: 'parse error' },
      outcome: 'bad_query',
    },
    { title: 'no access', behaviour: { kind: 'text', status: 401, body: 'Unauthorized' }, outcome: 'unauthorized' },
  ] satisfies { title: string; behaviour: Behaviour; outcome: string }[]) {
    test(`${title} is ${outcome}`, async () => {
      behave({ ...healthy, [latency]: behaviour })
      const { body: evaluation } = await service.evaluate(body)
      expect(evaluation).toMatchObject({ state: 'errored', result: 'fail', score: null })
      expect(evaluation.indicatorResults[1]).toMatchObject({ value: null, success: false, outcome })
      const [reason] = evaluation.reasons
      expect(reason).toMatchObject({
        code: 'not_measured',
        indicator: 'latency',
        outcome,
        resultIfFailed: 'warning',
        resultIfPassed: 'pass',
      })
      expect(reason.message).toContain(evaluation.indicatorResults[1].message)
    })
  }

  for (const { labels, message } of [
    { labels: {}, message: 'placeholder $LABEL.version has no value: the request has no labels' },
    { labels: { version: '' }, message: 'placeholder $LABEL.version is empty, which counts as missing' },
  ]) {
    test(`labels ${JSON.stringify(labels)} without the one that the query needs are config`, async () => {
      behave({ ...healthy, 'errors{version=""}': { kind: 'value', value: 0 } })
      const { body: evaluation } = await service.evaluate({ labels })
      expect(evaluation).toMatchObject({ state: 'errored', result: 'fail' })
      expect(evaluation.indicatorResults[0]).toMatchObject({
        outcome: 'config',
        message: expect.stringContaining(message),
      })
    })
  }
})

test('Prometheus down: errored; back again: compared with the last good one', async () => {
  behave(healthy)
  const { body: before } = await service.evaluate(body)
  const port = Number(new URL(prometheus.url).port)
  await prometheus.stop()
  const { body: during } = await service.evaluate(body)
  expect(during).toMatchObject({ state: 'errored', result: 'fail', score: null })
  expect(during.indicatorResults[0]).toMatchObject({
    outcome: 'upstream',
    message: expect.stringMatching(/connect|ECONNREFUSED/i),
  })
  prometheus = await startScriptedPrometheus(script, { port })
  const { body: after } = await service.evaluate(body)
  expect(after.result).toBe('pass')
  expect(after.comparedEvaluations).toEqual([before.id])
  expect(after.warnings).toContainEqual(expect.objectContaining({ code: 'evaluation_skipped', evaluation: during.id }))
})

test('a changed query is still compared, and said', async () => {
  behave({ '*': { kind: 'value', value: 1 } })
  const files = { 'shop/slo.yaml': slo, 'shop/prometheus/sli.yaml': sli }
  const own = await startService({
    files,
    settings: { providers: { prometheus: { kind: 'prometheus', url: prometheus.url } } },
  })
  try {
    const { body: first } = await own.evaluate(body)
    const { writeFile } = await import('node:fs/promises')
    await writeFile(`${own.root}/shop/prometheus/sli.yaml`, sli.replace('rate(latency', 'irate(latency'))
    const { body: second } = await own.evaluate(body)
    expect(second.comparedEvaluations).toEqual([first.id])
    expect(second.reasons).toMatchObject([{ code: 'indicator_changed', indicator: 'latency' }])
    expect(second.indicatorResults[1].query).toContain('irate(')
  } finally {
    await own.stop()
  }
})

test('in a stage that maps it, a provider means another instance', async () => {
  behave({ '*': { kind: 'value', value: 1 } })
  const other = await startScriptedPrometheus({ '*': { kind: 'value', value: 2 } })
  const own = await startService({
    files: {
      'shop/slo.yaml': slo,
      'shop/prometheus/sli.yaml': sli,
      'shop/project.yaml': 'stages: {staging: {providers: {prometheus: prom-staging}}}',
    },
    settings: {
      providers: {
        prometheus: { kind: 'prometheus', url: prometheus.url },
        'prom-staging': { kind: 'prometheus', url: other.url },
      },
    },
  })
  try {
    const { body: evaluation } = await own.evaluate(body)
    expect(evaluation.indicatorResults[0]).toMatchObject({ provider: 'prom-staging', value: 2 })
  } finally {
    await own.stop()
    await other.stop()
  }
})

test('an indicator that cannot change the result does not delay the evaluation', async () => {
  behave({ shown: { kind: 'hang' }, '*': { kind: 'value', value: 1 } })
  const own = await startService({
    files: {
      'shop/slo.yaml':
        'objectives: [{sli: error_rate, pass: [{criteria: ["<=1"]}]}, {sli: shown}]\ntotal_score: {pass: 90}',
      'shop/prometheus/sli.yaml': 'indicators: {error_rate: errors, shown: shown}',
    },
    settings: {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      limits: { measureTimeout: '60s', informationalTimeout: '50ms' },
    },
  })
  try {
    const { body: evaluation } = await own.evaluate({ window: { timeframe: '5m' } })
    expect(evaluation).toMatchObject({ state: 'succeeded', result: 'pass', score: 100 })
    expect(evaluation.indicatorResults).toMatchObject([
      { value: 1 },
      { status: 'info', outcome: 'timeout', message: expect.stringMatching(/cannot change the result/) },
    ])
  } finally {
    await own.stop()
  }
})
