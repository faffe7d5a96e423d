import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import type { Prometheus } from '../../demo/prometheus.ts'
import { waitFor } from '../../demo/wait.ts'
import { eventId, finishedType } from '../../src/announcing/keptn-events.ts'
import { startMetrics, type Metrics } from '../support/metrics.ts'
import { realPrometheusMs, startRealPrometheus } from '../support/real-prometheus.ts'
import { startReceiver } from '../support/receiver.ts'
import { startService, type TestService } from '../support/service.ts'

/** The main job as a newcomer sees it: a service is judged against a real Prometheus, recorded and announced. */

const slo = `
comparison: {compare_with: single_result, include_result_with_score: pass}
objectives:
  - sli: error_rate
    key_sli: true
    pass: [{criteria: ["<=1"]}]
  - sli: latency
    pass: [{criteria: ["<=+10%"]}]
total_score: {pass: "90%", warning: "40%"}
`

const sli = `
spec_version: "1.0"
indicators:
  error_rate: max_over_time(error_rate{version="$LABEL.version"}[$DURATION_SECONDS])
  latency: avg(latency_ms{version="$LABEL.version",service="$SERVICE"})
`

const scope = new AsyncDisposableStack()
let metrics: Metrics
let prometheus: Prometheus
let service: TestService

beforeAll(async () => {
  const folder = await mkdtemp(join(inject('testFolder'), 'prometheus-'))
  scope.defer(() => rm(folder, { recursive: true, force: true }))
  metrics = await startMetrics(
    [
      'error_rate{version="0.1"} 0.5',
      'latency_ms{version="0.1",service="carts"} 100',
      'error_rate{version="0.2"} 7',
      'latency_ms{version="0.2",service="carts"} 250',
      'error_rate{version="0.3"} 0.25',
      'latency_ms{version="0.3",service="carts"} 105',
    ],
    scope,
  )
  prometheus = await startRealPrometheus(folder, [metrics.url], scope)
}, realPrometheusMs)
afterAll(() => scope.disposeAsync())

test('pass, fail, an outage, and back to the last good one', async () => {
  const receiver = await startReceiver()
  scope.defer(() => receiver.stop())
  service = await startService({
    files: { 'shop/slo.yaml': slo, 'shop/prometheus/sli.yaml': sli },
    settings: {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      sinks: [{ name: 'ci', url: receiver.url, types: ['evaluation.finished'] }],
    },
  })
  scope.defer(() => service.stop())
  const judge = async (version: string) => (await service.evaluate({ labels: { version } })).body

  const first = await judge('0.1')
  expect(first).toMatchObject({ state: 'succeeded', result: 'pass', score: 100 })
  expect(first.reasons).toMatchObject([{ code: 'no_baseline', indicator: 'latency' }])
  expect(first.indicatorResults).toMatchObject([
    { value: 0.5, query: 'max_over_time(error_rate{version="0.1"}[300s])' },
    { value: 100, query: 'avg(latency_ms{version="0.1",service="carts"})' },
  ])

  const second = await judge('0.2')
  expect(second).toMatchObject({ state: 'succeeded', result: 'fail', score: 0, comparedEvaluations: [first.id] })
  expect(second.indicatorResults).toMatchObject([
    { value: 7, status: 'fail', keySli: true },
    { value: 250, comparedValue: 100, passTargets: [{ criteria: '<=+10%', targetValue: 110, violated: true }] },
  ])

  await prometheus.stop()
  const during = await judge('0.3')
  expect(during).toMatchObject({ state: 'errored', result: 'fail', score: null })
  expect(during.reasons).toMatchObject([
    { code: 'not_measured', indicator: 'error_rate', outcome: 'upstream' },
    { code: 'not_measured', indicator: 'latency', outcome: 'upstream' },
  ])

  await prometheus.start()
  // Stopped in the midst of a scrape it marks the target's series as gone, until the next scrape.
  await waitFor('it has scraped again', 20_000, async () => {
    const reply = await fetch(`${prometheus.url}/api/v1/query?query=latency_ms`)
    const { data } = z.object({ data: z.object({ result: z.array(z.unknown()) }) }).parse(await reply.json())
    return data.result.length === 3 ? true : undefined
  })
  const after = await judge('0.3')
  expect(after).toMatchObject({ state: 'succeeded', result: 'pass', score: 100, comparedEvaluations: [first.id] })
  expect(after.indicatorResults[1]).toMatchObject({ value: 105, comparedValue: 100 })
  const skipped = after.warnings.filter(({ code }: { readonly code: string }) => code === 'evaluation_skipped')
  expect(skipped).toMatchObject([
    { code: 'evaluation_skipped', evaluation: during.id },
    { code: 'evaluation_skipped', evaluation: second.id },
  ])

  await receiver.until(({ length }) => length >= 4)
  const ids = [first, second, during, after].map(({ id }) => eventId(id, finishedType))
  expect(receiver.received.map(({ event }) => event.id)).toEqual(ids)
}, 60_000)

test('a label that is PromQL of its own is a text, and finds nothing', async () => {
  const version = '0.1"} or vector(0) or error_rate{version="0.1'
  const { body } = await service.evaluate({ labels: { version } })
  expect(body.indicatorResults[0]).toMatchObject({
    query: `max_over_time(error_rate{version=${JSON.stringify(version)}}[300s])`,
    outcome: 'no_data',
    value: null,
  })
  expect(body).toMatchObject({ state: 'succeeded', result: 'fail', score: 0 })
})
