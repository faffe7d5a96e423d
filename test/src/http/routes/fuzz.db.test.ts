import { request } from 'node:http'
import {
  array,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  dictionary,
  double,
  integer,
  json as jsonText,
  jsonValue,
  oneof,
  record,
  string,
  uuid,
} from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Problem } from '../../../../src/http/problem.ts'
import { startService, type TestService } from '../../../support/service.ts'

/** Whatever anybody sends: an answer in bounded time, a problem document when it is an error, never a 500. */

const answerLimitMs = 5_000
const seed = 20_261_124

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<=+10%"]}]}]\ntotal_score: {pass: "90%"}\n'

let service: TestService
beforeAll(async () => {
  service = await startService({
    files: {
      'shop/project.yaml': 'requests: {values: [a]}\n',
      'shop/slo.yaml': slo,
      'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {a: "$LABEL.v"}\n',
    },
    settings: {
      // Nobody listens there.
      providers: { prometheus: { kind: 'prometheus', url: 'http://127.0.0.1:1' } },
      limits: { measureTimeout: '1s' },
    },
  })
})
afterAll(() => service.stop())

interface Sent {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Written by hand: fetch would tidy up path and headers. */
function send({ method, path, headers = {}, body = '' }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(service.url, { method, path, headers, timeout: answerLimitMs, agent: false }, (reply) => {
      let text = ''
      reply.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      reply.on('end', () =>
        resolve({ status: reply.statusCode ?? 0, type: reply.headers['content-type'] ?? '', body: text }),
      )
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${answerLimitMs} ms`)))
    sent.on('error', reject)
    sent.end(body)
  })
}

/** What is wrong with an answer; undefined when nothing is. */
function indecency({ status, type, body }: Answer): string | undefined {
  if (status < 300) return type.startsWith('application/json') ? undefined : `${status} as ${type}`
  if (status < 400 || status >= 500) return `${status}: ${body}`
  if (!type.startsWith('application/problem+json')) return `${status} as ${type}`
  const problem = Problem.safeParse(JSON.parse(body))
  return problem.success && problem.data.status === status ? undefined : `no problem document: ${body}`
}

const asJson = { 'content-type': 'application/json' }
const path = '/v1/projects/shop/stages/staging/services/carts/evaluations'

/** Strings as people and attackers write them. */
const text = oneof(
  string({ unit: 'binary', maxLength: 40 }),
  constantFrom('', '\0', '\u{d800}', '..', '__proto__', 'constructor', '$LABEL.v', '"} or vector(1)', '1e400', 'NaN'),
  constantFrom('2026-02-30T00:00:00Z', '+275760-09-13T00:00:00.001Z', '9999-12-31T23:59:59Z', '-5m', '5m', '1e9h'),
  constantFrom("'; drop table evaluations; --", '9223372036854775807ns', '0.000000001ns', '-0', '٣'),
  constantFrom(slo, slo.repeat(20), '&a [*a]', '!!js/function "x"', '{'.repeat(500), '- '.repeat(500)),
)

/** Bodies that are nearly right: each field is there or not, and of its type or not. */
const nearly = record(
  {
    window: oneof(
      record({ timeframe: constantFrom('1m', '5m', '1h', '8760h') }),
      record({ start: text, end: text, timeframe: text }, { requiredKeys: [] }),
      jsonValue(),
    ),
    labels: oneof(dictionary(text, text, { maxKeys: 8 }), jsonValue()),
    slo: oneof(constant(slo), text, jsonValue()),
    indicators: oneof(
      array(record({ metric: oneof(constant('a'), text), value: oneof(double(), integer()) }), { maxLength: 5 }),
      jsonValue(),
    ),
    context: oneof(uuid(), text),
    gitCommitId: oneof(constantFrom('a'.repeat(40), 'abcdef0', ''), text),
    extra: jsonValue(),
  },
  { requiredKeys: [] },
).map((body) => JSON.stringify(body))

test('any body', async () => {
  const statuses = new Set<number>()
  await assert(
    asyncProperty(oneof(nearly, jsonText({ maxDepth: 4 }), text), async (body) => {
      const answer = await send({ method: 'POST', path, headers: asJson, body })
      expect(indecency(answer)).toBeUndefined()
      statuses.add(answer.status)
    }),
    { numRuns: 400, seed },
  )
  // It went in, it could not be read, it was not valid: none of the three was missed.
  expect([...statuses]).toEqual(expect.arrayContaining([202, 400, 422]))
}, 60_000)

/** One character of these codes. */
const character = (min: number, max: number) => integer({ min, max }).map((code) => String.fromCharCode(code))

test('any name in the path, whether it is encoded or not', async () => {
  const name = oneof(
    string({ unit: character(0x21, 0x7e), maxLength: 200 }),
    text.filter((value) => value.isWellFormed()).map((value) => encodeURIComponent(value)),
    constantFrom('%', '%00', '%c0%af', '%2e%2e%2f', '..%5c', 'con', 'a'.repeat(600)),
  )
  const methods = constantFrom('POST', 'GET', 'DELETE', 'PUT', 'PATCH', 'OPTIONS')
  await assert(
    asyncProperty(name, name, methods, async (one, two, method) => {
      for (const asked of [
        `/v1/projects/${one}/stages/${two}/services/carts/evaluations`,
        `/v1/projects/shop/stages/staging/services/${one}/score-history?cursor=${two}`,
        `/v1/evaluations/${one}`,
        `/${one}/${two}`,
      ]) {
        const body = method.startsWith('P') ? '{}' : ''
        expect(indecency(await send({ method, path: asked, headers: asJson, body }))).toBeUndefined()
      }
    }),
    { numRuns: 100, seed },
  )
}, 60_000)

test('any header', async () => {
  const value = string({ unit: oneof(character(0x20, 0x7e), character(0xa0, 0xff)), maxLength: 300 })
  const types = constantFrom(
    'application/json',
    'application/json; charset=utf-16',
    'text/plain',
    'multipart/form-data',
  )
  const headers = record(
    {
      'content-type': oneof(types, value),
      prefer: oneof(constantFrom('wait=1', 'wait=0', 'wait=-1', 'wait=1e9, wait=1', 'respond-async'), value),
      'idempotency-key': value,
      authorization: value,
      'x-token': value,
      accept: value,
      'content-encoding': constantFrom('gzip', 'identity', 'x'),
    },
    { requiredKeys: [] },
  )
  const body = '{"indicators":[{"metric":"a","value":1}]}'
  await assert(
    asyncProperty(headers, async (sent) => {
      expect(indecency(await send({ method: 'POST', path, headers: sent, body }))).toBeUndefined()
    }),
    { numRuns: 150, seed },
  )
}, 60_000)

test('after all that the service does its work', async () => {
  const { status, body } = await service.evaluate({ indicators: [{ metric: 'a', value: 1 }] })
  expect(status).toBe(201)
  expect(body.state).toBe('succeeded')
})
