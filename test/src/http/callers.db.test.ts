import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveSecret } from '../../../src/base/secrets.ts'
import { startReceiver, type Receiver } from '../../support/receiver.ts'
import { startScriptedPrometheus } from '../../support/scripted-prometheus.ts'
import { evaluationsPath, startService, writeFiles, type TestService } from '../../support/service.ts'

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n'
const tokens = { CI: 'token-of-ci-0123456789', RELEASE: 'token-of-release-0123456789' }
const ci = { authorization: `Bearer ${tokens.CI}` }
const release = { 'x-token': tokens.RELEASE }

interface Line {
  readonly msg: string
  readonly level: number
  readonly [field: string]: unknown
}

let lines: Line[]
let written: string[]
let receiver: Receiver
let prometheus: Awaited<ReturnType<typeof startScriptedPrometheus>>
let service: TestService
let file: string

beforeAll(async () => {
  lines = []
  written = []
  receiver = await startReceiver()
  prometheus = await startScriptedPrometheus({ a: { kind: 'value', value: 1 } })
  file = join(await writeFiles({ token: 'token-of-a-file-01\n' }), 'token')
  service = await start({
    apiTokens: [{ name: 'ci', token: 'env:CI' }, 'env:RELEASE', { name: 'file', token: `file:${file}` }],
    http: { trustedProxies: ['127.0.0.1'] },
  })
}, 60_000)
afterAll(async () => {
  await service.stop()
  await receiver.stop()
  await prometheus.stop()
})

function start(settings: object): Promise<TestService> {
  return startService({
    files: { 'shop/slo.yaml': slo, 'shop/prometheus/sli.yaml': 'indicators: {a: a}\n' },
    env: { ...tokens, PHAROS_SECRET_KEY: 'a secret that is long enough for everybody' },
    settings: {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      subscriptions: { allow: ['127.0.0.0/8'] },
      ...settings,
    },
    secret: (reference) => resolveSecret(reference, {}),
    log: pino(
      { level: 'info' },
      {
        write: (line: string) => {
          written.push(line)
          lines.push(JSON.parse(line))
        },
      },
    ),
  })
}

/** Which process wrote a line, and when. */
const bookkeeping = new Set(['time', 'pid', 'hostname'])

/** What was logged of a caller's acts by `act`, without times. */
async function linesOf(act: () => Promise<unknown>): Promise<readonly Line[]> {
  const from = lines.length
  await act()
  const own = lines.slice(from)
  const others = new Set(['evaluation started', 'evaluation finished'])
  return own
    .filter(({ msg }) => !others.has(msg))
    .map(
      (line) =>
        Object.fromEntries(Object.entries(line).filter(([field]) => !bookkeeping.has(field))) as unknown as Line,
    )
}

const event = (type: string, id: string, rest: object = {}) => ({
  specversion: '1.0',
  id,
  source: 'forge',
  type: `sh.keptn.event.${type}`,
  data: { project: 'shop', stage: 'staging', service: 'carts' },
  ...rest,
})
const asEvent = { ...ci, 'content-type': 'application/cloudevents+json' }
const carts = { project: 'shop', stage: 'staging', service: 'carts' }

async function evaluated(headers: Record<string, string>, prefer = 'wait=20') {
  return (await service.evaluate({}, { ...headers, prefer })).body
}

describe('who did what, on what, is one line and part of the record:', () => {
  test('an evaluation', async () => {
    let evaluation: { id?: string; trigger?: unknown } = {}
    const own = await linesOf(async () => (evaluation = await evaluated(ci)))
    expect(own).toEqual([
      expect.objectContaining({
        level: 30,
        by: 'ci',
        evaluationId: evaluation.id,
        ...carts,
        msg: 'evaluation accepted',
      }),
    ])
    const trigger = { kind: 'api', by: 'ci' }
    const read = (await service.request('GET', `/v1/evaluations/${evaluation.id}`, { headers: release })).body
    expect([evaluation.trigger, read.trigger]).toEqual([trigger, trigger])
    expect((await evaluated(release)).trigger).toEqual({ kind: 'api', by: 'env:RELEASE' })
  })

  test('an event, and one that joins', async () => {
    const context = crypto.randomUUID()
    const end = new Date(Date.now() + 3_600_000).toISOString()
    const data = { ...carts, evaluation: { start: new Date().toISOString(), end } }
    const body = event('staging.evaluation.triggered', 'e-1', { shkeptncontext: context, data })
    const one = (await service.request('POST', '/v1/events', { headers: asEvent, body })).body
    expect(one.trigger).toMatchObject({ kind: 'event', id: 'e-1', by: 'ci' })
    const second = { ...body, id: 'e-2', type: 'sh.keptn.event.evaluation.triggered' }
    const headers = { ...asEvent, authorization: `Bearer ${tokens.RELEASE}` }
    let two: { id?: string; trigger?: unknown } = {}
    const own = await linesOf(async () => {
      two = (await service.request('POST', '/v1/events', { headers, body: second })).body
    })
    expect(two.trigger).toMatchObject({ id: 'e-2', by: 'env:RELEASE', joined: { id: 'e-1', by: 'ci' } })
    expect(own).toEqual([
      expect.objectContaining({ by: 'env:RELEASE', evaluationId: one.id, msg: 'evaluation joined' }),
    ])
    const cancelled = await linesOf(() => service.request('DELETE', `/v1/evaluations/${one.id}`, { headers: ci }))
    expect(cancelled).toEqual([{ level: 30, by: 'ci', evaluationId: one.id, ...carts, msg: 'evaluation cancelled' }])
    // Who comes second has done nothing.
    expect(await linesOf(() => service.request('DELETE', `/v1/evaluations/${one.id}`, { headers: release }))).toEqual(
      [],
    )
  })

  test('an invalidation, whose source stays what it was', async () => {
    const { id } = await evaluated(ci)
    const headers = { ...asEvent, authorization: `Bearer ${tokens.RELEASE}` }
    const body = event('evaluation.invalidated', 'i-1', { triggeredid: id })
    const own = await linesOf(() => service.request('POST', '/v1/events', { headers, body }))
    expect(own).toEqual([
      { level: 30, by: 'env:RELEASE', evaluationId: id, ...carts, source: 'forge', msg: 'evaluation invalidated' },
    ])
    const again = { headers: { ...asEvent, authorization: `Bearer ${tokens.CI}` }, body: { ...body, id: 'i-2' } }
    expect(await linesOf(() => service.request('POST', '/v1/events', again))).toEqual([])
    const read = (await service.request('GET', `/v1/evaluations/${id}`, { headers: ci })).body
    expect(read.invalidation).toMatchObject({ by: 'forge', byToken: 'env:RELEASE', reason: '' })
  })

  test('everything that is done with subscriptions and providers', async () => {
    const path = '/v1/subscriptions'
    const create = { headers: ci, body: { url: `${receiver.url}?token=s3cret` } }
    const { id } = (await service.request('POST', path, create)).body
    await evaluated(ci)
    await receiver.until(({ length }) => length >= 2)
    const eventId = receiver.received[0]?.event.id
    const steps = [
      ['POST', path, create.body],
      ['PATCH', `${path}/${id}`, { paused: true }],
      ['POST', `${path}/${id}/rotate-key`, {}],
      ['POST', `${path}/${id}/test`, undefined],
      ['POST', `${path}/${id}/deliveries/${eventId}/redeliver`, undefined],
      ['POST', `${path}/${id}/redeliver`, { since: new Date().toISOString() }],
      ['DELETE', `${path}/${id}`, undefined],
      ['POST', '/v1/providers/prometheus/check', undefined],
      ['POST', '/v1/providers/prometheus/query', { ...carts, indicator: 'a' }],
    ] as const
    const own: (readonly Line[])[] = []
    for (const [method, where, body] of steps) {
      own.push(
        await linesOf(async () => {
          const { status } = await service.request(method, where, { headers: release, ...(body && { body }) })
          expect([method, where, status < 300]).toEqual([method, where, true])
        }),
      )
    }
    const line = { level: 30, by: 'env:RELEASE' }
    const url = `${receiver.url}?token=***`
    expect(own).toEqual([
      [{ ...line, subscription: expect.any(String), url, msg: 'subscription created' }],
      [{ ...line, subscription: id, url, changed: ['paused'], msg: 'subscription changed' }],
      [{ ...line, subscription: id, generation: 2, msg: 'subscription key rotated' }],
      [{ ...line, subscription: id, ok: true, msg: 'subscription tested' }],
      [{ ...line, subscription: id, eventId, msg: 'event redelivered' }],
      [{ ...line, subscription: id, since: expect.any(String), events: 0, msg: 'events redelivered' }],
      [{ ...line, subscription: id, msg: 'subscription deleted' }],
      [{ ...line, provider: 'prometheus', ok: expect.any(Boolean), msg: 'provider checked' }],
      [{ ...line, provider: 'prometheus', ...carts, indicator: 'a', outcome: 'measured', msg: 'provider queried' }],
    ])
  })

  test('every operation that is no reading was tried above', async () => {
    const { body } = await service.request('GET', '/openapi.json', { headers: ci })
    const operations = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => method !== 'get')
        .map((method) => `${method} ${path}`),
    )
    expect(operations.toSorted()).toEqual([
      'delete /v1/evaluations/{id}',
      'delete /v1/subscriptions/{id}',
      'patch /v1/subscriptions/{id}',
      'post /v1/events',
      'post /v1/projects/{project}/stages/{stage}/services/{service}/evaluations',
      'post /v1/providers/{name}/check',
      'post /v1/providers/{name}/query',
      'post /v1/subscriptions',
      'post /v1/subscriptions/{id}/deliveries/{eventId}/redeliver',
      'post /v1/subscriptions/{id}/redeliver',
      'post /v1/subscriptions/{id}/rotate-key',
      'post /v1/subscriptions/{id}/test',
    ])
  })
})

describe('a wrong token', () => {
  const ask = (token: string, from: string) =>
    service.request('GET', '/v1/providers', { headers: { 'x-token': token, 'x-forwarded-for': from } })

  test('leaves one line, without the token', async () => {
    const own = await linesOf(() => ask('wrong-token-0', '198.51.100.9'))
    expect(own).toEqual([
      {
        level: 40,
        method: 'GET',
        path: '/v1/providers',
        peer: '127.0.0.1',
        client: '198.51.100.9',
        msg: 'token refused',
      },
    ])
  })

  test('is 429 after ten, for the token from anywhere and for its address with any token; a valid one is accepted', async () => {
    const own = await linesOf(async () => {
      for (let times = 0; times < 10; times += 1) expect((await ask('wrong-token-1', '198.51.100.1')).status).toBe(401)
      for (const [token, from] of [
        ['wrong-token-1', '198.51.100.1'],
        ['wrong-token-1', '198.51.100.2'],
        ['wrong-token-2', '198.51.100.1'],
      ] as const) {
        const { status, headers, body } = await ask(token, from)
        expect([status, body.code]).toEqual([429, 'too_many_wrong_tokens'])
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
        expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60)
      }
      expect((await ask('wrong-token-2', '198.51.100.2')).status).toBe(401)
      expect((await ask(tokens.CI, '198.51.100.1')).status).toBe(200)
    })
    expect(own.filter(({ msg }) => msg === 'token refused')).toHaveLength(11)
    expect(own.filter(({ msg }) => msg === 'token refused too often: answering 429')).toHaveLength(1)
    expect(written.join('')).not.toContain('wrong-token')
  })
})

test('a token whose file is replaced: the new one works and the old one has ended within five seconds', async () => {
  const ask = async (token: string) =>
    (await service.request('GET', '/openapi.json', { headers: { 'x-token': token } })).status
  expect([await ask('token-of-a-file-01'), await ask('token-of-a-file-02')]).toEqual([200, 401])
  const stream = await fetch(`${service.url}/v1/events/stream`, { headers: { 'x-token': 'token-of-a-file-01' } })
  await writeFile(`${file}.new`, 'token-of-a-file-02\n')
  await rename(`${file}.new`, file)
  const startedAt = performance.now()
  while ((await ask('token-of-a-file-01')) === 200) await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await ask('token-of-a-file-02')).toBe(200)
  // It ends with its token.
  await stream.text()
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})

test('no token is in a line of the log, and an open service knows no names', async () => {
  for (const token of [...Object.values(tokens), 'token-of-a-file', 's3cret'])
    expect(written.join('')).not.toContain(token)
  const open = await start({})
  try {
    const { body } = await open.request('POST', evaluationsPath, { headers: ci, body: {} })
    expect(body.trigger).toEqual({ kind: 'api' })
    const line = lines.find(({ evaluationId, msg }) => evaluationId === body.id && msg === 'evaluation accepted')
    expect(line).toBeDefined()
    expect(line).not.toHaveProperty('by')
  } finally {
    await open.stop()
  }
})
