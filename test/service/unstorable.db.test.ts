import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGate, type Gate } from '../support/gate.ts'

/** NUL and halves of surrogate pairs: mistakes in files and requests, replaced in what a provider says. */

const total = 'total_score: {pass: "90%"}\n'
const sloOf = (objective: string, more = ''): string => `${more}objectives: [${objective}]\n${total}`
const plain = sloOf('{sli: one, pass: [{criteria: ["<10"]}]}')

const inSlo: Readonly<Record<string, string>> = {
  'a displayName': sloOf(String.raw`{sli: one, displayName: "a\0b", pass: [{criteria: ["<10"]}]}`),
  'an sli': sloOf(String.raw`{sli: "one\0", pass: [{criteria: ["<10"]}]}`),
  'half of a pair': sloOf(String.raw`{sli: one, displayName: "\uD800", pass: [{criteria: ["<10"]}]}`),
  'a filter': sloOf('{sli: one}', String.raw`filter: {handler: "a\0b"}` + '\n'),
  'the name of a filter': sloOf('{sli: one}', String.raw`filter: {"a\0b": x}` + '\n'),
}

let gate: Gate
beforeAll(async () => {
  gate = await startGate(
    {
      warns: { kind: 'value', value: 1, warnings: ['slow\0 store', 'half \uD800'] },
      fails: { kind: 'error', status: 422, errorType: 'execution', error: 'no\0thing \uDC00' },
      '*': { kind: 'value', value: 1 },
    },
    {
      'shop/slo.yaml': plain,
      'shop/prometheus/sli.yaml': 'indicators: {one: one, warns: warns, fails: fails}\n',
      'query/slo.yaml': plain,
      'query/prometheus/sli.yaml': String.raw`indicators: {one: "one\0"}` + '\n',
      'settings/slo.yaml': plain,
      'settings/project.yaml': String.raw`services: {carts: {displayName: "a\0b"}}` + '\n',
      ...Object.fromEntries(Object.values(inSlo).map((text, place) => [`slo-${place}/slo.yaml`, text])),
    },
  )
})
afterAll(() => gate.stop())

function evaluate(project: string, body: object = {}) {
  const path = `/v1/projects/${project}/stages/staging/services/carts/evaluations`
  return gate.service.request('POST', path, { body, headers: { prefer: 'wait=20' } })
}

describe('in an SLO', () => {
  for (const [place, [what, slo]] of Object.entries(inSlo).entries()) {
    test(`${what} of a request is a mistake with its place`, async () => {
      const { status, body } = await evaluate('shop', { slo })
      expect(status).toBe(422)
      expect(body).toMatchObject({ code: 'slo_invalid', errors: [{ pointer: '/slo', code: 'bad_character', line: 1 }] })
    })

    test(`${what} of a file ends an event's evaluation as errored`, async () => {
      const event = { specversion: '1.0', id: randomUUID(), source: 'ci', type: 'sh.keptn.event.evaluation.triggered' }
      const data = { project: `slo-${place}`, stage: 'staging', service: 'carts' }
      const headers = { 'content-type': 'application/cloudevents+json' }
      const { status, body } = await gate.service.request('POST', '/v1/events', {
        body: { ...event, data },
        headers,
      })
      expect(status).toBe(202)
      const ended = await gate.service.request('GET', `/v1/evaluations/${body.id}`, { headers: { prefer: 'wait=20' } })
      expect(ended.body).toMatchObject({ state: 'errored', result: 'fail', reasons: [{ code: 'slo_invalid' }] })
    })
  }
})

test('in an sli.yaml and a project.yaml it is a mistake with its place', async () => {
  const query = await evaluate('query')
  expect(query.status).toBe(422)
  expect(query.body).toMatchObject({
    code: 'sli_invalid',
    errors: [{ file: 'query/prometheus/sli.yaml', code: 'bad_character', line: 1, column: 19 }],
  })
  const settings = await evaluate('settings')
  expect(settings.body).toMatchObject({
    code: 'project_invalid',
    errors: [{ file: 'settings/project.yaml', code: 'bad_character', line: 1 }],
  })
})

test('in a message of a provider it is replaced, in the record and in its event', async () => {
  const slo = sloOf('{sli: warns, pass: [{criteria: ["<10"]}]}, {sli: fails}')
  const { status, body } = await evaluate('shop', { slo })
  expect(status).toBe(201)
  expect(body.state).toBe('succeeded')
  const messages = (body.warnings as readonly { readonly message: string }[]).map(({ message }) => message)
  expect(messages).toEqual(expect.arrayContaining(['slow store', 'half \uFFFD']))
  expect(body.indicatorResults[1].message).toContain('no thing \uFFFD')
  await expect.poll(() => gate.receiver.received.some(({ body: sent }) => sent.includes('half \uFFFD'))).toBe(true)
})
