import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../../demo/wait.ts'
import type { Prometheus } from '../../../demo/prometheus.ts'
import { openProvider, type IndicatorReply, type Provider } from '../../../providers/index.ts'
import { startMetrics, type Metrics } from '../../support/metrics.ts'
import { realPrometheusMs, startRealPrometheus } from '../../support/real-prometheus.ts'

/** The provider against a real Prometheus, in the order in which a person would try it. */

const scope = new AsyncDisposableStack()
let metrics: Metrics
let prometheus: Prometheus
let provider: Provider

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pharos-real-prometheus-'))
  scope.defer(() => rm(folder, { recursive: true, force: true }))
  metrics = await startMetrics(
    [
      'plain 42.5',
      'nothing_yet NaN',
      'endless +Inf',
      'series{n="1"} 1',
      'series{n="2"} 2',
      String.raw`quoted{version="1\"0\\{}"} 7`,
      'build 1',
    ],
    scope,
  )
  prometheus = await startRealPrometheus(folder, [metrics.url], scope)
  const opened = openProvider('prometheus', { kind: 'prometheus', url: prometheus.url }, () =>
    Promise.reject(new Error('there is no secret here')),
  )
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  provider = opened.instance.provider
  scope.defer(() => provider.close())
}, realPrometheusMs)
afterAll(() => scope.disposeAsync())

async function ask(query: string, end = new Date()): Promise<IndicatorReply | undefined> {
  const [reply] = await provider.measure({
    window: { start: new Date(end.getTime() - 60_000), end },
    indicators: [{ name: query, query }],
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 10_000),
  })
  return reply
}

test('it is there, with its version if its build has one', async () => {
  const health = await provider.check(AbortSignal.timeout(5_000))
  expect(health.ok).toBe(true)
  expect(health.version ?? 'Prometheus').toMatch(health.message === 'Prometheus' ? /^Prometheus$/ : /^\d+\.\d+/)
})

for (const { query, value } of [
  { query: 'plain', value: 42.5 },
  { query: 'sum(series)', value: 3 },
  { query: 'scalar(plain)', value: 42.5 },
  { query: '0.1 + 0.2', value: 0.1 + 0.2 },
  { query: String.raw`quoted{version="1\"0\\{}"}`, value: 7 },
]) {
  test(`${query} is ${value}`, async () => {
    expect(await ask(query)).toMatchObject({ outcome: 'measured', value, query, attempts: 1 })
  })
}

for (const { query, outcome, says } of [
  { query: 'absent_metric', outcome: 'no_data', says: 'no series' },
  { query: 'nothing_yet', outcome: 'invalid_value', says: 'NaN' },
  { query: 'endless', outcome: 'invalid_value', says: '+Inf' },
  { query: 'series', outcome: 'ambiguous', says: '2 series' },
  { query: 'plain[1m]', outcome: 'bad_query', says: 'range' },
  { query: '"a text"', outcome: 'bad_query', says: 'a string, not a number' },
  { query: 'sum(', outcome: 'bad_query', says: 'parse error' },
]) {
  test(`${query} is ${outcome}`, async () => {
    expect(await ask(query)).toMatchObject({ outcome, message: expect.stringContaining(says) })
  })
}

describe('the instant is the end of the window', () => {
  test('to the millisecond', async () => {
    const end = new Date(Date.now() - 12_345)
    expect(await ask('time()', end)).toMatchObject({ outcome: 'measured', value: end.getTime() / 1000 })
  })

  test('before it was scraped for the first time there is nothing', async () => {
    expect(await ask('plain', new Date(Date.now() - 3_600_000))).toMatchObject({ outcome: 'no_data' })
  })

  test('a value is the one of then, whatever came after', async () => {
    const then = new Date()
    metrics.lines = metrics.lines.map((line) => (line === 'build 1' ? 'build 2' : line))
    await waitFor('the second build is scraped', 10_000, async () => {
      const reply = await ask('build')
      return reply?.outcome === 'measured' && reply.value === 2 ? true : undefined
    })
    expect(await ask('build', then)).toMatchObject({ outcome: 'measured', value: 1 })
  })
})

test('stopped it is upstream, at once and with its address; started again it answers', async () => {
  await prometheus.stop()
  const began = performance.now()
  expect(await ask('plain')).toMatchObject({ outcome: 'upstream', message: expect.stringContaining('ECONNREFUSED') })
  expect(performance.now() - began).toBeLessThan(5_000)
  await prometheus.start()
  expect(await ask('plain')).toMatchObject({ outcome: 'measured', value: 42.5 })
}, 30_000)
