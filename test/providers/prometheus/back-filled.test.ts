import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openProvider, type IndicatorReply, type Provider, type SloFilter } from '../../../providers/index.ts'
import { placeholderValues, resolvePlaceholders } from '../../../slo/index.ts'
import { backFilledPrometheus, backFilledVictoriaMetrics } from '../../support/back-filled.ts'
import { realPrometheusMs } from '../../support/real-prometheus.ts'
import cases from './cases.json' with { type: 'json' }

/** What a server answers to the queries of `cases.json`, where that is something else than Prometheus does. */
type Differences = Readonly<Record<string, { readonly outcome: string; readonly value?: number }>>

const servers: readonly {
  readonly name: string
  readonly start: typeof backFilledPrometheus
  readonly differences: Differences
}[] = [
  { name: 'Prometheus', start: backFilledPrometheus, differences: {} },
  {
    name: 'VictoriaMetrics',
    start: backFilledVictoriaMetrics,
    differences: {
      // NaN is left out of its replies.
      vector_nan: { outcome: 'no_data' },
      zero_div_zero_nan: { outcome: 'no_data' },
      scalar_of_empty_nan: { outcome: 'no_data' },
      string_literal: { outcome: 'no_data' },
      // It overlooks what Prometheus refuses. The last is why placeholders are escaped here, and not trusted to the server.
      range_zero_seconds: { outcome: 'ambiguous' },
      range_fractional_seconds: { outcome: 'ambiguous' },
      range_without_unit: { outcome: 'ambiguous' },
      too_many_samples: { outcome: 'ambiguous' },
      type_error: { outcome: 'measured' },
      injection_label_break: { outcome: 'measured' },
    },
  },
]

for (const { name, start, differences } of servers) {
  describe(`a real ${name}`, () => {
    const scope = new AsyncDisposableStack()
    let provider: Provider
    beforeAll(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'pharos-back-filled-'))
      scope.defer(() => rm(folder, { recursive: true, force: true }))
      provider = openAt(await start(folder, scope))
      scope.defer(() => provider.close())
    }, realPrometheusMs)
    afterAll(() => scope.disposeAsync())

    for (const { query, end, ...expected } of cases) {
      const { outcome, value } = differences[expected.name] ?? expected
      test(`${expected.name} is ${value ?? outcome}`, async () => {
        const reply = await ask(provider, query, { end })
        expect(reply).toMatchObject(value === undefined ? { outcome } : { outcome, value: near(value) })
      })
    }

    for (const { query, reduce, value } of [
      { query: 'g_one', reduce: 'avg', value: 130 },
      { query: 'g_one', reduce: 'p95', value: 139 },
      { query: 'g_one', reduce: 'first', value: 120 },
      { query: '42', reduce: 'sum', value: 252 },
    ]) {
      test(`the ${reduce} of ${query} over the window is ${value}`, async () => {
        const options = { mode: 'range', step: '60s', reduce }
        expect(await ask(provider, query, { options })).toMatchObject({ outcome: 'measured', value })
      })
    }

    for (const { query, outcome } of [
      { query: 'g_two', outcome: 'ambiguous' },
      { query: 'no_such_metric', outcome: 'no_data' },
    ]) {
      test(`${query} over the window is ${outcome}`, async () => {
        expect(await ask(provider, query, { options: { mode: 'range', reduce: 'avg' } })).toMatchObject({ outcome })
      })
    }

    for (const { pack, values } of [
      {
        pack: 'keptn',
        values: {
          throughput: 2.266666666666667,
          error_rate: 0.1176470588235294,
          response_time_p50: 75,
          response_time_p90: 187.5,
          response_time_p95: 349.9999999999995,
        },
      },
      {
        pack: 'otel',
        values: {
          throughput: 2.266666666666667,
          error_rate: 1 / 34,
          response_time_p50: 0.075,
          response_time_p90: 0.1875,
          response_time_p95: 0.35,
        },
      },
    ]) {
      test(`the pack ${pack} measures the service`, async () => {
        const queries = packQueries(pack)
        expect(queries.map(([indicator]) => indicator)).toEqual(Object.keys(values))
        const replies = await Promise.all(queries.map(([, query]) => ask(provider, query, {})))
        expect(replies.map((reply) => reply?.outcome === 'measured' && reply.value)).toEqual(
          Object.values(values).map(near),
        )
      })
    }

    test('the error rate of a pack is 0 where there was no error, and nothing where there was no traffic', async () => {
      const rateOf = (job: string) => new Map(packQueries('keptn', [['job', job]])).get('error_rate') ?? ''
      const ofOk = rateOf('carts-sockshop-staging-canary').replaceAll('http_requests_total', 'http_ok_only_total')
      expect(await ask(provider, ofOk, {})).toMatchObject({ outcome: 'measured', value: 0 })
      expect(await ask(provider, rateOf('nobody'), {})).toMatchObject({ outcome: 'no_data' })
    })

    test('is well', async () => {
      expect(await provider.check(new AbortController().signal)).toMatchObject({ ok: true })
    })
  })
}

/** VictoriaMetrics adds series up in the order its threads bring them, so that the last bit of a sum may differ. */
function near(value: number): unknown {
  return expect.closeTo(value, 12)
}

/** As they are sent for the service carts of sockshop/staging. */
function packQueries(indicatorPack: string, filter: SloFilter = []): readonly (readonly [string, string])[] {
  const settings = { kind: 'prometheus', url: 'http://prom', indicatorPack }
  const opened = openProvider('prom', settings, () => Promise.reject(new Error('no secret')))
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  const { instance } = opened
  const window = { start: new Date('2024-05-01T00:30:00Z'), end: new Date('2024-05-01T00:35:00Z') }
  const service = { project: 'sockshop', stage: 'staging', service: 'carts' }
  const values = placeholderValues({ ...service, labels: {}, filter, environment: {}, window })
  return [...instance.pack(filter)].map(([name, definition]) => {
    const resolved = resolvePlaceholders(definition, values, (value, place) => instance.escape(value, place))
    if (resolved.kind === 'unresolved') throw new Error(resolved.problems.join())
    return [name, resolved.query]
  })
}

function openAt(url: string): Provider {
  const opened = openProvider('prom', { kind: 'prometheus', url }, () => Promise.reject(new Error('no secret')))
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  return opened.instance.provider
}

async function ask(
  provider: Provider,
  query: string,
  { end = '2024-05-01T00:35:00Z', options = {} }: { readonly end?: string; readonly options?: object },
): Promise<IndicatorReply | undefined> {
  const windowEnd = new Date(end)
  const [reply] = await provider.measure({
    window: { start: new Date(windowEnd.getTime() - 300_000), end: windowEnd },
    indicators: [{ name: 'q', query, options: { ...options } }],
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 20_000),
  })
  return reply
}
