import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { evaluationsPath, startService, type TestService } from '../../support/service.ts'

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<=1"]}]}]\ntotal_score: {pass: "90%"}\n'

let service: TestService
beforeAll(async () => {
  service = await startService({ files: { 'shop/slo.yaml': slo } })
})
afterAll(() => service.stop())

const body = JSON.stringify({ indicators: [{ metric: 'a', value: 1 }] })

function post(path: string, headers: Record<string, string>, sent: string | Buffer): Promise<Response> {
  return fetch(`${service.url}${path}`, { method: 'POST', headers, body: sent })
}

describe('a body that is not plain UTF-8', () => {
  for (const path of [evaluationsPath, '/v1/events', '/v1/subscriptions']) {
    test(`compressed, to ${path}, is 415 and names what is accepted`, async () => {
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
      const reply = await post(path, headers, gzipSync(body))
      expect([reply.status, reply.headers.get('accept-encoding')]).toEqual([415, 'identity'])
      expect(await reply.json()).toMatchObject({
        code: 'unsupported_media_type',
        detail: 'Content-Encoding "gzip" is not supported: send the body uncompressed',
      })
    })

    for (const charset of ['utf-16', '"UTF-16LE"', 'iso-8859-1']) {
      test(`with charset=${charset}, to ${path}, is 415`, async () => {
        const reply = await post(path, { 'content-type': `application/json; charset=${charset}` }, body)
        expect(reply.status).toBe(415)
        expect(await reply.json()).toMatchObject({
          code: 'unsupported_media_type',
          detail: expect.stringContaining('send the body in UTF-8'),
        })
      })
    }
  }

  for (const headers of [
    { 'content-type': 'application/json; charset=UTF-8', 'content-encoding': 'identity' },
    { 'content-type': 'application/json;charset="utf-8"' },
    { 'content-type': 'application/json; charset=us-ascii' },
  ]) {
    test(`${headers['content-type']} is taken`, async () => {
      expect((await post(evaluationsPath, headers, body)).status).toBe(202)
    })
  }

  test('headers without a body do not matter', async () => {
    const headers = { 'content-encoding': 'gzip' }
    expect((await service.request('GET', '/v1/subscriptions', { headers })).status).toBe(200)
  })
})

test('a quoted idempotency key and the bare one are the same key; a malformed one is 400', async () => {
  const first = await service.evaluate(JSON.parse(body), { 'idempotency-key': '"k-1"' })
  const second = await service.evaluate(JSON.parse(body), { 'idempotency-key': 'k-1' })
  expect([second.status, second.body.id]).toEqual([200, first.body.id])
  expect(second.headers.get('idempotency-replayed')).toBe('true')
  const malformed = await service.evaluate(JSON.parse(body), { 'idempotency-key': '"k-1' })
  expect([malformed.status, malformed.body.code]).toEqual([400, 'bad_request'])
})
