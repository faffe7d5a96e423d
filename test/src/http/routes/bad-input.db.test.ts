import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { evaluationsPath, startService, type TestService } from '../../../support/service.ts'

/** Mistakes of callers, each with the answer that names it. */

const slo = `
objectives:
  - sli: error_rate
    pass:
      - criteria: ["<=1"]
total_score:
  pass: "90%"
`

let service: TestService
beforeAll(async () => {
  service = await startService({ files: { 'shop/staging/carts/slo.yaml': slo } })
})
afterAll(() => service.stop())

const pushed = [{ metric: 'error_rate', value: 0.3 }]
const hoursAhead = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString()

describe('a body that is understood and not valid', () => {
  for (const { title, body, pointer, message } of [
    { title: 'an unknown field', body: { labls: {} }, pointer: '/labls', message: /unknown field.*labels/ },
    {
      title: 'an unknown field inside',
      body: { window: { from: 'x' } },
      pointer: '/window/from',
      message: /unknown field/,
    },
    {
      title: 'an unknown field with a slash',
      body: { 'a/b~c': 1 },
      pointer: '/a~1b~0c',
      message: /unknown field/,
    },
    {
      title: 'start after end',
      body: { window: { start: '2026-01-02T03:05:00Z', end: '2026-01-02T03:00:00Z' } },
      pointer: '/window/start',
      message: /start must be before end/,
    },
    {
      title: 'start equal to end',
      body: { window: { start: '2026-01-02T03:05:00Z', end: '2026-01-02T03:05:00Z' } },
      pointer: '/window/start',
      message: /start must be before end/,
    },
    {
      title: 'a window under a minute',
      body: { window: { start: '2026-01-02T03:00:00Z', end: '2026-01-02T03:00:59.999Z' } },
      pointer: '/window/end',
      message: /minute|1m/,
    },
    {
      title: 'a timeframe under a minute',
      body: { window: { timeframe: '59s' } },
      pointer: '/window/timeframe',
      message: /minute|1m/,
    },
    {
      title: 'a timeframe that is none',
      body: { window: { timeframe: '5 min' } },
      pointer: '/window/timeframe',
      message: /5m/,
    },
    {
      title: 'a start alone',
      body: { window: { start: '2026-01-02T03:00:00Z' } },
      pointer: '/window/end',
      message: /timeframe/,
    },
    {
      title: 'an end alone',
      body: { window: { end: '2026-01-02T03:00:00Z' } },
      pointer: '/window/start',
      message: /start/,
    },
    {
      title: 'all three',
      body: { window: { start: '2026-01-02T03:00:00Z', end: '2026-01-02T03:05:00Z', timeframe: '5m' } },
      pointer: '/window/timeframe',
      message: /timeframe/,
    },
    {
      title: 'a start that is no time',
      body: { window: { start: '2026-01-02 03:00', end: '2026-01-02T03:05:00Z' } },
      pointer: '/window/start',
      message: /RFC 3339|2026|T/,
    },
    {
      title: 'an end 25 hours ahead',
      body: { window: { start: '2026-01-02T03:00:00Z', end: hoursAhead(25) } },
      pointer: '/window/end',
      message: /24/,
    },
    { title: 'a label that is a number', body: { labels: { build: 17 } }, pointer: '/labels/build', message: /"17"/ },
    { title: 'a label that is null', body: { labels: { build: null } }, pointer: '/labels/build', message: /string/ },
    { title: 'a label with NUL', body: { labels: { build: 'a\0b' } }, pointer: '/labels/build', message: /NUL/ },
    {
      title: 'half a surrogate pair',
      body: '{"labels": {"build": "\\ud800"}}',
      pointer: '/labels/build',
      message: /surrogate/,
    },
    {
      title: '65 labels',
      body: { labels: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`l${i}`, ''])) },
      pointer: '/labels',
      message: /64/,
    },
    {
      title: 'value: null',
      body: { indicators: [{ metric: 'a', value: null }] },
      pointer: '/indicators/0/value',
      message: /null/,
    },
    {
      title: 'value: "0.3"',
      body: { indicators: [{ metric: 'a', value: '0.3' }] },
      pointer: '/indicators/0/value',
      message: /without quotes/,
    },
    {
      title: 'value: 1e400',
      body: '{"indicators": [{"metric": "a", "value": 1e400}]}',
      pointer: '/indicators/0/value',
      message: /too large/,
    },
    {
      title: 'no value',
      body: { indicators: [{ metric: 'a' }] },
      pointer: '/indicators/0/value',
      message: /is missing/,
    },
    {
      title: 'the same metric twice',
      body: { indicators: [...pushed, ...pushed] },
      pointer: '/indicators/1/metric',
      message: /more than once/,
    },
    {
      title: 'a metric without a name',
      body: { indicators: [{ metric: '', value: 1 }] },
      pointer: '/indicators/0/metric',
      message: />=1|empty|least/i,
    },
    {
      title: 'indicators by name',
      body: { indicators: { error_rate: 1 } },
      pointer: '/indicators',
      message: /must be a list/,
    },
    { title: 'a context that is no UUID', body: { context: 'ctx' }, pointer: '/context', message: /UUID/i },
    { title: 'a short commit id', body: { gitCommitId: 'abc123' }, pointer: '/gitCommitId', message: /40/ },
    { title: 'a list', body: [], pointer: '', message: /object/ },
    { title: 'a text', body: '"evaluate"', pointer: '', message: /object/ },
  ]) {
    test(`${title} is 422 at ${pointer || 'the whole body'}`, async () => {
      const { status, headers, body: problem } = await service.evaluate(body)
      expect(problem).toMatchObject({ status: 422, errors: [{ pointer, message: expect.stringMatching(message) }] })
      expect(problem.errors).toHaveLength(1)
      expect(status).toBe(422)
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
    })
  }

  test('every mistake is named at once', async () => {
    const { body } = await service.evaluate({
      foo: 1,
      labels: { a: 1, b: 2 },
      indicators: [{ metric: 'a', value: 'x' }],
    })
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual([
      '/foo',
      '/indicators/0/value',
      '/labels/a',
      '/labels/b',
    ])
  })

  test('an SLO with three mistakes has three entries with line and column', async () => {
    const text = [
      'objectives:',
      '  - sli: a',
      '    weight: -1',
      '    pass:',
      '      - criteria: ["fast"]',
      'total_score:',
      '  pass: "lots"',
    ].join('\n')
    const { status, body } = await service.evaluate({ slo: text })
    expect(status).toBe(422)
    expect(body.code).toBe('slo_invalid')
    expect(body.errors.map(({ line, column }: { line: number; column: number }) => [line, column])).toEqual([
      [3, 13],
      [5, 20],
      [7, 9],
    ])
    for (const { message, pointer } of body.errors) {
      expect(message).not.toBe('')
      expect(pointer).toBe('/slo')
    }
  })
})

describe('a body that cannot be read', () => {
  for (const { title, body, headers, status, code } of [
    { title: 'no JSON', body: '{"labels": ', headers: {}, status: 400, code: 'unreadable_body' },
    { title: 'nothing, said to be JSON', body: '', headers: {}, status: 400, code: 'unreadable_body' },
    {
      title: 'YAML',
      body: 'labels: {}',
      headers: { 'content-type': 'application/yaml' },
      status: 415,
      code: 'unsupported_media_type',
    },
    {
      title: 'a text',
      body: 'labels',
      headers: { 'content-type': 'text/plain' },
      status: 415,
      code: 'unsupported_media_type',
    },
    { title: 'over 1 MiB', body: { slo: '#'.repeat(1024 * 1024) }, headers: {}, status: 413, code: 'body_too_large' },
    { title: 'a body with __proto__', body: '{"__proto__": {}}', headers: {}, status: 400, code: 'unreadable_body' },
    ...['_', 'p', 'r', 'o', 't'].map((letter) => {
      const escaped = `\\u00${letter.charCodeAt(0).toString(16)}`
      const written = `{"labels": {"${'__proto__'.replace(letter, escaped)}": "x"}}`
      return { title: `a body with ${written}`, body: written, headers: {}, status: 400, code: 'unreadable_body' }
    }),
  ]) {
    test(`${title} is ${status} ${code}`, async () => {
      const reply = await service.evaluate(body, headers)
      expect(reply.body).toMatchObject({ status, code })
      expect(reply.status).toBe(status)
    })
  }

  for (const [method, path, code] of [
    ['DELETE', '/v1/evaluations/01993b6e-7a4c-7c1e-8d7e-4a1f0b2c3d4e', 'evaluation_not_found'],
    ['POST', '/v1/providers/none/check', 'provider_not_found'],
    ['POST', '/v1/subscriptions/none/test', 'subscription_not_found'],
    ['POST', '/v1/subscriptions/none/deliveries/1/redeliver', 'subscription_not_found'],
    ['DELETE', '/v1/subscriptions/none', 'subscription_not_found'],
  ] as const) {
    test(`nothing, said to be JSON, is enough for ${method} ${path}, which takes no body`, async () => {
      const { status, body } = await service.request(method, path, { body: '' })
      expect([status, body]).toMatchObject([404, { code }])
    })
  }

  for (const [method, path] of [
    ['POST', evaluationsPath],
    ['POST', '/v1/subscriptions'],
    ['PATCH', '/v1/subscriptions/none'],
    ['POST', '/v1/subscriptions/none/redeliver'],
    // An overlap that was lost on its way must not become the usual one.
    ['POST', '/v1/subscriptions/none/rotate-key'],
    ['POST', '/v1/providers/none/query'],
  ] as const) {
    test(`nothing, said to be JSON, is not enough for ${method} ${path}`, async () => {
      const { body } = await service.request(method, path, { body: '' })
      expect(body).toMatchObject({
        status: 400,
        code: 'unreadable_body',
        detail: 'the body is empty, though Content-Type says that it is JSON',
      })
    })
  }

  for (const { method, path, pointer, body } of [
    { method: 'POST', path: '/v1/subscriptions', pointer: '', body: 'null' },
    { method: 'POST', path: '/v1/subscriptions', pointer: '', body: '[]' },
    { method: 'PATCH', path: '/v1/subscriptions/none', pointer: '', body: '"x"' },
    { method: 'POST', path: '/v1/subscriptions/none/redeliver', pointer: '', body: 'null' },
    { method: 'POST', path: '/v1/providers/none/query', pointer: '', body: 'null' },
    { method: 'POST', path: evaluationsPath, pointer: '', body: '5' },
    { method: 'POST', path: evaluationsPath, pointer: '/window', body: '{"window": null}' },
    { method: 'POST', path: evaluationsPath, pointer: '/indicatorsFrom', body: '{"indicatorsFrom": []}' },
  ]) {
    test(`${method} ${path} with ${body} says which object it wants`, async () => {
      const reply = await service.request(method, path, { body })
      expect(reply.status).toBe(422)
      expect(reply.body.errors).toEqual([
        { pointer, code: 'invalid_value', message: expect.stringMatching(/^must be an object: its fields are \w+/) },
      ])
    })
  }

  for (const { method, path, body, pointer, message } of [
    {
      method: 'POST',
      path: evaluationsPath,
      body: { slo: null },
      pointer: '/slo',
      message: 'must be a string, not null',
    },
    {
      method: 'POST',
      path: evaluationsPath,
      body: { window: { start: null } },
      pointer: '/window/start',
      message: 'must be a string, not null',
    },
    {
      method: 'POST',
      path: evaluationsPath,
      body: { indicators: null },
      pointer: '/indicators',
      message: 'must be a list, not null',
    },
    { method: 'POST', path: evaluationsPath, body: { context: 'x' }, pointer: '/context', message: 'must be a UUID' },
    {
      method: 'POST',
      path: '/v1/subscriptions',
      body: { url: 'http://127.0.0.1/', enabled: null },
      pointer: '/enabled',
      message: 'must be true or false, not null',
    },
    {
      method: 'GET',
      path: '/v1/subscriptions/none/deliveries?limit=0',
      body: undefined,
      pointer: '/limit',
      message: 'must be at least 1',
    },
    {
      method: 'GET',
      path: '/v1/subscriptions/none/deliveries?limit=ten&page=2',
      body: undefined,
      pointer: '/limit',
      message: 'must be a number',
    },
  ]) {
    test(`${method} ${path} ${JSON.stringify(body) ?? ''}: ${message}`, async () => {
      const reply = await service.request(method, path, body === undefined ? {} : { body })
      expect(reply.status).toBe(422)
      expect(reply.body.errors).toContainEqual({ pointer, code: 'invalid_value', message })
    })
  }

  test('bytes that are no UTF-8 are 400 unreadable_body, and not mended', async () => {
    const headers = { 'content-type': 'application/json' }
    const body = Buffer.from([...Buffer.from('{"labels": {"a": "'), 0xff, ...Buffer.from('"}}')])
    const path = '/v1/projects/shop/stages/staging/services/carts/evaluations'
    const reply = await fetch(`${service.url}${path}`, { method: 'POST', headers, body })
    expect([reply.status, await reply.json()]).toMatchObject([
      400,
      { code: 'unreadable_body', detail: 'the body is not UTF-8' },
    ])
  })

  test('a thousand mistakes are told by the first hundred', async () => {
    const labels = Object.fromEntries(Array.from({ length: 1_000 }, (_, place) => [`label-${place}`, 1]))
    const { status, body } = await service.evaluate({ labels })
    expect([status, body.errors.length]).toEqual([422, 101])
    expect(body.errors.at(-1)).toEqual({ code: 'more', message: expect.stringMatching(/^and \d+ more of these$/) })
  })

  test('of what is a megabyte long the beginning is told', async () => {
    const long = 'x'.repeat(500_000)
    const { status, body } = await service.evaluate({
      labels: { [long]: 1 },
      window: { timeframe: '1'.repeat(500_000) },
    })
    expect(status).toBe(422)
    expect(JSON.stringify(body).length).toBeLessThan(2_000)
  })

  test('no body at all is the last five minutes', async () => {
    const { status, body } = await service.request(
      'POST',
      '/v1/projects/shop/stages/staging/services/carts/evaluations',
    )
    expect(status).toBe(202)
    expect(Date.parse(body.window.end) - Date.parse(body.window.start)).toBe(300_000)
    expect(body.window.source).toBe('default')
  })
})

/** Where a service may be named. */
const serviceNamers: Readonly<Record<string, (name: string) => Parameters<TestService['request']>>> = {
  'an evaluation': (name) => [
    'POST',
    `/v1/projects/shop/stages/staging/services/${encodeURIComponent(name)}/evaluations`,
  ],
  'the score history': (name) => [
    'GET',
    `/v1/projects/shop/stages/staging/services/${encodeURIComponent(name)}/score-history`,
  ],
  'a query of a provider': (name) => [
    'POST',
    '/v1/providers/prometheus/query',
    { body: { project: 'shop', stage: 'staging', service: name, indicator: 'x' } },
  ],
  'the filter of a subscription': (name) => [
    'POST',
    '/v1/subscriptions',
    { body: { url: 'http://127.0.0.1', filter: { services: [name] } } },
  ],
  'the stream of events': (name) => ['GET', `/v1/events/stream?service=${encodeURIComponent(name)}`],
  'a trigger': (name) => ['POST', '/v1/events', eventOf('evaluation.triggered', name)],
  'an invalidation': (name) => ['POST', '/v1/events', eventOf('evaluation.invalidated', name)],
}

function eventOf(type: string, name: string) {
  const data = { project: 'shop', stage: 'staging', service: name }
  const event = { specversion: '1.0', id: '1', source: 'ci', type: `sh.keptn.event.${type}`, triggeredid: '0', data }
  return { headers: { 'content-type': 'application/cloudevents+json' }, body: event }
}

describe("a service's real name instead of the one in paths is refused with what to write", () => {
  for (const [where, toRequest] of Object.entries(serviceNamers)) {
    for (const name of ['A & B', 'a+b', 'carts ']) {
      test(`in ${where}: ${JSON.stringify(name)}`, async () => {
        const { status, body } = await service.request(...toRequest(name))
        expect(status).toBe(422)
        expect(body.errors).toEqual([
          expect.objectContaining({
            pointer: expect.stringMatching(/service/),
            message: expect.stringContaining(
              'services in project.yaml may be a map with displayName: {a-b: {displayName: "A & B"}}',
            ),
          }),
        ])
      })
    }
  }

  test('of a stage nothing is said of services', async () => {
    const { body } = await service.request('GET', '/v1/projects/shop/stages/a%20b/services/carts/score-history')
    expect(body.errors).toEqual([
      expect.objectContaining({ pointer: '/stage', message: expect.stringMatching(/begin with a letter or a digit$/) }),
    ])
  })
})

describe('a path', () => {
  for (const name of [
    '..',
    '.',
    '%2e%2e',
    '..%2f..%2fetc',
    'a%2fb',
    '%00',
    '-a',
    'a%20b',
    '%C3%A9',
    '%',
    'x'.repeat(129),
    'long'.repeat(150),
    '',
  ]) {
    test(`with the name ${name.slice(0, 20)} is refused`, async () => {
      // Fetch would resolve dots by itself: the request is written by hand.
      const { status, body } = await rawPost(`/v1/projects/shop/stages/staging/services/${name}/evaluations`)
      expect([404, 422]).toContain(status)
      expect(body).toMatchObject({ status, code: expect.stringMatching(/^(invalid_request|route_not_found)$/) })
    })
  }

  test('to nowhere is 404, and says what was asked for', async () => {
    const { status, body } = await service.request('GET', '/v2/evaluations?x=1')
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: 'route_not_found', detail: expect.stringContaining('GET /v2/evaluations') })
  })

  for (const id of ['01993b6e-7a4c-7c1e-8d7e-4a1f0b2c3d4e', 'nonsense', '1; drop table evaluations']) {
    test(`to the evaluation ${id}, which there is not, is 404`, async () => {
      const { status, body } = await service.request('GET', `/v1/evaluations/${encodeURIComponent(id)}`)
      expect(status).toBe(404)
      expect(body.code).toBe('evaluation_not_found')
    })
  }

  async function rawPost(path: string): Promise<{ status: number; body: unknown }> {
    const { request } = await import('node:http')
    return new Promise((resolve, reject) => {
      const sent = request(
        service.url,
        { agent: false, method: 'POST', path, headers: { 'content-type': 'application/json' } },
        (reply) => {
          reply.setEncoding('utf8')
          let text = ''
          reply.on('data', (chunk: string) => (text += chunk))
          reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: JSON.parse(text) }))
        },
      )
      sent.on('error', reject)
      sent.end('{}')
    })
  }
})

describe('definitions', () => {
  test('without an slo.yaml it is 404, and says where it looked', async () => {
    const { status, body } = await service.request('POST', '/v1/projects/shop/stages/prod/services/orders/evaluations')
    expect(status).toBe(404)
    expect(body.code).toBe('slo_not_found')
    for (const place of ['shop/prod/orders/slo.yaml', 'shop/prod/slo.yaml', 'shop/slo.yaml']) {
      expect(body.detail).toContain(place)
    }
  })

  test('a pushed metric that no objective uses is a warning', async () => {
    const { status, body } = await service.evaluate({ indicators: [...pushed, { metric: 'latency', value: 1 }] })
    expect(status).toBe(201)
    expect(body.result).toBe('pass')
    expect(body.warnings[0]).toMatchObject({ code: 'unused_indicator', indicator: 'latency' })
  })

  test('an objective that nobody answers is not a pass, and says where a definition was looked for', async () => {
    const { status, body } = await service.evaluate({})
    expect(status).toBe(201)
    expect(body).toMatchObject({ state: 'errored', result: 'fail', score: null })
    expect(body.indicatorResults).toMatchObject([{ outcome: 'config', success: false, value: null }])
    expect(body.indicatorResults[0].message).toContain('shop/prometheus/sli.yaml')
  })
})

describe('a list', () => {
  const path = '/v1/projects/shop/stages/staging/services/carts/score-history'
  for (const { query, status } of [
    { query: 'limit=0', status: 422 },
    { query: 'limit=101', status: 422 },
    { query: 'limit=many', status: 422 },
    { query: 'limit=0x10', status: 422 },
    { query: 'limit=1e1', status: 422 },
    { query: 'limit=', status: 422 },
    { query: 'page=2', status: 422 },
    { query: 'cursor=abc', status: 400 },
    { query: `cursor=${Buffer.from('["older","yesterday","x"]').toString('base64url')}`, status: 400 },
    {
      query: `cursor=${Buffer.from(`["older","0000-01-01T00:00:00Z","${crypto.randomUUID()}"]`).toString('base64url')}`,
      status: 400,
    },
    {
      query: `cursor=${Buffer.from(`["older","2026-99-99 00:00:00+00","${crypto.randomUUID()}"]`).toString('base64url')}`,
      status: 400,
    },
  ]) {
    test(`with ${query.slice(0, 40)} is ${status}`, async () => {
      const reply = await service.request('GET', `${path}?${query}`)
      expect(reply.status).toBe(status)
      expect(reply.body.status).toBe(status)
    })
  }

  for (const { asked, part } of [
    { asked: `${path}?limit=0`, part: 'query string' },
    { asked: path.replace('carts', 'a%20b'), part: 'path' },
  ]) {
    test(`with a mistake in its ${part} says so`, async () => {
      const { body } = await service.request('GET', asked)
      expect(body).toMatchObject({ code: 'invalid_request', detail: `the request's ${part} is not valid` })
    })
  }
})
