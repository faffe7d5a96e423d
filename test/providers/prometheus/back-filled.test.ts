import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  openProvider,
  type IndicatorQuery,
  type IndicatorReply,
  type MeasureRequest,
  type Provider,
  type SloFilter,
} from '../../../providers/index.ts'
import { escapePromql } from '../../../providers/prometheus/escape.ts'
import { placeholderValues, resolvePlaceholders } from '../../../slo/index.ts'
import { backFilledPrometheus, backFilledVictoriaMetrics } from '../../support/back-filled.ts'
import { isOfThree, realPrometheus, realPrometheusMs } from '../../support/real-prometheus.ts'
import cases from './cases.json' with { type: 'json' }
import { ranges, type AskedRange } from './ranges.ts'

/** What a server answers to the queries of `cases.json`, where that is something else than Prometheus does. */
type Differences = Readonly<Record<string, { readonly outcome: string; readonly value?: number }>>

const servers: readonly {
  readonly name: string
  readonly start: typeof backFilledPrometheus
  readonly differences: Differences
  /** From Prometheus 3 on. */
  readonly sinceThree: Differences
  readonly rangeDifferences: Readonly<Record<string, AskedRange['expected']>>
  readonly wrongPath: string
  readonly validations: readonly string[]
}[] = [
  {
    name: 'Prometheus',
    start: backFilledPrometheus,
    differences: {},
    // A number is a duration in seconds there, so the query is one of two series.
    sinceThree: { range_without_unit: { outcome: 'ambiguous' } },
    rangeDifferences: {},
    wrongPath: 'config',
    validations: ['valid', 'invalid'],
  },
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
    sinceThree: {},
    rangeDifferences: {
      range_nan: 'no_data',
      range_string_expr: 'no_data',
      range_matrix_expr: { avg: 130 },
      // It carries a value over no more than about the time between two samples, Prometheus over five minutes.
      range_gap: { count: 5, first: 32, last: 88, sum: 279, avg: 55.8 },
    },
    wrongPath: 'upstream',
    validations: ['unknown', 'unknown'],
  },
]

for (const { name, start, differences, sinceThree, rangeDifferences, wrongPath, validations } of servers) {
  describe(`a real ${name}`, () => {
    const scope = new AsyncDisposableStack()
    let url: string
    let provider: Provider
    let isThree: boolean
    const validate = async (query: string, signal: AbortSignal) =>
      (await provider.validateQuery?.({ name: 'q', query }, signal))?.kind
    beforeAll(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'pharos-back-filled-'))
      scope.defer(() => rm(folder, { recursive: true, force: true }))
      url = await start(folder, scope)
      isThree = isOfThree((await realPrometheus()).version)
      provider = openAt(url)
      scope.defer(() => provider.close())
    }, realPrometheusMs)
    afterAll(() => scope.disposeAsync())

    for (const { query, end, ...expected } of cases) {
      const before = differences[expected.name] ?? expected
      const since = sinceThree[expected.name] ?? before
      const told = (one: typeof before) => one.value ?? one.outcome
      const ofThree = since === before ? '' : `, and ${told(since)} from Prometheus 3 on`
      test(`${expected.name} is ${told(before)}${ofThree}`, async () => {
        const { outcome, value } = isThree ? since : before
        const reply = await ask(provider, query, { end })
        expect(reply).toMatchObject(value === undefined ? { outcome } : { outcome, value: near(value) })
      })
    }

    for (const { name: range, expected, ...asked } of ranges) {
      const outcome = rangeDifferences[range] ?? expected
      test(`${range} is ${typeof outcome === 'string' ? outcome : 'reduced as it was recorded'}`, async () => {
        const reduce = typeof outcome === 'string' ? ['avg'] : Object.keys(outcome)
        const replies = await Promise.all(reduce.map((by) => askOver(provider, asked, by)))
        const seen = replies.map((reply) => (reply?.outcome === 'measured' ? reply.value : reply?.outcome))
        expect(seen).toEqual(typeof outcome === 'string' ? [outcome] : Object.values(outcome).map(near))
      })
    }

    test('a range says how much of its window has samples', async () => {
      const whole = { start: '2024-05-01T00:30:00Z', end: '2024-05-01T00:50:00Z', step: '15s' }
      expect(await askOver(provider, { query: 'g_one', ...whole }, 'avg')).toMatchObject({
        coverage: { found: 80, nan: 0, expected: 80, isEnough: true },
      })
      // The series has ended; its last value is carried over for five minutes at most.
      const rest = { start: '2024-05-01T00:58:00Z', end: '2024-05-01T01:28:00Z', step: '15s' }
      const thin = await askOver(provider, { query: 'g_one', ...rest }, 'avg')
      expect(thin).toMatchObject({ outcome: 'measured', coverage: { expected: 120, isEnough: false } })
    })

    test('a label that would end its quotes finds nothing, put in as it is it would find 0', async () => {
      const template = `sum(rate(http_requests_total{job='$SERVICE'}[300s]))`
      const service = `x'}[300s])) or vector(0) or sum(rate(http_requests_total{job='x`
      expect(await ask(provider, template.replace('$SERVICE', service), {})).toMatchObject({ value: 0 })
      expect(await ask(provider, resolved(template, { service }), {})).toMatchObject({ outcome: 'no_data' })
    })

    // VictoriaMetrics takes the sample before the range as well.
    const fewSamples =
      name === 'VictoriaMetrics'
        ? []
        : [{ query: 'rate(g_one[10s])', why: /; g_one\[10s\] has too few samples for its range \([01]\):/ }]
    const carts = 'http_ok_only_total{job="carts-sockshop-staging-canary"'
    const reasons: readonly { readonly query: string; readonly end?: string; readonly why: RegExp }[] = [
      {
        query: 'sum(rate(no_such_metric[5m]))',
        why: /; no_such_metric never existed in .*: there is no metric no_such_metric$/,
      },
      { query: 'sum(rate(http_ok_only_total{job="cats",status="200"}[5m]))', why: /never existed .* has job="cats"$/ },
      {
        query: 'g_one',
        end: '2024-05-01T01:06:00Z',
        why: /; g_one ended before the end .* at about 2024-05-01T01:0[0-6]:/,
      },
      {
        query: 'g_gap',
        end: '2024-05-01T00:16:00Z',
        why: /; g_gap ended before the end .* at about 2024-05-01T00:(09|1[0-6]):/,
      },
      ...fewSamples,
      { query: `sum(rate(${carts},status=~"5.."}[5m]))`, why: /; no such event: .* has status=~"5.."; .*vector\(0\)/ },
      { query: `sum(rate(${carts},status!~"2.."}[5m])) / sum(rate(${carts}}[5m]))`, why: /; no such event: / },
      { query: 'g_one > 100000', why: /; no such event: .* meets the comparison; / },
      { query: 'g_one and on(a) g_two{a="2"}', why: /; the series it reads exist .* match\?$/ },
    ]
    for (const { query, end, why } of reasons) {
      test(`${query} at ${end ?? 'the end'} finds nothing, because ${why.source}`, async () => {
        const reply = await ask(provider, query, end === undefined ? {} : { end })
        expect(reply).toMatchObject({ outcome: 'no_data', message: expect.stringMatching(why) })
      })
    }

    test('an empty query is a bad one', async () => {
      expect(await ask(provider, '', {})).toMatchObject({ outcome: 'bad_query' })
    })

    test(`a wrong base path is ${wrongPath}`, async () => {
      const lost = openAt(`${url}/nope`)
      scope.defer(() => lost.close())
      expect(await ask(lost, 'g_one', {})).toMatchObject({ outcome: wrongPath })
    })

    test(`a query is validated: ${validations.join(', ')}`, async () => {
      const { signal } = new AbortController()
      const seen = [await validate('sum(g_one)', signal), await validate('sum(g_one', signal)]
      expect(seen).toEqual(validations)
    })

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
  return [...instance.pack(filter)].map(([name, definition]) => [name, resolved(definition, { filter })])
}

/** For the service carts of sockshop/staging, where `more` says nothing else. */
function resolved(definition: string, more: { readonly service?: string; readonly filter?: SloFilter }): string {
  const service = { project: 'sockshop', stage: 'staging', service: 'carts', labels: {}, filter: [], environment: {} }
  const values = placeholderValues({ ...service, window: windowTo('2024-05-01T00:35:00Z'), ...more })
  const answer = resolvePlaceholders(definition, values, escapePromql)
  if (answer.kind === 'unresolved') throw new Error(answer.problems.join())
  return answer.query
}

function openAt(url: string): Provider {
  const opened = openProvider('prom', { kind: 'prometheus', url }, () => Promise.reject(new Error('no secret')))
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  return opened.instance.provider
}

function windowTo(end: string) {
  return { start: new Date(new Date(end).getTime() - 300_000), end: new Date(end) }
}

function ask(provider: Provider, query: string, { end = '2024-05-01T00:35:00Z' }: { readonly end?: string }) {
  return measured(provider, { query }, windowTo(end))
}

function askOver(
  provider: Provider,
  { query, start, end, step }: Omit<AskedRange, 'name' | 'expected'>,
  reduce: string,
) {
  const options = { mode: 'range', step, reduce }
  return measured(provider, { query, options }, { start: new Date(start), end: new Date(end) })
}

async function measured(
  provider: Provider,
  asked: Omit<IndicatorQuery, 'name'>,
  window: MeasureRequest['window'],
): Promise<IndicatorReply | undefined> {
  const [reply] = await provider.measure({
    window,
    indicators: [{ name: 'q', ...asked }],
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 20_000),
  })
  return reply
}
