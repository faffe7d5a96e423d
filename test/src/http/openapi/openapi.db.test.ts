import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operationsOf, schemaCheck, type ApiDocument, type Check } from '../../../support/openapi.ts'
import { startReceiver, type Receiver } from '../../../support/receiver.ts'
import { startService, type TestService } from '../../../support/service.ts'

/** The document promises what the service does. */

const slo = 'objectives: [{sli: error_rate, pass: [{criteria: ["<=1"]}]}]\ntotal_score: {pass: "90%"}\n'

let service: TestService
let document: ApiDocument
let check: Check
beforeAll(async () => {
  service = await startService({
    files: {
      'shop/project.yaml': 'requests: {values: [error_rate]}\n',
      'shop/slo.yaml': slo,
      'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {error_rate: "up"}\n',
    },
    env: { PHAROS_SECRET_KEY: 'a secret that is long enough for everybody' },
    settings: {
      // Nobody listens there.
      providers: { prometheus: { kind: 'prometheus', url: 'http://127.0.0.1:1' } },
      subscriptions: { allow: ['127.0.0.0/8'] },
    },
  })
  document = (await service.request('GET', '/openapi.json')).body
  check = schemaCheck(document)
})
afterAll(() => service.stop())

describe('the document', () => {
  test('has an id of its own for every operation', () => {
    const ids = operationsOf(document).map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).not.toContain(undefined)
  })

  test('has a valid example for every request body and every success with a body', () => {
    const wrong: string[] = []
    for (const { operationId, requestBody, responses } of operationsOf(document)) {
      const requests = Object.entries(requestBody?.content ?? {})
      const successes = Object.entries(responses).filter(([, { content }]) => !content?.['application/problem+json'])
      const media = [...requests, ...successes.flatMap(([, { content = {} }]) => Object.entries(content))]
      for (const [type, { schema, example }] of media) {
        if (example === undefined) wrong.push(`${operationId} has no example for ${type}`)
        else wrong.push(...check(schema, example).map((mistake) => `${operationId}, ${type}: ${mistake}`))
      }
    }
    expect(wrong).toEqual([])
  })

  test('has a valid example for every parameter', () => {
    const wrong = operationsOf(document).flatMap(({ operationId, parameters = [] }) =>
      parameters.flatMap(({ name, schema, example }) =>
        (example === undefined ? ['has no example'] : check(schema, example)).map(
          (why) => `${operationId} ${name}: ${why}`,
        ),
      ),
    )
    expect(wrong).toEqual([])
  })

  test('links to operations that exist, with parameters that they have', () => {
    const operations = new Map(operationsOf(document).map((operation) => [operation.operationId, operation]))
    const links = [...operations.values()].flatMap(({ operationId, responses }) =>
      Object.values(responses).flatMap((response) =>
        Object.values(response.links ?? {}).map((link) => ({ from: operationId, ...link })),
      ),
    )
    for (const { from, operationId, parameters } of links) {
      const names = (operations.get(operationId)?.parameters ?? []).map(({ name }) => name)
      expect(names, `${from} → ${operationId}`).toEqual(expect.arrayContaining(Object.keys(parameters)))
    }
    const linked = new Set(links.map(({ operationId }) => operationId))
    const needLinks = [...operations.values()].filter(({ path }) => path.includes('{id}') || path.includes('{name}'))
    expect(needLinks.map(({ operationId }) => operationId).filter((id) => !linked.has(id))).toEqual([])
  })

  test('names the headers of requests and answers', () => {
    const start = operationsOf(document).find(({ operationId }) => operationId === 'startEvaluation')
    const sent = start?.parameters?.filter((parameter) => parameter.in === 'header').map(({ name }) => name)
    expect(sent).toEqual(['Prefer', 'Idempotency-Key'])
    expect(Object.keys(start?.responses['202']?.headers ?? {})).toEqual([
      'Location',
      'Retry-After',
      'Idempotency-Replayed',
      'Preference-Applied',
    ])
    const headersOf = (status: string) => Object.keys(start?.responses[status]?.headers ?? {})
    expect([headersOf('401'), headersOf('405'), headersOf('503')]).toEqual([
      ['WWW-Authenticate'],
      ['Allow'],
      ['Retry-After'],
    ])
  })

  test('has every form of events', () => {
    expect(Object.keys(document.paths['/v1/events']?.['post']?.requestBody?.content ?? {})).toEqual([
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
      'application/json',
    ])
  })

  test('wants no body where none is needed', () => {
    const wanting = operationsOf(document).filter(({ requestBody }) => requestBody?.required === true)
    const ids = wanting.map(({ operationId }) => operationId)
    expect(ids).not.toContain('rotateSubscriptionKey')
    expect(ids).not.toContain('startEvaluation')
    expect(ids).toContain('createSubscription')
  })
})

describe('the example of', () => {
  let ids: Record<string, string>
  let receiver: Receiver
  beforeAll(async () => {
    receiver = await startReceiver()
    const created = await service.request('POST', '/v1/subscriptions', { body: { url: receiver.url } })
    ids = { project: 'shop', stage: 'staging', service: 'carts', name: 'prometheus', id: created.body.id }
  })
  afterAll(() => receiver.stop())

  /** Names of hosts are looked up; nothing of a test leaves the machine. */
  const local = (body: unknown): string =>
    JSON.stringify(body).replace('"https://ci.example/events"', JSON.stringify(receiver.url))

  for (const { method, path, type } of [
    {
      method: 'POST',
      path: '/v1/projects/{project}/stages/{stage}/services/{service}/evaluations',
      type: 'application/json',
    },
    { method: 'POST', path: '/v1/events', type: 'application/cloudevents+json' },
    { method: 'POST', path: '/v1/events', type: 'application/cloudevents-batch+json' },
    { method: 'POST', path: '/v1/events', type: 'application/json' },
    { method: 'POST', path: '/v1/providers/{name}/query', type: 'application/json' },
    { method: 'POST', path: '/v1/subscriptions', type: 'application/json' },
    { method: 'PATCH', path: '/v1/subscriptions/{id}', type: 'application/json' },
    { method: 'POST', path: '/v1/subscriptions/{id}/rotate-key', type: 'application/json' },
    { method: 'POST', path: '/v1/subscriptions/{id}/redeliver', type: 'application/json' },
  ]) {
    test(`${method} ${path} as ${type} is accepted`, async () => {
      const operation = operationsOf(document).find((one) => one.path === path && one.method === method)
      const headers = (operation?.parameters ?? []).filter((parameter) => parameter.in === 'header')
      const reply = await service.request(
        method,
        path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? ''),
        {
          headers: {
            'content-type': type,
            // Those of binary mode belong to one form only.
            ...Object.fromEntries(
              headers
                .filter(({ name }) => !name.startsWith('ce-') || type === 'application/json')
                .map(({ name, example }) => [name, String(example)]),
            ),
          },
          body: local(operation?.requestBody?.content[type]?.example),
        },
      )
      expect(reply.body).not.toHaveProperty('detail')
      expect([200, 201, 202]).toContain(reply.status)
      expect(
        check(operation?.responses[reply.status]?.content?.['application/json']?.schema ?? {}, reply.body),
      ).toEqual([])
    })
  }
})

describe('what the document refuses, the service refuses', () => {
  const nearly: readonly { readonly schema: string; readonly path: string; readonly body: unknown }[] = [
    { schema: 'SubscriptionRequestInput', path: '/v1/subscriptions', body: { url: '' } },
    { schema: 'SubscriptionRequestInput', path: '/v1/subscriptions', body: { url: 'https:ci.example' } },
    { schema: 'SubscriptionRequestInput', path: '/v1/subscriptions', body: { url: 'https://u:p@ci.example' } },
    ...[
      { window: { start: '2026-03-01', end: '2026-03-01T10:05:00Z' } },
      { window: { start: '2026-03-01T10:00:00Z', end: '2026-03-01T10:05:00Z', timeframe: '5m' } },
      { window: { end: '2026-03-01T10:05:00Z' } },
      { window: { timeframe: 'soon' } },
      { indicatorsFrom: { format: 'k6' } },
      { indicatorsFrom: { format: 'k6', content: {} } },
      { indicatorsFrom: { format: 'k6', content: { metrics: { a: { values: { avg: '1' } } } } } },
      { indicatorsFrom: { format: 'k6', content: '{"metrics": []}' } },
      { labels: { ['x'.repeat(257)]: '' } },
      { labels: { a: '\0' } },
      { labels: Object.fromEntries(Array.from({ length: 65 }, (_, place) => [`l${place}`, ''])) },
    ].map((body) => ({
      schema: 'EvaluationRequestInput',
      path: '/v1/projects/shop/stages/staging/services/carts/evaluations',
      body,
    })),
    ...['', 'now', '2026-03-01T10:00:00', '2026-13-01T10:00:00Z', '2026-03-01T10:00:00+24:00'].map((since) => ({
      schema: 'RedeliverRequestInput',
      path: `/v1/subscriptions/${randomUUID()}/redeliver`,
      body: { since },
    })),
    ...[
      { id: '' },
      { source: '' },
      { time: 'now' },
      { time: '2026-13-01T10:00:00Z' },
      { data_base64: 'no base64!', data: null },
      { BAD: 'name' },
      { data: undefined },
    ].map((change) => ({
      schema: 'Event',
      path: '/v1/events',
      body: {
        specversion: '1.0',
        id: 'x',
        source: 'test',
        type: 'sh.keptn.event.evaluation.triggered',
        data: { project: 'shop', stage: 'staging', service: 'carts' },
        ...change,
      },
    })),
  ]
  for (const { schema, path, body } of nearly) {
    test(`${schema}: ${JSON.stringify(body).slice(0, 120)}`, async () => {
      expect(check(document.components.schemas[schema] ?? {}, body)).not.toEqual([])
      expect((await service.request('POST', path, { body })).status).toBe(422)
    })
  }

  test('256 characters are 256 characters, however many code units they take', async () => {
    const body = { labels: { ['🚀'.repeat(256)]: '🚀'.repeat(256) }, indicators: [{ metric: 'error_rate', value: 0 }] }
    expect(check(document.components.schemas['EvaluationRequestInput'] ?? {}, body)).toEqual([])
    expect((await service.evaluate(body)).status).toBe(201)
  })
})

test('what no pattern can rule out, such as a day that its month does not have, has a code of its own', async () => {
  const body = { since: '2026-02-30T10:00:00Z' }
  expect(check(document.components.schemas['RedeliverRequestInput'] ?? {}, body)).toEqual([])
  const refused = await service.request('POST', `/v1/subscriptions/${randomUUID()}/redeliver`, { body })
  expect(refused.body).toMatchObject({ status: 422, errors: [{ pointer: '/since', code: 'out_of_range' }] })
})

test('a new key needs no body', async () => {
  const { body } = await service.request('POST', '/v1/subscriptions', { body: { url: 'http://127.0.0.1:1/' } })
  expect((await service.request('POST', `/v1/subscriptions/${body.id}/rotate-key`)).status).toBe(201)
})
