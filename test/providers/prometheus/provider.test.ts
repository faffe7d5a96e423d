import { createServer } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openProvider, type IndicatorReply, type Provider } from '../../../providers/index.ts'
import {
  startScriptedPrometheus,
  type Behaviour,
  type Script,
  type ScriptedPrometheus,
} from '../../support/scripted-prometheus.ts'

const window = { start: new Date('2024-05-01T00:30:00Z'), end: new Date('2024-05-01T00:35:00.250Z') }
const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

async function start(
  script: Script,
  options?: Parameters<typeof startScriptedPrometheus>[1],
): Promise<ScriptedPrometheus> {
  const server = await startScriptedPrometheus(script, options)
  stops.push(() => server.stop())
  return server
}

const unreadable = () => Promise.reject(new Error('env:T is not set'))

function open(settings: object, secret: (reference: string) => Promise<string> = unreadable): Provider {
  const opened = openProvider('prom', { kind: 'prometheus', ...settings }, secret, () => 0)
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  stops.push(() => opened.instance.provider.close())
  return opened.instance.provider
}

interface AskOptions {
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
  readonly onReply?: (index: number, reply: IndicatorReply) => void
}

function ask(
  provider: Provider,
  queries: readonly string[],
  options: AskOptions = {},
): Promise<readonly IndicatorReply[]> {
  return provider.measure({
    window,
    indicators: queries.map((query) => ({ name: query, query })),
    signal: options.signal ?? new AbortController().signal,
    deadline: new Date(Date.now() + (options.deadlineMs ?? 10_000)),
    ...(options.onReply && { onReply: options.onReply }),
  })
}

async function askOne(behaviour: Behaviour, options?: AskOptions): Promise<IndicatorReply | undefined> {
  const { url } = await start({ q: behaviour })
  const [reply] = await ask(open({ url }), ['q'], options)
  return reply
}

describe('what is sent', () => {
  test('a form by POST, at the end of the window, with the time that is left', async () => {
    const server = await start({ 'sum(a+b)': { kind: 'value', value: 1.5 } })
    const [reply] = await ask(open({ url: server.url }), ['sum(a+b)'])
    expect(reply).toEqual({
      outcome: 'measured',
      value: 1.5,
      query: 'sum(a+b)',
      warnings: [],
      attempts: 1,
      durationMs: expect.any(Number),
    })
    expect(server.requests).toEqual([
      {
        method: 'POST',
        path: '/api/v1/query',
        query: 'sum(a+b)',
        time: '1714523700.250',
        timeout: expect.stringMatching(/^(9\.\d{3}|10\.000)$/),
        authorization: undefined,
      },
    ])
  })

  test('all over the window where the options say so', async () => {
    const series = {
      metric: {},
      values: [
        [1, '1'],
        [2, '4'],
      ],
    }
    const body = { status: 'success', data: { resultType: 'matrix', result: [series] } }
    const server = await start({ q: { kind: 'json', body } })
    const options = { mode: 'range', step: '1m', reduce: 'max' }
    const [reply] = await open({ url: server.url }).measure({
      window,
      indicators: [{ name: 'q', query: 'q', options }],
      signal: new AbortController().signal,
      deadline: new Date(Date.now() + 10_000),
    })
    expect(reply).toMatchObject({ outcome: 'measured', value: 4, query: 'q' })
    expect(server.requests).toMatchObject([
      { path: '/api/v1/query_range', range: { start: '1714523400.000', end: '1714523700.250', step: '60.000' } },
    ])
  })

  for (const refusePost of [405, 501] as const) {
    test(`by GET where POST is ${refusePost}, and remembered`, async () => {
      const server = await start({ 'a{b="ü&"}': { kind: 'value', value: 1 } }, { refusePost })
      const provider = open({ url: server.url })
      const [first] = await ask(provider, ['a{b="ü&"}'])
      const [second] = await ask(provider, ['a{b="ü&"}'])
      expect(first).toMatchObject({ outcome: 'measured', attempts: 2 })
      expect(second).toMatchObject({ outcome: 'measured', attempts: 1 })
      expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'GET'])
    })
  }

  for (const pasted of ['', '/', '/api/v1', '/api/v1/query', '/api/v1/']) {
    test(`the base path stays, a pasted ${pasted} goes`, async () => {
      const server = await start({ q: { kind: 'value', value: 1 } }, { prefix: '/select/0/prometheus' })
      const [reply] = await ask(open({ url: server.url + pasted }), ['q'])
      expect(reply).toMatchObject({ outcome: 'measured' })
    })
  }

  test('a bearer token, read anew for each call', async () => {
    const server = await start({ q: { kind: 'value', value: 1 } })
    const tokens = ['first-token', 'second-token\n']
    const provider = open({ url: server.url, token: 'file:/token' }, () => Promise.resolve(tokens.shift() ?? ''))
    await ask(provider, ['q'])
    await ask(provider, ['q'])
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([
      'Bearer first-token',
      'Bearer second-token',
    ])
  })
})

describe('what comes back', () => {
  const html = {
    kind: 'text',
    contentType: 'text/html; charset=utf-8',
    body: '<html><title>Sign in</title></html>',
  } as const
  const cases: readonly { readonly name: string; readonly behaviour: Behaviour; readonly reply: object }[] = [
    {
      name: 'a value with warnings',
      behaviour: { kind: 'value', value: 2, warnings: ['w'] },
      reply: { outcome: 'measured', value: 2, warnings: ['w'] },
    },
    { name: 'a scalar', behaviour: { kind: 'scalar', value: 42 }, reply: { outcome: 'measured', value: 42 } },
    {
      name: 'nothing, with no reason found',
      behaviour: { kind: 'empty' },
      reply: {
        outcome: 'no_data',
        message: 'query did not return any values: no series at the end of the window',
        attempts: 2,
      },
    },
    { name: 'two series', behaviour: { kind: 'series', values: [1, 2] }, reply: { outcome: 'ambiguous' } },
    { name: 'NaN', behaviour: { kind: 'value', value: 'NaN' }, reply: { outcome: 'invalid_value' } },
    { name: '+Inf', behaviour: { kind: 'value', value: '+Inf' }, reply: { outcome: 'invalid_value' } },
    {
      name: 'a login page',
      behaviour: { ...html, status: 200 },
      reply: {
        outcome: 'upstream',
        message: 'unexpected content type text/html; charset=utf-8 (200): a login page, or not a Prometheus? Sign in',
      },
    },
    {
      name: 'JSON that breaks off',
      behaviour: { kind: 'text', status: 200, contentType: 'application/json', body: '{"status":"succ' },
      reply: { outcome: 'upstream', message: 'malformed reply, not from the Prometheus API: {"status":"succ' },
    },
    {
      name: 'a rejected query',
      behaviour: {
        kind: 'error',
        status: 400,
        errorType: 'bad_data',
        error: 'invalid parameter "query": 1:34: parse error: unclosed left parenthesis',
      },
      reply: {
        outcome: 'bad_query',
        message:
          'query rejected by Prometheus: invalid parameter "query": 1:34: parse error: unclosed left parenthesis',
      },
    },
    {
      name: 'an execution error',
      behaviour: {
        kind: 'error',
        status: 422,
        errorType: 'execution',
        error: 'many-to-many\nmatching not allowed <a>',
      },
      reply: { outcome: 'bad_query', message: 'query rejected by Prometheus: many-to-many matching not allowed <a>' },
    },
    {
      name: '400 of somebody else',
      behaviour: { ...html, status: 400 },
      reply: {
        outcome: 'upstream',
        message: expect.stringMatching(/^http.*\/api\/v1\/query failed with 400: Sign in$/),
      },
    },
    {
      name: '401 without a token',
      behaviour: { kind: 'text', status: 401, body: 'Unauthorized\n' },
      reply: {
        outcome: 'unauthorized',
        message: 'authentication failed (401): no token is configured: set token: env:NAME',
      },
    },
    {
      name: '403',
      behaviour: { kind: 'text', status: 403, body: 'no' },
      reply: { outcome: 'unauthorized', message: expect.stringMatching(/^not permitted \(403\): /) },
    },
    {
      name: '404',
      behaviour: { kind: 'text', status: 404, body: '404 page not found\n' },
      reply: {
        outcome: 'config',
        message: expect.stringMatching(
          /^endpoint not found \(404\) at http:\/\/127\.0\.0\.1:\d+\/api\/v1\/query: wrong base path in url\? try adding \/prometheus$/,
        ),
      },
    },
    {
      name: '429 with a wait',
      behaviour: { kind: 'text', status: 429, body: 'slow down', headers: { 'retry-after': '30' } },
      reply: { outcome: 'rate_limited', message: 'rate limited (429), the server asks to wait 30 s: slow down' },
    },
    {
      name: '429 without a wait',
      behaviour: { kind: 'error', status: 429, errorType: 'too_many_requests', error: 'slow down' },
      reply: { outcome: 'rate_limited', message: 'rate limited (429): slow down (4 attempts)', attempts: 4 },
    },
    {
      name: '500',
      behaviour: { kind: 'error', status: 500, errorType: 'internal', error: 'disk' },
      reply: {
        outcome: 'upstream',
        message: expect.stringMatching(/failed with 500: disk \(4 attempts\)$/),
        attempts: 4,
      },
    },
    {
      name: '502 with HTML',
      behaviour: { ...html, status: 502 },
      reply: {
        outcome: 'upstream',
        message: expect.stringMatching(/failed with 502: Sign in \(4 attempts\)$/),
        attempts: 4,
      },
    },
    {
      name: '503 while starting',
      behaviour: { kind: 'text', status: 503, body: 'Service Unavailable' },
      reply: { outcome: 'upstream', attempts: 4 },
    },
    {
      name: '503 of a query that took too long',
      behaviour: {
        kind: 'error',
        status: 503,
        errorType: 'timeout',
        error: 'query timed out in expression evaluation',
      },
      reply: { outcome: 'timeout', message: 'timed out in Prometheus (503): query timed out in expression evaluation' },
    },
    {
      name: '204',
      behaviour: { kind: 'text', status: 204, body: '' },
      reply: { outcome: 'upstream', message: expect.stringMatching(/failed with 204$/) },
    },
    {
      name: 'a redirect, which is not followed',
      behaviour: { kind: 'redirect', location: 'http://127.0.0.1:1/login?secret' },
      reply: {
        outcome: 'config',
        message: expect.stringMatching(/^redirected \(302\) by http.*login page in front of it$/),
      },
    },
    {
      name: 'a reset connection',
      behaviour: { kind: 'reset' },
      reply: {
        outcome: 'upstream',
        message: expect.stringMatching(
          /^connection to 127\.0\.0\.1:\d+ lost before the reply was complete: \w+ \(4 attempts\)$/,
        ),
        attempts: 4,
      },
    },
    {
      name: 'a body without end',
      behaviour: { kind: 'huge' },
      reply: { outcome: 'upstream', message: expect.stringMatching(/^the reply is larger than 1 MiB: /) },
    },
  ]
  for (const { name, behaviour, reply } of cases) {
    test(`answers ${name}`, async () => {
      expect(await askOne(behaviour)).toMatchObject({ attempts: 1, ...reply })
    })
  }

  test('nothing, and why, in one request or three for each indicator', async () => {
    const server = await start({ '*': { kind: 'empty' } })
    const [reply] = await ask(open({ url: server.url }), ['rate(q{a="1"}[5m])'])
    expect(reply).toMatchObject({
      outcome: 'no_data',
      message:
        'query did not return any values: no series at the end of the window; q{a="1"} never existed in the 60 min before the end of the window: there is no metric q',
      attempts: 4,
    })
    const [, now, before, metric] = server.requests
    expect(now).toMatchObject({
      path: '/api/v1/query',
      time: '1714523700.250',
      query:
        'label_replace(count(q{a="1"}),"fact","series0","","") or label_replace(max(count_over_time(q{a="1"}[5m])),"fact","samples0","","")',
    })
    expect(before).toMatchObject({
      path: '/api/v1/query_range',
      range: { start: '1714520100.250', end: '1714523700.250', step: '60.000' },
    })
    expect(metric?.query).toMatch(/^label_replace\(count\(q\),"fact","metric","",""\) or /)
    expect(Number(now?.timeout)).toBeLessThanOrEqual(5)
  })

  test('no data in time, without a reason that takes too long to find', async () => {
    const { url } = await start({ q: { kind: 'empty' }, '*': { kind: 'hang' } })
    const startedAt = performance.now()
    const [reply] = await ask(open({ url }), ['q'], { deadlineMs: 500 })
    expect(performance.now() - startedAt).toBeLessThan(1000)
    expect(reply).toMatchObject({
      outcome: 'no_data',
      message: 'query did not return any values: no series at the end of the window',
    })
  })

  test('no data without our token in the message, even if the server sends it back', async () => {
    const token = 'a-token-to-keep-secret'
    const { url } = await start({ '*': { kind: 'empty' } })
    const [reply] = await ask(
      open({ url, token: 'env:T' }, () => Promise.resolve(token)),
      [`x{a="${token}"}`],
    )
    expect(reply?.outcome === 'no_data' && reply.message).toContain('x{a="***"} never existed')
  })

  test('nobody listens', async () => {
    const server = await startScriptedPrometheus({})
    await server.stop()
    const [reply] = await ask(open({ url: server.url }), ['q'])
    expect(reply).toMatchObject({
      outcome: 'upstream',
      message: `cannot connect: ECONNREFUSED ${new URL(server.url).host} (4 attempts)`,
    })
  })

  test('https where http is spoken', async () => {
    const server = await start({})
    const [reply] = await ask(open({ url: server.url.replace('http:', 'https:') }), ['q'])
    expect(reply).toMatchObject({
      outcome: 'upstream',
      message: expect.stringMatching(/^no TLS with 127.*should the URL begin with http:\/\/\?$/),
    })
  })

  test('no HTTP at all', async () => {
    const server = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('SSH-2.0-OpenSSH_9.2\r\n'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    stops.push(() => new Promise((resolve) => server.close(resolve)))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const [reply] = await ask(open({ url: `http://127.0.0.1:${port}` }), ['q'])
    expect(reply).toMatchObject({
      outcome: 'upstream',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ does not speak HTTP: is the port correct\?$/),
    })
  })
})

/** Ten different queries. */
function tenQueries(prefix: string): readonly string[] {
  return Array.from({ length: 10 }, (_, index) => `${prefix}${index}`)
}

describe('time', () => {
  for (const kind of ['hang', 'drip'] as const) {
    test(`a server that ${kind}s ends with the deadline, the others keep their values`, async () => {
      const server = await start({ slow: { kind }, quick: { kind: 'value', value: 1 } })
      const startedAt = performance.now()
      const replies = await ask(open({ url: server.url }), ['slow', 'quick'], { deadlineMs: 1000 })
      expect(performance.now() - startedAt).toBeLessThan(3000)
      expect(replies).toMatchObject([
        {
          outcome: 'timeout',
          message: expect.stringMatching(/^timed out after \d\.\d s, without a reply$/),
          attempts: 1,
        },
        { outcome: 'measured', value: 1 },
      ])
      await vi.waitFor(() => expect(server.open()).toBe(0))
    })
  }

  test('one query may take no longer than the setting timeout', async () => {
    const server = await start({ q: { kind: 'hang' } })
    const [reply] = await ask(open({ url: server.url, timeout: '50ms' }), ['q'])
    expect(reply).toMatchObject({ outcome: 'timeout' })
    expect(server.requests[0]?.timeout).toBe('0.050')
  })

  test('the setting timeout does not count the time before its turn', async () => {
    const server = await start({ '*': { kind: 'value', value: 1, latencyMs: 250 } })
    const replies = await ask(open({ url: server.url, concurrency: 1, timeout: '700ms' }), ['a', 'b', 'c'])
    expect(replies.map(({ outcome }) => outcome)).toEqual(['measured', 'measured', 'measured'])
  })

  test('what never had its turn says so', async () => {
    const server = await start({ '*': { kind: 'hang' } })
    const replies = await ask(open({ url: server.url, concurrency: 1 }), ['a', 'b'], { deadlineMs: 100 })
    expect(replies).toMatchObject([
      { outcome: 'timeout', attempts: 1 },
      {
        outcome: 'timeout',
        attempts: 0,
        message: expect.stringMatching(
          /^timed out after \d\.\d s, waiting for a free slot \(1 other queries were running\)$/,
        ),
      },
    ])
    expect(server.requests).toHaveLength(1)
  })

  test('a deadline in the past asks nothing', async () => {
    const server = await start({ '*': { kind: 'value', value: 1 } })
    const [reply] = await ask(open({ url: server.url }), ['q'], { deadlineMs: -1 })
    expect(reply).toMatchObject({ outcome: 'timeout', attempts: 0, message: 'the deadline passed before its turn' })
    expect(server.requests).toEqual([])
  })

  test('a caller who leaves gets timeouts at once, and the connection is given up', async () => {
    const server = await start({ '*': { kind: 'hang' } })
    const leaving = new AbortController()
    const asked = ask(open({ url: server.url }), ['q'], { signal: leaving.signal })
    await vi.waitFor(() => expect(server.open()).toBe(1))
    leaving.abort()
    expect(await asked).toMatchObject([{ outcome: 'timeout', message: expect.stringMatching(/^cancelled after /) }])
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })

  test('no more queries at once than allowed, over all evaluations, and replies in order', async () => {
    const server = await start({
      '*': { kind: 'value', value: 1, latencyMs: 10 },
      a0: { kind: 'value', value: 0, latencyMs: 60 },
    })
    const provider = open({ url: server.url, concurrency: 3 })
    const seen: number[] = []
    const [replies] = await Promise.all([
      ask(provider, tenQueries('a'), { onReply: (index) => seen.push(index) }),
      ask(provider, tenQueries('b')),
    ])
    expect(server.openMax()).toBe(3)
    expect(replies.map(({ query }) => query)).toEqual(tenQueries('a'))
    expect(seen.toSorted((left, right) => left - right)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(seen[0]).not.toBe(0)
  })
})

describe('secrets', () => {
  for (const { name, secret, message } of [
    {
      name: 'cannot be read',
      secret: unreadable,
      message: 'env:T is not set',
    },
    {
      name: 'is empty',
      secret: () => Promise.resolve(' \n'),
      message: 'env:T is empty or contains characters that are not allowed in a header',
    },
    {
      name: 'has two lines',
      secret: () => Promise.resolve('a\nb'),
      message: 'env:T is empty or contains characters that are not allowed in a header',
    },
  ]) {
    test(`a token that ${name} is config for every indicator, and nothing is asked`, async () => {
      const server = await start({ '*': { kind: 'value', value: 1 } })
      const replies = await ask(open({ url: server.url, token: 'env:T' }, secret), ['a', 'b'])
      expect(replies).toMatchObject([
        { outcome: 'config', message, attempts: 0 },
        { outcome: 'config', message, attempts: 0 },
      ])
      expect(server.requests).toEqual([])
    })
  }

  test('a refused token is named by its reference', async () => {
    const server = await start({ q: { kind: 'empty' } }, { authorization: 'Bearer right' })
    const [reply] = await ask(
      open({ url: server.url, token: 'env:T' }, () => Promise.resolve('wrong-token')),
      ['q'],
    )
    expect(reply).toMatchObject({
      outcome: 'unauthorized',
      message: 'authentication failed (401): check token env:T',
    })
  })

  test('what a server sends back of them is not shown', async () => {
    const body = 'you sent Bearer secret-token, dTpwYXNzd29yZA== and password'
    const server = await start({ q: { kind: 'text', status: 500, body } })
    const [bearer] = await ask(
      open({ url: server.url, token: 'env:T' }, () => Promise.resolve('secret-token')),
      ['q'],
    )
    const [basic] = await ask(
      open({ url: server.url, user: 'u', password: 'env:P' }, () => Promise.resolve('password')),
      ['q'],
    )
    expect(bearer).toMatchObject({ message: expect.stringMatching(/you sent Bearer \*\*\*, /) })
    expect(basic).toMatchObject({
      message: expect.stringMatching(/^http:\/\/127.*, \*\*\* and \*\*\* \(4 attempts\)$/),
    })
  })
})

test('no part of a secret is shown where a message is cut off', async () => {
  const token = 'a-secret-of-forty-characters-in-all-0123'
  for (const [status, type] of [
    [500, 'text/plain'],
    [400, 'application/json'],
    [200, 'text/html'],
  ] as const) {
    for (const length of [85, 100, 110, 119]) {
      const text = `${'x'.repeat(length)} ${token}`
      const body = type === 'application/json' ? JSON.stringify({ message: text }) : text
      const server = await start({ q: { kind: 'text', status, body, contentType: type } })
      const [reply] = await ask(
        open({ url: server.url, token: 'env:T' }, () => Promise.resolve(token)),
        ['q'],
      )
      expect(JSON.stringify(reply)).not.toContain('a-sec')
    }
  }
})

describe('check', () => {
  const signal = new AbortController().signal
  test('names the version', async () => {
    const server = await start({}, { version: '2.42.0' })
    expect(await open({ url: server.url }).check(signal)).toEqual({
      ok: true,
      message: 'Prometheus 2.42.0',
      version: '2.42.0',
      latencyMs: expect.any(Number),
    })
  })

  test('a build without a version number is healthy, too', async () => {
    const server = await start({}, { version: '' })
    const health = await open({ url: server.url }).check(signal)
    expect(health).toEqual({ ok: true, message: 'Prometheus', latencyMs: expect.any(Number) })
  })

  test('asks a query where there is no version', async () => {
    const server = await start({ '1': { kind: 'scalar', value: 1 } })
    expect(await open({ url: server.url }).check(signal)).toMatchObject({ ok: true, message: 'queries work' })
  })

  test('says what is wrong', async () => {
    const server = await start({}, { authorization: 'Bearer right' })
    const url = server.url
    expect(await open({ url }).check(signal)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^authentication failed \(401\)/),
    })
    expect(await open({ url, token: 'env:T' }, unreadable).check(signal)).toMatchObject({
      ok: false,
      message: 'env:T is not set',
    })
    expect(await open({ url: 'http://127.0.0.1:1' }).check(signal)).toMatchObject({
      ok: false,
      message: 'cannot connect: ECONNREFUSED 127.0.0.1:1',
    })
    expect(await open({ url }).check(AbortSignal.abort())).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^cancelled/),
    })
  })
})

describe('validateQuery', () => {
  const signal = new AbortController().signal
  const parseError = 'invalid parameter "query": 1:34: parse error: unclosed left parenthesis'
  const cases: readonly { readonly name: string; readonly format: Behaviour; readonly validation: object }[] = [
    {
      name: 'a query that parses is valid',
      format: { kind: 'json', body: { status: 'success', data: 'sum(up)' } },
      validation: { kind: 'valid' },
    },
    {
      name: 'one that does not parse is invalid, in the words of the server',
      format: { kind: 'error', status: 400, errorType: 'bad_data', error: parseError },
      validation: { kind: 'invalid', message: `query rejected by Prometheus: ${parseError}` },
    },
    {
      name: 'a server without the route says nothing',
      format: { kind: 'text', status: 400, body: 'unsupported path requested: "/api/v1/format_query"' },
      validation: {
        kind: 'unknown',
        message: expect.stringMatching(/\/api\/v1\/format_query failed with 400: unsupported path/),
      },
    },
    {
      name: 'a server without the route, or another base path, says nothing',
      format: { kind: 'text', status: 404, body: '404 page not found' },
      validation: {
        kind: 'unknown',
        message: expect.stringMatching(
          /\(404\) at \S+\/api\/v1\/format_query: wrong base path in url, or a server that cannot/,
        ),
      },
    },
    {
      name: 'a login page says nothing',
      format: { kind: 'text', status: 200, contentType: 'text/html', body: '<p>Sign in</p>' },
      validation: { kind: 'unknown', message: expect.stringMatching(/a login page.*Sign in$/) },
    },
  ]
  for (const { name, format, validation } of cases) {
    test(`says that ${name}`, async () => {
      const server = await start({}, { format })
      const provider = open({ url: server.url })
      expect(await provider.validateQuery?.({ name: 'q', query: 'sum(up)' }, signal)).toEqual(validation)
    })
  }

  test('without a readable token nothing is asked', async () => {
    const provider = open({ url: 'http://127.0.0.1:1', token: 'env:T' })
    const validation = await provider.validateQuery?.({ name: 'q', query: 'sum(up)' }, signal)
    expect(validation).toEqual({ kind: 'unknown', message: 'env:T is not set' })
  })
})
