import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startScriptedPrometheus, type Script } from '../../../support/scripted-prometheus.ts'
import { startService, type TestService } from '../../../support/service.ts'

/** What the test's service resolves the reference to. */
const secret = 'secret of env:PROM_TOKEN'.replaceAll(' ', '-')
const authorization = `Bearer ${secret}`
const window = { start: '2024-05-01T00:30:00Z', end: '2024-05-01T00:35:00Z' }
const script: Script = {
  'rate(x{service="carts",v="1.2"}[300s])': { kind: 'value', value: 42, warnings: ['slow'] },
  '*': { kind: 'empty' },
  two: { kind: 'series', values: [1, 2] },
  wrong: { kind: 'error', status: 400, errorType: 'bad_data', error: 'parse error' },
  echo: { kind: 'text', status: 500, body: `no: ${authorization}` },
}
const scope = new AsyncDisposableStack()
let service: TestService

beforeAll(async () => {
  const prometheus = await startScriptedPrometheus(script, { authorization, version: '2.42.0' })
  scope.defer(() => prometheus.stop())
  const { url } = prometheus
  service = await startService({
    files: {
      'shop/slo.yaml':
        'filter: {v: "1.2"}\nobjectives: [{sli: rate, pass: [{criteria: ["<1"]}]}]\ntotal_score: {pass: 90}\n',
      'shop/project.yaml':
        'stages: {prod: {providers: {prometheus: prom-prod}}, dev: {providers: {prometheus: gone}}, staging: {}}\n',
      'shop/prometheus/sli.yaml': `indicators:
  rate: rate(x{service="$SERVICE",v="$v"}[$DURATION_SECONDS])
  labelled: x{a="$LABEL.a"}
  two: two
  wrong: wrong
  echo: echo
`,
    },
    settings: {
      providers: {
        prometheus: { kind: 'prometheus', url, token: 'env:PROM_TOKEN', settle: '10m' },
        'prom-prod': { kind: 'prometheus', url, token: 'env:PROM_TOKEN' },
        gone: { kind: 'prometheus', url: 'http://127.0.0.1:1' },
      },
    },
    secret: async () => secret,
  })
  scope.defer(() => service.stop())
})
afterAll(() => scope.disposeAsync())

const place = { project: 'shop', stage: 'staging', service: 'carts' }

function query(body: object, name = 'prometheus') {
  return service.request('POST', `/v1/providers/${name}/query`, { body: { ...place, window, ...body } })
}

describe('the list of providers', () => {
  test('says how each is, and what last went wrong', async () => {
    await query({ indicator: 'echo' })
    await query({ indicator: 'rate' })
    const { status, body } = await service.request('GET', '/v1/providers')
    expect(status).toBe(200)
    expect(body.items).toMatchObject([
      {
        name: 'prometheus',
        kind: 'prometheus',
        settleMs: 600_000,
        health: { ok: true, message: 'Prometheus 2.42.0', version: '2.42.0', latencyMs: expect.any(Number) },
        lastError: { outcome: 'upstream', message: expect.stringContaining('failed with 500') },
        lastMeasuredAt: expect.stringMatching(/^\d{4}-/),
      },
      { name: 'prom-prod', health: { ok: true }, lastError: null, lastMeasuredAt: null },
      {
        name: 'gone',
        health: { ok: false, message: 'cannot connect: ECONNREFUSED 127.0.0.1:1', version: null },
        lastError: null,
      },
    ])
    expect(JSON.stringify(body)).not.toContain(secret)
  })

  test('does not check again what was checked a moment ago, and a check does', async () => {
    const checkedAt = async () => (await service.request('GET', '/v1/providers')).body.items[0].health.checkedAt
    const before = await checkedAt()
    expect(await checkedAt()).toBe(before)
    const checked = await service.request('POST', '/v1/providers/prometheus/check')
    expect(checked).toMatchObject({ status: 200, body: { ok: true, version: '2.42.0' } })
    expect(checked.body.checkedAt).not.toBe(before)
    expect(await checkedAt()).toBe(checked.body.checkedAt)
  })

  test('a check of one that is not there, and of one that is away, which is not asked twice', async () => {
    expect(await service.request('POST', '/v1/providers/none/check')).toMatchObject({
      status: 404,
      body: { code: 'provider_not_found' },
    })
    const startedAt = performance.now()
    expect(await service.request('POST', '/v1/providers/gone/check')).toMatchObject({
      status: 200,
      body: { ok: false },
    })
    expect(performance.now() - startedAt).toBeLessThan(350)
  })
})

describe('a query of one indicator', () => {
  test('shows definition, resolved query, exchange and value', async () => {
    const { status, body } = await query({ indicator: 'rate' })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      provider: 'prometheus',
      indicator: 'rate',
      window: { start: '2024-05-01T00:30:00.000Z', source: 'request' },
      definition: 'rate(x{service="$SERVICE",v="$v"}[$DURATION_SECONDS])',
      query: 'rate(x{service="carts",v="1.2"}[300s])',
      outcome: 'measured',
      value: 42,
      message: '',
      warnings: ['slow'],
      attempts: 1,
      exchanges: [
        {
          method: 'POST',
          path: '/api/v1/query',
          sent: expect.stringContaining('time=1714523700.000'),
          status: 200,
          reply: expect.stringContaining('"42"'),
        },
      ],
    })
  })

  for (const { indicator, outcome, message } of [
    { indicator: 'two', outcome: 'ambiguous', message: 'query did return multiple values: 2 series' },
    { indicator: 'wrong', outcome: 'bad_query', message: 'query rejected by Prometheus: parse error' },
    { indicator: 'labelled', outcome: 'config', message: 'placeholder $LABEL.a has no value' },
    { indicator: 'unheard', outcome: 'config', message: 'the indicator "unheard" is not defined' },
    { indicator: '"]}', outcome: 'config', message: String.raw`the indicator "\"]}" is not defined` },
  ]) {
    test(`${indicator} is ${outcome}`, async () => {
      const { status, body } = await query({ indicator })
      expect(status).toBe(200)
      expect(body).toMatchObject({ outcome, value: null, message: expect.stringContaining(message) })
    })
  }

  test('shows every attempt, and no secret that the server sends back', async () => {
    const { body } = await query({ indicator: 'echo' })
    expect(body).toMatchObject({ outcome: 'upstream', attempts: 4 })
    expect(body.exchanges).toHaveLength(4)
    expect(body.exchanges[0]).toMatchObject({ status: 500, reply: 'no: Bearer ***' })
    expect(JSON.stringify(body)).not.toContain(secret)
  })

  test('shows why nothing came', async () => {
    const { body } = await query({ indicator: 'two', stage: 'dev' }, 'gone')
    expect(body).toMatchObject({ outcome: 'upstream', attempts: 4, value: null })
    expect(body.exchanges[3]).toMatchObject({ status: null, reply: 'cannot connect: ECONNREFUSED 127.0.0.1:1' })
  })

  test('uses labels, escaped, and the files that a stage gives an instance', async () => {
    const { body } = await query({ indicator: 'labelled', labels: { a: '"}' }, stage: 'prod' }, 'prom-prod')
    expect(body).toMatchObject({ provider: 'prom-prod', query: String.raw`x{a="\"}"}`, outcome: 'no_data' })
    const other = await query({ indicator: 'two', stage: 'prod' })
    expect(other).toMatchObject({ status: 404, body: { code: 'provider_not_found' } })
    expect(other.body.detail).toBe('in stage prod of project shop, prometheus stands for prom-prod: ask that one')
  })

  test('says when the data may not be there yet', async () => {
    const { body } = await query({ indicator: 'two', window: { timeframe: '5m' } })
    expect(body.warnings).toEqual([expect.stringMatching(/^asked \d+ s before the window's data is there/)])
  })

  test('is refused with every mistake', async () => {
    expect(await query({ indicator: '', queri: 'up' })).toMatchObject({
      status: 422,
      body: { code: 'invalid_request' },
    })
    expect(await query({ indicator: 'two', window: { timeframe: '5' } })).toMatchObject({
      status: 422,
      body: { code: 'invalid_window' },
    })
    expect(await query({ indicator: 'two', window: { timeframe: '8785h' } })).toMatchObject({
      status: 422,
      body: { code: 'invalid_window', errors: [{ pointer: '/window/timeframe', message: /366d1h.*366d/ }] },
    })
    expect(await query({ indicator: 'two' }, 'none')).toMatchObject({
      status: 404,
      body: { code: 'provider_not_found' },
    })
  })

  test('is in the description of the API', async () => {
    const { body } = await service.request('GET', '/openapi.json')
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining(['/v1/providers', '/v1/providers/{name}/check', '/v1/providers/{name}/query']),
    )
  })
})
