import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startReceiver, type Receiver } from '../../support/receiver.ts'
import { evaluationsPath, startService, type Reply, type TestService } from '../../support/service.ts'

/** The service behind a proxy at https://ci.example/pharos, which strips the prefix or does not. */

const slo = 'objectives: [{sli: errors, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: "90%"}\n'
const evaluations = '/v1/projects/{project}/stages/{stage}/services/{service}/evaluations'
const pushed = { indicators: [{ metric: 'errors', value: 1 }] }

let receiver: Receiver
let service: TestService
beforeAll(async () => {
  receiver = await startReceiver()
  service = await startService({
    files: { 'shop/slo.yaml': slo },
    settings: {
      publicUrl: 'https://ci.example/pharos/',
      sinks: [{ name: 'ci', url: receiver.url }],
      subscriptions: { allow: ['127.0.0.1'] },
    },
    env: { PHAROS_SECRET_KEY: 'k'.repeat(32) },
  })
})
afterAll(async () => {
  await service.stop()
  await receiver.stop()
})

function trigger(): object {
  const data = { project: 'shop', stage: 'staging', service: 'carts' }
  const type = 'sh.keptn.event.evaluation.triggered'
  return { specversion: '1.0', id: randomUUID(), source: 'pipeline', type, data }
}

for (const prefix of ['/pharos', '']) {
  const send = (method: string, path: string, options: { headers?: Record<string, string>; body?: unknown } = {}) =>
    service.request(method, `${prefix}${path}`, options)

  describe(`behind a proxy that ${prefix === '' ? 'strips the prefix' : 'keeps the prefix'}`, () => {
    test('a new evaluation, a trigger and a subscription are where others find them', async () => {
      const evaluation = await send('POST', evaluationsPath, { headers: { prefer: 'wait=20' }, body: pushed })
      expect([evaluation.status, evaluation.headers.get('location')]).toEqual([
        201,
        `/pharos/v1/evaluations/${evaluation.body.id}`,
      ])
      const headers = { 'content-type': 'application/cloudevents+json' }
      const event = await send('POST', '/v1/events', { headers, body: trigger() })
      expect(event.headers.get('location')).toBe(`/pharos/v1/evaluations/${event.body.id}`)
      const subscription = await send('POST', '/v1/subscriptions', { body: { url: 'http://127.0.0.1:9/' } })
      expect(subscription.headers.get('location')).toBe(`/pharos/v1/subscriptions/${subscription.body.id}`)
    })

    test('a problem names the path that others see', async () => {
      const unknown = await send('GET', '/v1/evaluations/unknown?include=explanation')
      expect(unknown).toMatchObject({
        status: 404,
        body: { instance: '/pharos/v1/evaluations/unknown?include=explanation' },
      })
      const route = await send('GET', '/nowhere')
      expect(route.body).toMatchObject({
        detail: 'there is no GET /nowhere: see /pharos/openapi.json',
        instance: '/pharos/nowhere',
      })
      expect((await send('PUT', '/v1/events')).body.instance).toBe('/pharos/v1/events')
      const batch = await send('POST', '/v1/events', {
        headers: { 'content-type': 'application/cloudevents-batch+json' },
        body: [{}],
      })
      expect(batch.body.items[0].problem.instance).toBe('/pharos/v1/events')
    })

    test('health and the document are there, and the document names the public URL', async () => {
      expect((await send('GET', '/livez')).status).toBe(200)
      const { body } = await send('GET', '/openapi.json')
      expect(body.servers).toEqual([{ url: 'https://ci.example/pharos' }])
      const location = body.paths[evaluations].post.responses['202'].headers.Location.schema
      expect('/pharos/v1/evaluations/x').toMatch(new RegExp(location.pattern))
      expect(body.paths).toHaveProperty(['/v1/evaluations/{id}'])
    })
  })
}

test('a finished event links to its evaluation, and a started one does not', async () => {
  const { body } = await service.evaluate(pushed)
  await receiver.until((received) => of(received, body).length === 2)
  const [started, finished] = of(receiver.received, body).toSorted((one, other) =>
    other.event.type.localeCompare(one.event.type),
  )
  expect(started?.event.data['evaluation']).toEqual({ id: body.id })
  expect(finished?.event.data['evaluation']).toMatchObject({
    url: `https://ci.example/pharos/v1/evaluations/${body.id}`,
  })
})

function of(received: Receiver['received'], { id }: Reply['body']): Receiver['received'] {
  return received.filter(({ event }) => event['triggeredid'] === id)
}

test('without a public URL nothing has a prefix, a link or a server', async () => {
  const plain = await startService({ files: { 'shop/slo.yaml': slo } })
  try {
    const { body, headers } = await plain.evaluate(pushed)
    expect(headers.get('location')).toBe(`/v1/evaluations/${body.id}`)
    expect((await plain.request('GET', '/openapi.json')).body.servers).toBeUndefined()
  } finally {
    await plain.stop()
  }
})
