import { describe, expect, test } from 'vitest'
import { fakeToken } from '../../support/fake-dynatrace.ts'
import { ask, open, serve, series, times } from './asking.ts'

const selector = 'builtin:service.response.time:splitBy():percentile(95)'
const question = `metricSelector=${selector}`
const parameters = { metricSelector: selector, resolution: 'Inf', ...times }
const path = '/api/v2/metrics/query'

describe('what is sent', () => {
  test('one request for the value of the whole window, which is shown', async () => {
    const server = await serve([{ path, parameters, body: series('Inf', [31846.08512740705]) }])
    const [reply] = await ask(open({ url: server.url }), [question])
    expect(reply).toEqual({
      outcome: 'measured',
      value: 31846.08512740705,
      query: server.requests[0],
      warnings: [],
      attempts: 1,
      durationMs: expect.any(Number),
    })
    expect(server.requests).toEqual([
      '/api/v2/metrics/query?from=1664323200000&metricSelector=builtin%3Aservice.response.time%3AsplitBy%28%29%3Apercentile%2895%29&resolution=Inf&to=1664409600000',
    ])
  })

  for (const [pasted, prefix] of [
    ['', ''],
    ['/', ''],
    ['/api/v2', ''],
    ['/api/', ''],
    ['/e/abc', '/e/abc'],
    ['/e/abc/api/v2/', '/e/abc'],
  ] as const) {
    test(`${pasted || 'nothing'} behind the host asks below ${prefix || 'the root'}`, async () => {
      const server = await serve([{ path, parameters, body: series('Inf', [1]) }], { prefix })
      const url = server.url.slice(0, server.url.length - prefix.length) + pasted
      expect(await ask(open({ url: ` ${url} ` }), [question])).toMatchObject([{ outcome: 'measured', value: 1 }])
    })
  }

  test('a rotated token counts', async () => {
    const server = await serve([{ path, parameters, body: series('Inf', [1]) }])
    const tokens = ['dt0c01.OLD.OLD', `${fakeToken}\n`]
    const instance = open({ url: server.url }, () => Promise.resolve(tokens.shift() ?? ''))
    expect(await ask(instance, [question])).toMatchObject([{ outcome: 'unauthorized' }])
    expect(await ask(instance, [question])).toMatchObject([{ outcome: 'measured' }])
  })
})

describe('what is not asked', () => {
  const cases = [
    { name: 'DQL', settings: {}, query: 'DQL;fetch logs', outcome: 'config', message: 'DQL is not configured' },
    {
      name: 'without a token',
      settings: { token: undefined },
      query: question,
      outcome: 'config',
      message: 'no API token is configured: set token: env:NAME',
    },
    { name: 'no query', settings: {}, query: 'SLO;', outcome: 'bad_query', message: 'error parsing SLO query' },
  ]
  for (const { name, settings, query, outcome, message } of cases) {
    test(`${name}: ${outcome}`, async () => {
      const server = await serve([])
      const replies = await ask(open({ url: server.url, ...settings }), [query])
      expect(replies).toMatchObject([{ outcome, message: expect.stringContaining(message), query, attempts: 0 }])
      expect(server.requests).toEqual([])
    })
  }

  for (const secret of ['dt0s16.PLATFORM.TOKEN', 'dt0s02.OAUTH.CLIENT']) {
    test(`with ${secret.slice(0, 6)}, which is no API token`, async () => {
      const server = await serve([])
      const replies = await ask(
        open({ url: server.url }, () => Promise.resolve(secret)),
        [question],
      )
      expect(replies).toMatchObject([{ outcome: 'config', message: expect.stringContaining('needs an API token') }])
      expect(JSON.stringify(replies)).not.toContain(secret)
    })
  }
})

describe('the token', () => {
  for (const [name, query, scope] of [
    ['metrics', question, 'metrics.read'],
    ['an SLO', 'SLO;id', 'slo.read'],
    ['problems', 'PV2;', 'problems.read'],
    ['security problems', 'SECPV2;', 'securityProblems.read'],
    ['user sessions', 'USQL;SINGLE_VALUE;;SELECT COUNT(*) FROM usersession', 'DTAQLAccess'],
  ] as const) {
    test(`needs ${scope} for ${name}`, async () => {
      const server = await serve([], { tokens: { [fakeToken]: { scopes: [] } } })
      const message = `not permitted (403): check token env:DT_TOKEN, which needs the scope ${scope}`
      expect(await ask(open({ url: server.url }), [query])).toMatchObject([{ outcome: 'unauthorized', message }])
    })
  }

  test('has expired', async () => {
    const server = await serve([], { tokens: { [fakeToken]: { scopes: ['metrics.read'], isExpired: true } } })
    const replies = await ask(open({ url: server.url }), [question])
    expect(replies).toMatchObject([{ outcome: 'unauthorized', attempts: 1 }])
  })
})

describe('a check', () => {
  const metrics = { path: '/api/v2/metrics', parameters: { pageSize: '1' }, body: { totalCount: 1, metrics: [] } }

  test('is well when a metric can be listed', async () => {
    const server = await serve([metrics])
    const health = await open({ url: server.url }).provider.check(new AbortController().signal)
    expect(health).toEqual({ ok: true, message: 'metrics queries work', latencyMs: expect.any(Number) })
  })

  test('says which scope is missing', async () => {
    const server = await serve([metrics], { tokens: { [fakeToken]: { scopes: ['slo.read'] } } })
    const health = await open({ url: server.url }).provider.check(new AbortController().signal)
    expect(health).toMatchObject({ ok: false, message: expect.stringContaining('metrics.read') })
  })
})
