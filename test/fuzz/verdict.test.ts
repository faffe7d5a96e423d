import { describe, expect, test } from 'vitest'
import { schemaCheck, type ApiDocument } from '../support/openapi.ts'
import type { Answer, Sent } from './send.ts'
import { judgeOf, type Validity } from './verdict.ts'

/** The fuzz run finds what it is for. */

const problem = {
  type: 'object',
  required: ['code', 'errors'],
  properties: { code: { type: 'string' }, errors: { type: 'array' } },
}

const document: ApiDocument = {
  paths: {
    '/things/{id}': {
      post: {
        operationId: 'makeThing',
        responses: {
          201: {
            description: 'Made',
            headers: { Location: { required: true, schema: { type: 'string', pattern: '^/things/' } } },
            content: { 'application/json': { schema: { type: 'object', required: ['id'] } } },
          },
          422: {
            description: 'Not made',
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          },
          default: { description: 'Anything else' },
        },
      },
    },
  },
  components: { schemas: { Problem: problem } },
}

const judge = judgeOf(document, schemaCheck(document))
const sent: Sent = { method: 'POST', path: '/things/1?x=1', headers: {}, body: undefined }

function answer(status: number, body: unknown, headers: Answer['headers'] = {}): Answer {
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  return { status, headers: { 'content-type': type, ...headers }, text: JSON.stringify(body) }
}

const made = answer(201, { id: 1 }, { location: '/things/1' })
const refused = (code: string, ...codes: string[]) => answer(422, { code, errors: codes.map((one) => ({ code: one })) })

describe('finds', () => {
  for (const { what, given, validity = 'unknown', leadsTo, request = sent } of [
    { what: 'a 500', given: answer(500, { code: 'internal', errors: [] }) },
    { what: 'a status that is only the default', given: answer(409, { code: 'x', errors: [] }) },
    { what: 'a header that is missing', given: answer(201, { id: 1 }) },
    { what: 'a header that is not as its schema says', given: answer(201, { id: 1 }, { location: '/others' }) },
    { what: 'a header of another status', given: answer(422, { code: 'x', errors: [] }, { location: '/things/1' }) },
    { what: 'a body that is not as its schema says', given: answer(201, {}, { location: '/things/1' }) },
    {
      what: 'another content type',
      given: answer(201, { id: 1 }, { location: '/things/1', 'content-type': 'text/html' }),
    },
    { what: 'an invalid request that is accepted', given: made, validity: 'invalid' },
    { what: 'a valid request that is refused', given: refused('invalid_request', 'invalid_value'), validity: 'valid' },
    { what: 'a valid request that is refused without mistakes', given: refused('bad_request'), validity: 'valid' },
    { what: 'a flaw that goes unnoticed', given: made, leadsTo: [415] },
    { what: 'a route that is not declared', given: made, request: { ...sent, path: '/others' } },
    {
      what: 'a 405 without Allow',
      given: answer(405, { code: 'x', errors: [] }),
      request: { ...sent, method: 'PUT' },
    },
  ] satisfies { what: string; given: Answer; validity?: Validity; leadsTo?: number[]; request?: Sent }[]) {
    test(`${what}, which is a fault`, () => {
      expect(judge.verdict(request, given, { validity, leadsTo })).toBeTypeOf('string')
    })
  }
})

describe('accepts', () => {
  for (const { what, given, validity = 'unknown', request = sent } of [
    { what: 'an answer as it is declared', given: made, validity: 'valid' },
    {
      what: 'an invalid request that is refused',
      given: refused('invalid_request', 'invalid_value'),
      validity: 'invalid',
    },
    {
      what: 'a valid request with a value that no schema can rule out',
      given: refused('invalid_request', 'out_of_range'),
      validity: 'valid',
    },
    {
      what: 'a valid request that is refused for its window',
      given: refused('invalid_window', 'invalid_window'),
      validity: 'valid',
    },
    {
      what: 'a 405 with Allow',
      given: answer(405, { code: 'x', errors: [] }, { allow: 'POST' }),
      request: { ...sent, method: 'PUT' },
    },
  ] satisfies { what: string; given: Answer; validity?: Validity; request?: Sent }[]) {
    test(`${what}, which is none`, () => {
      expect(judge.verdict(request, given, { validity })).toBeUndefined()
    })
  }
})
