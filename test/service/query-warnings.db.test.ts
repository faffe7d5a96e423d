import { afterAll, beforeAll, expect, test } from 'vitest'
import { startScriptedPrometheus, type Script, type ScriptedPrometheus } from '../support/scripted-prometheus.ts'
import { startService, type TestService } from '../support/service.ts'

/** What may be wrong with a query is said with the evaluation that asked it, and never keeps it from being asked. */

const objective = (sli: string) => `  - sli: ${sli}\n    pass: [{criteria: ["<=1"]}]\n`
const slo = `objectives:\n${['fixed', 'window', 'dialect', 'twice'].map(objective).join('')}total_score: {pass: "90%"}\n`
const sli = `indicators:
  fixed: sum(rate(errors{service="$SERVICE"}[5m]))
  window: sum(rate(errors[$DURATION_SECONDS]))
  dialect: sum(errors) keep_metric_names
`
const formulas = 'indicators: {twice: fixed * 2}\n'

const script: Script = { '*': { kind: 'value', value: 0.5 } }
let prometheus: ScriptedPrometheus
let service: TestService

beforeAll(async () => {
  prometheus = await startScriptedPrometheus(script)
  service = await startService({
    files: { 'shop/slo.yaml': slo, 'shop/prometheus/sli.yaml': sli, 'shop/computed/sli.yaml': formulas },
    settings: { providers: { prometheus: { kind: 'prometheus', url: prometheus.url } } },
  })
})
afterAll(async () => {
  await service.stop()
  await prometheus.stop()
})

const dialect = {
  code: 'query_syntax',
  message: 'PromQL does not expect "keep_metric_names" at character 13',
  fix: 'fix the query, unless the server uses a different dialect, such as MetricsQL',
  indicator: 'dialect',
  provider: 'prometheus',
}

async function warningsOf(timeframe: string) {
  const { body } = await service.evaluate({ window: { timeframe } })
  expect(body.result).toBe('pass')
  const codes = ['query_syntax', 'fixed_range']
  return body.warnings.filter(({ code }: { readonly code: string }) => codes.includes(code))
}

test('a range that ignores an hour is a warning of its evaluation, with what to write, once however many need it', async () => {
  expect(await warningsOf('60m')).toEqual([
    {
      code: 'fixed_range',
      message: '[5m] covers 5m of a window of 1h',
      fix: 'use [$DURATION_SECONDS], which is as long as the window, or read values throughout the window with mode: range in options.yaml',
      indicator: 'fixed',
      provider: 'prometheus',
    },
    dialect,
  ])
})

test('a range that is as long as the window is none', async () => {
  expect(await warningsOf('5m')).toEqual([dialect])
})
