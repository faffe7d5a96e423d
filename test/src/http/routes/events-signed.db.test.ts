import { createHmac, randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SecretError } from '../../../../src/base/secrets.ts'
import { startService, type Reply, type TestService } from '../../../support/service.ts'

/** What the test's service answers when it is asked for a secret. */
const secretOf = (reference: string): string => `secret of ${reference}`

/** Was there when the service started. */
const lost = 'env:LOST'

let service: TestService
beforeAll(async () => {
  service = await startService({
    files: { 'shop/slo.yaml': 'objectives: [{sli: a, pass: [{criteria: ["<1"]}]}]\ntotal_score: {pass: "90%"}\n' },
    settings: {
      events: {
        unlisted: 'accept',
        signatures: [
          { source: 'forge', kind: 'hmac', secret: 'env:FORGE' },
          { source: 'other-forge', kind: 'hmac', secret: 'env:OTHER', header: 'X-Signature' },
          { source: 'sender', kind: 'standard-webhooks', secret: 'env:SENDER' },
          { source: 'forgetful', kind: 'hmac', secret: lost },
        ],
      },
    },
    // Only that they are there counts at the start; what is in them is read for each event.
    env: { FORGE: 'x', OTHER: 'x', SENDER: 'x', LOST: 'x' },
    secret: async (reference) => {
      if (reference === lost) throw new SecretError(`the secret ${lost} is not set`)
      return secretOf(reference)
    },
  })
})
afterAll(() => service.stop())

function event(source: string): string {
  return JSON.stringify({
    specversion: '1.0',
    id: randomUUID(),
    source,
    type: 'sh.keptn.event.evaluation.triggered',
    // Not as JSON.stringify would write it again.
    data: { project: 'shop', stage: 'staging', service: 'carts', labels: { text: 'ü' } },
  }).replace('"data":', '  "data" : ')
}

function post(
  body: string,
  headers: Record<string, string>,
  contentType = 'application/cloudevents+json',
): Promise<Reply> {
  return service.request('POST', '/v1/events', { headers: { 'content-type': contentType, ...headers }, body })
}

function hmac(body: string, reference: string): string {
  return `sha256=${createHmac('sha256', secretOf(reference)).update(body).digest('hex')}`
}

/** The headers that a sender with the library of Standard Webhooks sends. */
function signed(
  body: string,
  at = new Date(),
  key = Buffer.from(secretOf('env:SENDER'), 'base64'),
): Record<string, string> {
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key.toString('base64')).sign('msg_1', at, body),
  }
}

const secondsAgo = (seconds: number): Date => new Date(Date.now() - seconds * 1000)

describe('a signed event is taken', () => {
  test('with an HMAC of the body', async () => {
    const body = event('forge')
    expect((await post(body, { 'x-hub-signature-256': hmac(body, 'env:FORGE') })).status).toBe(202)
  })

  test('with an HMAC in another header', async () => {
    const body = event('other-forge')
    expect((await post(body, { 'x-signature': hmac(body, 'env:OTHER') })).status).toBe(202)
  })

  test('with a Standard Webhooks signature', async () => {
    const body = event('sender')
    expect((await post(body, signed(body))).status).toBe(202)
  })

  test('with one of several signatures, while a secret is exchanged', async () => {
    const body = event('sender')
    const headers = signed(body)
    const several = `v1a,x v1,${'A'.repeat(43)}= ${headers['webhook-signature']}`
    expect((await post(body, { ...headers, 'webhook-signature': several })).status).toBe(202)
  })

  test('four minutes late', async () => {
    const body = event('sender')
    expect((await post(body, signed(body, secondsAgo(240)))).status).toBe(202)
  })

  test('of a source that is not listed, without a signature', async () => {
    expect((await post(event('shipyard-controller'), {})).status).toBe(202)
  })

  test('in a batch, which is signed as a whole', async () => {
    const body = `[${event('forge')}, ${event('sender')}]`
    const headers = { 'x-hub-signature-256': hmac(body, 'env:FORGE') }
    const reply = await post(body, headers, 'application/cloudevents-batch+json')
    expect(reply.body.items).toMatchObject([{ status: 202 }, { status: 401, problem: { code: 'signature_invalid' } }])
  })
})

describe('an event is refused', () => {
  const forge = event('forge')
  const sender = event('sender')
  const other = Buffer.from('another secret')
  for (const { title, body, headers, detail } of [
    {
      title: 'without an HMAC',
      body: forge,
      headers: {},
      detail: /"forge" must be signed: the header x-hub-signature-256 is missing/,
    },
    {
      title: 'with an HMAC of another secret',
      body: forge,
      headers: { 'x-hub-signature-256': hmac(forge, 'env:OTHER') },
      detail: /x-hub-signature-256 does not match this body/,
    },
    {
      title: 'with an HMAC of the same JSON in other bytes',
      body: forge,
      headers: { 'x-hub-signature-256': hmac(JSON.stringify(JSON.parse(forge)), 'env:FORGE') },
      detail: /x-hub-signature-256 does not match this body/,
    },
    {
      title: 'with half an HMAC',
      body: forge,
      headers: { 'x-hub-signature-256': hmac(forge, 'env:FORGE').slice(0, 40) },
      detail: /x-hub-signature-256 does not match this body/,
    },
    {
      title: 'without the headers of Standard Webhooks',
      body: sender,
      headers: {},
      detail: /the header webhook-id is missing/,
    },
    {
      title: 'with a signature of another secret',
      body: sender,
      headers: signed(sender, new Date(), other),
      detail: /no v1 signature/,
    },
    {
      title: 'with the signature of another message',
      body: sender,
      headers: { ...signed(sender), 'webhook-id': 'msg_2' },
      detail: /no v1 signature/,
    },
    {
      title: 'with an old timestamp',
      body: sender,
      headers: signed(sender, secondsAgo(400)),
      detail: /clock by \d{3} s: at most 300 s/,
    },
    {
      title: 'with a timestamp ahead',
      body: sender,
      headers: signed(sender, secondsAgo(-400)),
      detail: /clock by \d{3} s: at most 300 s/,
    },
    {
      title: 'with a timestamp that is none',
      body: sender,
      headers: { ...signed(sender), 'webhook-timestamp': 'now' },
      detail: /webhook-timestamp is not in seconds/,
    },
  ]) {
    test(`${title}, as not signed`, async () => {
      expect(await post(body, headers)).toMatchObject({
        status: 401,
        body: { code: 'signature_invalid', detail: expect.stringMatching(detail) },
      })
    })
  }

  test('in binary mode, where a signature does not cover its attributes', async () => {
    const body = JSON.stringify({ project: 'shop', stage: 'staging', service: 'carts' })
    const attributes = {
      specversion: '1.0',
      id: randomUUID(),
      source: 'forge',
      type: 'sh.keptn.event.evaluation.triggered',
    }
    const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]))
    const reply = await post(body, { ...headers, 'x-hub-signature-256': hmac(body, 'env:FORGE') }, 'application/json')
    expect(reply).toMatchObject({ status: 401, body: { detail: expect.stringContaining('structured mode') } })
  })
})

test('when its secret has gone since the start, an event is neither taken nor refused for good', async () => {
  expect(await post(event('forgetful'), { 'x-hub-signature-256': 'sha256=0' })).toMatchObject({
    status: 503,
    body: {
      code: 'secret_unavailable',
      detail: `the signatures of "forgetful" cannot be checked: the secret ${lost} is not set`,
    },
  })
})
