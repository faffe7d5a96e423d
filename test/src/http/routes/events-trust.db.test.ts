import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startService, type Reply, type TestService } from '../../../support/service.ts'

/** What events without a signature can do to evaluations, while others have to sign. */

let service: TestService
beforeAll(async () => {
  service = await startService({
    files: { 'shop/slo.yaml': 'objectives: [{sli: a, pass: [{criteria: ["<1"]}]}]\ntotal_score: {pass: "90%"}\n' },
    settings: {
      events: {
        unlisted: 'accept',
        signatures: [
          { source: 'gh', kind: 'hmac', secret: 'env:GH' },
          { source: 'forge', kind: 'hmac', secret: 'env:FORGE' },
        ],
      },
    },
    env: { GH: 'x', FORGE: 'x' },
  })
})
afterAll(() => service.stop())

const secrets: Readonly<Record<string, string>> = { gh: 'env:GH', './GH': 'env:GH', forge: 'env:FORGE' }

/** Signed if the source is one that has to. */
function send(kind: string, source: string, attributes: object = {}, data: object = {}): Promise<Reply> {
  const body = JSON.stringify({
    specversion: '1.0',
    id: randomUUID(),
    source,
    type: `sh.keptn.event.${kind}`,
    ...attributes,
    data: { project: 'shop', stage: 'staging', service: 'carts', ...data },
  })
  const secret = secrets[source]
  const signature = createHmac('sha256', `secret of ${secret}`).update(body).digest('hex')
  const headers = {
    'content-type': 'application/cloudevents+json',
    ...(secret !== undefined && { 'x-hub-signature-256': `sha256=${signature}` }),
  }
  return service.request('POST', '/v1/events', { headers, body })
}

/** Ends errored, as nothing measures the indicator. */
async function triggered(source: string, id: string = randomUUID()): Promise<Reply['body']> {
  const { body } = await send('evaluation.triggered', source, { id })
  return (await service.request('GET', `/v1/evaluations/${body.id}`, { headers: { prefer: 'wait=20' } })).body
}

describe('an evaluation', () => {
  for (const { of, by, status } of [
    { of: 'gh', by: 'gh', status: 200 },
    { of: 'gh', by: './GH', status: 200 },
    { of: 'gh', by: 'forge', status: 200 },
    { of: 'gh', by: 'stranger', status: 403 },
    { of: 'stranger', by: 'stranger', status: 200 },
    { of: 'stranger', by: 'Stranger/', status: 200 },
    { of: 'stranger', by: 'gh', status: 200 },
    { of: 'stranger', by: 'another', status: 403 },
  ]) {
    test(`that ${of} triggered ${status === 200 ? 'can' : 'cannot'} be invalidated by ${by}`, async () => {
      const { id, trigger } = await triggered(of)
      const reply = await send('evaluation.invalidated', by, { triggeredid: trigger.id })
      expect(reply.status).toBe(status)
      const { body } = await service.request('GET', `/v1/evaluations/${id}`)
      const isDone = status === 200
      expect([reply.body.code, body.invalidation?.by]).toEqual(
        isDone ? [undefined, by] : ['invalidation_denied', undefined],
      )
    })
  }

  test('that a caller asked for can only be invalidated by a source that signs', async () => {
    const { body } = await service.evaluate({ indicators: [{ metric: 'a', value: 2 }] })
    const invalidate = (source: string) => send('evaluation.invalidated', source, { triggeredid: body.id })
    expect(await invalidate('stranger')).toMatchObject({ status: 403, body: { code: 'invalidation_denied' } })
    expect((await invalidate('forge')).status).toBe(200)
  })

  test('is not hidden by an unsigned one whose trigger has the same id', async () => {
    const signed = await triggered('gh', 'same-id')
    const unsigned = await triggered('stranger', 'same-id')
    expect(unsigned.id).not.toBe(signed.id)
    const own = await send('evaluation.invalidated', 'stranger', { triggeredid: 'same-id' })
    expect([own.status, own.body.id]).toEqual([200, unsigned.id])
    const reply = await send('evaluation.invalidated', 'gh', { triggeredid: 'same-id' })
    expect([reply.status, reply.body.id]).toEqual([200, signed.id])
  })
})

test('an unsigned trigger does not join an evaluation that a signed one triggered, so it cannot take its answer', async () => {
  const shkeptncontext = randomUUID()
  const end = new Date(Date.now() + 3_600_000).toISOString()
  const data = { evaluation: { start: new Date().toISOString(), end } }
  const signed = await send('staging.evaluation.triggered', 'gh', { shkeptncontext }, data)
  const unsigned = await send('evaluation.triggered', 'stranger', { shkeptncontext }, data)
  expect(unsigned.status).toBe(202)
  expect(unsigned.body.id).not.toBe(signed.body.id)
  expect(unsigned.body.trigger).toMatchObject({ source: 'stranger', unsigned: true })
  const later = await send('evaluation.triggered', 'forge', { shkeptncontext }, data)
  expect(later.body).toMatchObject({ id: signed.body.id, trigger: { source: 'forge', joined: { source: 'gh' } } })
})
