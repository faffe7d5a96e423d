import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startService, type Reply, type TestService } from '../../../support/service.ts'

/** Who is taken for which source, once some sources have to sign their events. */

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<1"]}]}]\ntotal_score: {pass: "90%"}\n'
const signatures = [
  { source: 'gh', kind: 'hmac', secret: 'env:GH' },
  { source: 'https://forge.example/hooks', kind: 'hmac', secret: 'env:FORGE', header: 'X-Forge-Signature' },
]

function start(events: object): Promise<TestService> {
  return startService({
    files: { 'shop/slo.yaml': slo },
    settings: { events },
    env: { GH: 'x', FORGE: 'x' },
  })
}

const type = 'sh.keptn.event.evaluation.triggered'
const data = { project: 'shop', stage: 'staging', service: 'carts' }

function event(source: unknown): string {
  return JSON.stringify({ specversion: '1.0', id: randomUUID(), source, type, data })
}

function hmac(body: string, reference: string): string {
  return `sha256=${createHmac('sha256', `secret of ${reference}`).update(body).digest('hex')}`
}

const byGh = (body: string): Record<string, string> => ({ 'x-hub-signature-256': hmac(body, 'env:GH') })
const byForge = (body: string): Record<string, string> => ({ 'x-forge-signature': hmac(body, 'env:FORGE') })

interface Sent {
  readonly contentType?: string
  readonly headers?: Record<string, string>
}

function post(service: TestService, body: string, { contentType, headers }: Sent = {}): Promise<Reply> {
  const mediaType = contentType ?? 'application/cloudevents+json'
  return service.request('POST', '/v1/events', { headers: { 'content-type': mediaType, ...headers }, body })
}

const batchType = 'application/cloudevents-batch+json'
const lookAlikes = ['GH', 'gh/', './gh', 'g%68', '/gh', 'a/../gh', 'G%48/.', 'gh?', 'gh#']
const forgeLookAlikes = [
  'https://forge.example/hooks/',
  'HTTPS://FORGE.EXAMPLE:443/hooks',
  'https://forge.example./x/../hooks',
]

for (const unlisted of ['accept', 'refuse'] as const) {
  describe(`with events.unlisted: ${unlisted}`, () => {
    let service: TestService
    beforeAll(async () => {
      service = await start({ unlisted, signatures })
    })
    afterAll(() => service.stop())

    for (const source of ['gh', ...lookAlikes, ...forgeLookAlikes]) {
      test(`${source} needs the signature of the listed source`, async () => {
        const body = event(source)
        expect(await post(service, body)).toMatchObject({ status: 401, body: { code: 'signature_invalid' } })
        const sign = source.toLowerCase().startsWith('https') ? byForge : byGh
        expect((await post(service, body, { headers: sign(body) })).status).toBe(202)
      })

      test(`${source} in a batch needs it too`, async () => {
        const body = `[${event(source)}]`
        expect((await post(service, body, { contentType: batchType })).body.items).toMatchObject([{ status: 401 }])
      })

      test(`${source} in headers is refused, signed or not`, async () => {
        const attributes = { specversion: '1.0', id: randomUUID(), source, type }
        const named = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value])
        const body = JSON.stringify(data)
        for (const headers of [{}, byGh(body), byForge(body)]) {
          const sent = { ...Object.fromEntries(named), ...headers }
          const reply = await post(service, body, { contentType: 'application/json', headers: sent })
          expect(reply).toMatchObject({ status: 401, body: { code: 'signature_invalid' } })
        }
      })
    }

    test('the right secret does not vouch for another source', async () => {
      for (const source of ['https://forge.example/hooks', 'stranger', 'gh2', 'urn:gh']) {
        const body = event(source)
        const reply = await post(service, body, { headers: byGh(body) })
        expect(reply).toMatchObject({ status: 401, body: { code: 'signature_invalid' } })
      }
    })

    test('a signature in the header of another source does not count', async () => {
      const body = event('gh')
      expect((await post(service, body, { headers: { 'x-forge-signature': hmac(body, 'env:GH') } })).status).toBe(401)
    })

    test('one wrong signature beside the right one changes nothing', async () => {
      const body = event('gh')
      const headers = { ...byGh(body), 'x-forge-signature': 'sha256=0' }
      expect((await post(service, body, { headers })).status).toBe(202)
    })

    test('two signatures vouch for both sources of a batch, and for no third', async () => {
      const body = `[${event('gh')}, ${event('https://forge.example/hooks')}, ${event('stranger')}]`
      const reply = await post(service, body, { contentType: batchType, headers: { ...byGh(body), ...byForge(body) } })
      expect(reply.body.items).toMatchObject([{ status: 202 }, { status: 202 }, { status: 401 }])
    })

    test('a header that is there twice is no signature', async () => {
      const body = event('gh')
      const { port } = new URL(service.url)
      const message = request({ host: '127.0.0.1', port, method: 'POST', path: '/v1/events' })
      message.setHeader('content-type', 'application/cloudevents+json')
      message.appendHeader('x-hub-signature-256', hmac(body, 'env:GH')).appendHeader('x-hub-signature-256', 'sha256=0')
      message.end(body)
      const [reply] = await once(message, 'response')
      expect([reply.statusCode, await json(reply)]).toMatchObject([
        401,
        { detail: expect.stringContaining('the header x-hub-signature-256 appears 2 times') },
      ])
    })

    for (const { title, body, status } of [
      { title: 'not JSON', body: '{"source": "gh"', status: 400 },
      { title: 'not UTF-8 as JSON has to be', body: '\0', status: 400 },
      { title: 'nested too deep', body: `{"source": "gh", "data": ${'['.repeat(200)}`, status: 400 },
      { title: 'a list', body: '[]', status: 422 },
      { title: 'without a source', body: '{"specversion": "1.0"}', status: 422 },
      { title: 'with a source that is no text', body: event(7), status: 422 },
    ]) {
      test(`a body that is ${title} is called so if it is signed`, async () => {
        expect((await post(service, body, { headers: byGh(body) })).status).toBe(status)
        expect((await post(service, body)).status).toBe(unlisted === 'refuse' ? 401 : status)
      })
    }

    test('an unsigned event of a listed source is refused before the rest of it is looked at', async () => {
      expect((await post(service, JSON.stringify({ source: 'gh', id: 7 }))).status).toBe(401)
    })

    test(`another source without a signature is ${unlisted}d`, async () => {
      const alone = await post(service, event('stranger'))
      const together = await post(service, `[${event('stranger')}]`, { contentType: batchType })
      const attributes = { 'ce-specversion': '1.0', 'ce-id': randomUUID(), 'ce-source': 'stranger', 'ce-type': type }
      const binary = await post(service, JSON.stringify(data), { contentType: 'application/json', headers: attributes })
      const [member] = together.body.items
      const answers = [
        [alone.status, alone.body.trigger?.unsigned],
        [member.status, member.evaluation?.trigger.unsigned],
        [binary.status, binary.body.trigger?.unsigned],
      ]
      const one = unlisted === 'refuse' ? [401, undefined] : [202, true]
      expect(answers).toEqual([one, one, one])
    })

    test("a signature of a secret that is nobody's does not open the door", async () => {
      const body = event('stranger')
      const reply = await post(service, body, { headers: { 'x-hub-signature-256': hmac(body, 'env:OTHER') } })
      expect(reply.status).toBe(unlisted === 'refuse' ? 401 : 202)
    })
  })
}

describe('without any signature in the settings', () => {
  for (const { unlisted, status } of [
    { unlisted: 'refuse', status: 401 },
    { unlisted: 'accept', status: 202 },
    { unlisted: undefined, status: 202 },
  ]) {
    test(`events.unlisted: ${unlisted} answers an event with ${status}`, async () => {
      const service = await start({ unlisted })
      try {
        const reply = await post(service, event('gh'))
        expect([reply.status, reply.body.trigger?.unsigned]).toEqual([status, undefined])
      } finally {
        await service.stop()
      }
    })
  }
})
