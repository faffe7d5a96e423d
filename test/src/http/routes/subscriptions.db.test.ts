import { createServer } from 'node:http'
import { pino, type Logger } from 'pino'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { finishedType, startedType } from '../../../../src/announcing/keptn-events.ts'
import { openDatabase } from '../../../../src/storage/engine/database.ts'
import { prepareDatabase, type PreparedDatabase } from '../../../support/database.ts'
import { startReceiver, type Received, type Receiver } from '../../../support/receiver.ts'
import { startService, type TestService } from '../../../support/service.ts'

const path = '/v1/subscriptions'
const slo = 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n'
const passing = { slo, indicators: [{ metric: 'a', value: 1 }] }
const failing = { slo, indicators: [{ metric: 'a', value: 11 }] }
const secret = 'a secret that is long enough for everybody'

let receiver: Receiver
let database: PreparedDatabase
let service: TestService
beforeEach(async () => {
  receiver = await startReceiver()
  database = await prepareDatabase()
  service = await start()
})
afterEach(async () => {
  await service.stop()
  await database.remove()
  await receiver.stop()
})

/** The sink of its pharos.yaml leads to the receiver too, under /file, and wants what was invalidated only. */
function start(
  env: Readonly<Record<string, string>> = { PHAROS_SECRET_KEY: secret },
  log?: Logger,
): Promise<TestService> {
  const url = receiver.url.replace('/events', '/file')
  return startService({
    database,
    env,
    ...(log === undefined ? {} : { log }),
    settings: {
      // Its secret is for nobody who has a token.
      sinks: [{ name: 'ci', url: `${url}?token=s3cret`, types: ['evaluation.invalidated'] }],
      subscriptions: { allow: ['127.0.0.0/8'] },
      limits: { poll: '100ms' },
    },
  })
}

async function subscribe(wanted: object = {}) {
  const { status, body } = await service.request('POST', path, { body: { url: receiver.url, ...wanted } })
  expect(status).toBe(201)
  return body
}

const get = async (id: string) => (await service.request('GET', `${path}/${id}`)).body
const types = () => receiver.received.map(({ event }) => event.type)
const deliveriesOf = async (id: string, query = '') =>
  (await service.request('GET', `${path}/${id}/deliveries${query}`)).body

/** Resolves when the subscription is as it should be. */
async function until(id: string, isSo: (subscription: Record<string, unknown>) => boolean): Promise<void> {
  while (!isSo(await get(id))) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('a subscription', () => {
  test('is told of what happens from then on, signed with the key that it was given', async () => {
    await service.evaluate(passing)
    const { id, signingKey } = await subscribe()
    await service.evaluate(passing)
    await receiver.until(({ length }) => length === 2)
    expect(types()).toEqual([startedType, finishedType])
    for (const { body, headers, event, contentType } of receiver.received) {
      expect(new Webhook(signingKey).verify(body, headers)).toEqual(event)
      expect(headers['webhook-id']).toBe(event.id)
      expect(contentType).toBe('application/cloudevents+json; charset=utf-8')
    }
    await until(id, ({ waiting }) => waiting === 0)
  })

  test('is shown as it was made, without its key', async () => {
    const filter = { projects: ['shop'], stages: null, services: null, results: ['pass'] }
    const created = await subscribe({
      types: ['evaluation.finished'],
      filter: { projects: ['shop'], results: ['pass'] },
    })
    const { signingKey, ...shown } = created
    expect(signingKey).toMatch(/^whsec_/)
    expect(shown).toMatchObject({
      origin: 'api',
      url: receiver.url,
      types: ['evaluation.finished'],
      filter,
      enabled: true,
      paused: false,
      disabledBecause: null,
      key: { generation: 1, earlier: [], isAtHand: true },
      waiting: 0,
      givenUp: 0,
    })
    expect(await get(created.id)).toEqual(shown)
    const { body } = await service.request('GET', path)
    expect(body.items.map(({ id, origin }: { id: string; origin: string }) => [id, origin])).toEqual([
      ['ci', 'file'],
      [created.id, 'api'],
    ])
    expect(JSON.stringify(body)).not.toContain('whsec_')
  })

  test('is shown without the values of its query, which are sent, and cannot be lost by a round trip', async () => {
    const url = `${receiver.url}?token=s3cret&s3cret`
    const { id, ...created } = await subscribe({ url })
    const shown = `${receiver.url}?token=***&***`
    expect([created['url'], (await get(id)).url]).toEqual([shown, shown])
    await service.request('PATCH', `${path}/${id}`, { body: { paused: false } })
    for (const [method, where] of [
      ['PATCH', `${path}/${id}`],
      ['POST', path],
    ] as const) {
      const { status, body } = await service.request(method, where, { body: { url: shown } })
      expect([status, body.errors]).toEqual([
        422,
        [
          {
            pointer: '/url',
            code: 'invalid_value',
            message: 'holds *** where an answer hides a value: give the whole URL',
          },
        ],
      ])
    }
    expect((await service.request('POST', `${path}/${id}/test`)).body).toMatchObject({ ok: true })
    expect(JSON.stringify((await service.request('GET', path)).body)).not.toContain('s3cret')
  })

  test('is sent to where its address leads, however that is written', async () => {
    const { port } = new URL(receiver.url)
    const { url, id } = await subscribe({ url: `HTTP://127.1:${port}/a/../events#now` })
    expect(url).toBe(receiver.url)
    expect((await get(id)).url).toBe(receiver.url)
  })

  test('is told of nothing that its filter does not hold', async () => {
    await subscribe({ filter: { results: ['fail'], services: ['carts'] } })
    await subscribe({ filter: { stages: ['prod'] } })
    await subscribe({ types: ['evaluation.started'], filter: { projects: ['shop'] } })
    await service.evaluate(passing)
    const { body: failed } = await service.evaluate(failing)
    await receiver.until(({ length }) => length === 3)
    expect(types().toSorted()).toEqual([finishedType, startedType, startedType])
    const [finished] = receiver.received.filter(({ event }) => event.type === finishedType)
    expect(finished?.event['triggeredid']).toBe(failed.id)
  })

  test('that is paused gets afterwards what happened meanwhile, in order', async () => {
    const { id } = await subscribe({ paused: true })
    const { body: first } = await service.evaluate(passing)
    const { body: second } = await service.evaluate(passing)
    expect(await get(id)).toMatchObject({ waiting: 4, paused: true })
    expect(receiver.received).toEqual([])
    const { body } = await service.request('PATCH', `${path}/${id}`, { body: { paused: false } })
    expect(body).toMatchObject({ paused: false, enabled: true })
    await receiver.until(({ length }) => length === 4)
    expect(receiver.received.map(({ event }) => event['triggeredid'])).toEqual([
      first.id,
      first.id,
      second.id,
      second.id,
    ])
  })

  test('that is disabled never hears of what happened meanwhile, unless it is asked for', async () => {
    const { id } = await subscribe({ enabled: false })
    const { body: missed } = await service.evaluate(passing)
    await service.request('PATCH', `${path}/${id}`, { body: { enabled: true } })
    const { body: heard } = await service.evaluate(passing)
    await receiver.until(({ length }) => length === 2)
    expect(receiver.received.map(({ event }) => event['triggeredid'])).toEqual([heard.id, heard.id])

    const { status, body } = await service.request('POST', `${path}/${id}/redeliver`, {
      body: { since: missed.acceptedAt },
    })
    expect([status, body]).toEqual([202, { events: 4 }])
    await receiver.until(({ length }) => length === 6)
    const [before, after] = [receiver.received.slice(0, 2), receiver.received.slice(2)]
    expect(after.map(({ event }) => event['triggeredid'])).toEqual([missed.id, missed.id, heard.id, heard.id])
    expect(after.slice(2).map(({ body: bytes }) => bytes)).toEqual(before.map(({ body: bytes }) => bytes))
  })

  test('that says it is gone is disabled, and goes on where it was when it is enabled', async () => {
    const { id } = await subscribe({ paused: true })
    await service.evaluate(passing)
    receiver.answers.push(410)
    await service.request('PATCH', `${path}/${id}`, { body: { paused: false } })
    await until(id, ({ enabled }) => enabled === false)
    expect(await get(id)).toMatchObject({ enabled: false, disabledBecause: 'answered 410', waiting: 2 })
    await service.evaluate(passing)
    expect(receiver.received.length).toBe(1)
    const { body } = await service.request('PATCH', `${path}/${id}`, { body: { enabled: true } })
    expect(body).toMatchObject({ enabled: true, disabledBecause: null })
    await receiver.until(({ length }) => length === 3)
    expect(types()).toEqual([startedType, startedType, finishedType])
  })

  test('is changed in what is named, and stays as it was in everything else', async () => {
    const { id } = await subscribe({ types: ['evaluation.started'], filter: { projects: ['shop'], stages: ['prod'] } })
    const change = async (body: object) => (await service.request('PATCH', `${path}/${id}`, { body })).body
    const lists = { projects: null, stages: null, services: null, results: null }
    expect(await change({ paused: true })).toMatchObject({
      types: ['evaluation.started'],
      filter: { ...lists, projects: ['shop'], stages: ['prod'] },
      paused: true,
    })
    expect(await change({ types: null })).toMatchObject({
      types: null,
      filter: { ...lists, projects: ['shop'], stages: ['prod'] },
    })
    expect(await change({ filter: { services: ['carts'] } })).toMatchObject({
      types: null,
      filter: { ...lists, services: ['carts'] },
    })
    expect(await change({ filter: null })).toMatchObject({ filter: lists, paused: true, url: receiver.url })
  })

  test('that ends is sent nothing more, and nobody knows it', async () => {
    const { id } = await subscribe({ paused: true })
    await service.evaluate(passing)
    expect((await service.request('DELETE', `${path}/${id}`)).status).toBe(204)
    expect(await service.request('DELETE', `${path}/${id}`)).toMatchObject({
      status: 404,
      body: { code: 'subscription_not_found' },
    })
    expect((await service.request('GET', `${path}/${id}/deliveries`)).status).toBe(404)
    await service.evaluate(passing)
    expect(receiver.received).toEqual([])
  })

  test('that ends while events are sent to it one after the other is not sent the next', async () => {
    const { id } = await subscribe({ paused: true, types: ['evaluation.finished'] })
    for (let build = 1; build <= 4; build++) await service.evaluate(passing)
    receiver.answers.push('silence')
    await service.request('PATCH', `${path}/${id}`, { body: { paused: false } })
    await receiver.until(({ length }) => length === 1)
    expect((await service.request('DELETE', `${path}/${id}`)).status).toBe(204)
    receiver.speak()
    const later = await subscribe({ types: ['evaluation.finished'] })
    await service.evaluate(passing)
    await until(later.id, ({ waiting }) => waiting === 0)
    expect(receiver.received).toHaveLength(2)
  })

  test('is the same one whatever the case of its id', async () => {
    const { id } = await subscribe({ types: ['evaluation.finished'] })
    const upper = id.toUpperCase()
    await service.evaluate(passing)
    await until(id, ({ waiting }) => waiting === 0)
    expect(await get(upper)).toMatchObject({ id })
    expect((await deliveriesOf(upper)).items).toHaveLength(1)
    const { body: rotated } = await service.request('POST', `${path}/${upper}/rotate-key`)
    expect(rotated).toMatchObject({ generation: 2 })
    const [{ event }] = receiver.received as [Received]
    await service.request('POST', `${path}/${upper}/deliveries/${event.id.toUpperCase()}/redeliver`)
    await receiver.until(({ length }) => length === 2)
    expect((await service.request('PATCH', `${path}/${upper}`, { body: { paused: true } })).body).toMatchObject({ id })
    expect((await service.request('DELETE', `${path}/${upper}`)).status).toBe(204)
    expect((await service.request('GET', `${path}/${id}`)).status).toBe(404)
  })

  test('that does not answer delays no other', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    await subscribe({ url: `http://127.0.0.1:${port}/` })
    await subscribe()
    for (let build = 1; build <= 12; build++) await service.evaluate(passing)
    await receiver.until(({ length }) => length === 24)
    expect(types().filter((type) => type === finishedType).length).toBe(12)
    silent.closeAllConnections()
    silent.close()
  })
})

const hoursUntil = ({ until: end }: { readonly until: string }): number => (Date.parse(end) - Date.now()) / 3_600_000

describe('a key', () => {
  test('that follows another is used with it for a while', async () => {
    const { id, signingKey: first } = await subscribe()
    const { status, headers, body } = await service.request('POST', `${path}/${id}/rotate-key`, {
      body: { overlap: '1d' },
    })
    expect(status).toBe(201)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({ generation: 2, isAtHand: true, earlier: [{ generation: 1 }] })
    expect(hoursUntil(body.earlier[0])).toBeCloseTo(24, 1)
    await service.evaluate(passing)
    await receiver.until(({ length }) => length === 2)
    for (const { body: bytes, headers: sent } of receiver.received) {
      for (const key of [first, body.signingKey]) new Webhook(key).verify(bytes, sent)
    }
  })

  test('that follows another twice, because the answer was lost, ends none before its time', async () => {
    const { id, signingKey: first } = await subscribe()
    const rotate = async (overlap: string) =>
      (await service.request('POST', `${path}/${id}/rotate-key`, { body: { overlap } })).body
    await rotate('2h')
    const { signingKey: third, earlier } = await rotate('24h')
    expect(earlier.map((key: { readonly generation: number }) => key.generation)).toEqual([2, 1])
    expect(earlier.map(hoursUntil)).toEqual([expect.closeTo(24, 1), expect.closeTo(2, 1)])
    await service.request('POST', `${path}/${id}/test`, { body: '' })
    const [sent] = receiver.received
    for (const key of [first, third]) new Webhook(key).verify(sent?.body ?? '', sent?.headers ?? {})
    for (let times = 0; times < 4; times++) await rotate('1h')
    expect((await get(id)).key).toMatchObject({
      generation: 7,
      earlier: [{ generation: 6 }, { generation: 5 }, { generation: 4 }, { generation: 3 }],
    })
    expect(await rotate('0s')).toMatchObject({ generation: 8, earlier: [] })
  })

  test('that follows another at once ends it', async () => {
    const { id, signingKey: first } = await subscribe()
    const { body } = await service.request('POST', `${path}/${id}/rotate-key`, { body: { overlap: '0s' } })
    expect(body.earlier).toEqual([])
    await service.request('POST', `${path}/${id}/test`)
    const [sent] = receiver.received
    new Webhook(body.signingKey).verify(sent?.body ?? '', sent?.headers ?? {})
    expect(() => new Webhook(first).verify(sent?.body ?? '', sent?.headers ?? {})).toThrow('No matching signature')
  })

  test('is kept nowhere, and neither is the secret that it comes from', async () => {
    await service.stop()
    const log: string[] = []
    service = await start(undefined, pino({ level: 'trace' }, { write: (line) => void log.push(line) }))
    const { id, signingKey: first } = await subscribe()
    const { body } = await service.request('POST', `${path}/${id}/rotate-key`)
    await service.evaluate(passing)
    await until(id, ({ waiting }) => waiting === 0)
    await service.stop()
    const opened = await openDatabase({ ...database, log: pino({ level: 'silent' }) })
    const { rows: tables } = await opened.pool.query<{ name: string }>(
      `select quote_ident(t.table_name) as name from information_schema.tables as t where t.table_schema = 'public'`,
    )
    const kept: string[] = []
    for (const { name } of tables) {
      const { rows } = await opened.pool.query<{ row: string }>(`select t::text as row from ${name} as t`)
      kept.push(...rows.map(({ row }) => row))
    }
    await opened.close()
    service = await start()
    expect(kept.some((row) => row.includes(id))).toBe(true)
    expect(log.some((line) => line.includes(id))).toBe(true)
    const encoded = [first, body.signingKey].map((key: string) => key.replace('whsec_', ''))
    const inHexadecimal = encoded.map((key) => Buffer.from(key, 'base64').toString('hex'))
    for (const found of [...encoded, ...inHexadecimal, secret]) {
      expect([...kept, ...log].filter((text) => text.includes(found))).toEqual([])
    }
  })

  test('of a sink of pharos.yaml signs it from then on', async () => {
    expect(await get('ci')).toMatchObject({ origin: 'file', key: null, createdAt: null })
    await service.request('POST', `${path}/ci/test`)
    const { body } = await service.request('POST', `${path}/ci/rotate-key`)
    expect(body).toMatchObject({ generation: 1, earlier: [] })
    await service.request('POST', `${path}/ci/test`)
    const [unsigned, signed] = receiver.received
    expect(unsigned?.headers['webhook-signature']).toBeUndefined()
    new Webhook(body.signingKey).verify(signed?.body ?? '', signed?.headers ?? {})
  })

  test('whose secret is another one now sends nothing, and loses nothing', async () => {
    const { id, signingKey: first } = await subscribe()
    await service.stop()
    service = await start({ PHAROS_SECRET_KEY: 'another secret that is long enough, too' })
    expect(await get(id)).toMatchObject({ key: { generation: 1, isAtHand: false } })
    await service.evaluate(passing)
    await until(id, ({ waiting }) => waiting === 2)
    expect((await service.request('POST', `${path}/${id}/test`)).body).toMatchObject({
      ok: false,
      message: 'cannot be signed: PHAROS_SECRET_KEY is not the one that its key was derived from',
    })
    expect(receiver.received).toEqual([])

    const { body } = await service.request('POST', `${path}/${id}/rotate-key`)
    expect(body).toMatchObject({ generation: 2, earlier: [], isAtHand: true })
    expect(body.signingKey).not.toBe(first)
    await receiver.until(({ length }) => length === 2)
    for (const { body: bytes, headers } of receiver.received) new Webhook(body.signingKey).verify(bytes, headers)
  })

  test('cannot be had without a secret, and there is no subscription without a key', async () => {
    await service.stop()
    service = await start({})
    for (const [at, body] of [
      [path, { url: receiver.url }],
      [`${path}/ci/rotate-key`, {}],
    ] as const) {
      expect(await service.request('POST', at, { body })).toMatchObject({
        status: 422,
        body: { code: 'signing_secret_missing', detail: expect.stringContaining('PHAROS_SECRET_KEY') },
      })
    }
    expect((await service.request('GET', path)).body.items.length).toBe(1)
  })
})

describe('a test event', () => {
  test('is sent at once, also to a subscription that is disabled, and is no evaluation’s', async () => {
    const { id, signingKey } = await subscribe({ enabled: false })
    const { status, body } = await service.request('POST', `${path}/${id}/test`)
    expect([status, body]).toEqual([200, { ok: true, message: 'the event was taken', durationMs: expect.any(Number) }])
    const [sent] = receiver.received
    expect(sent?.event).toMatchObject({ type: 'pharos.subscription.test', data: { subscription: id } })
    new Webhook(signingKey).verify(sent?.body ?? '', sent?.headers ?? {})
    expect((await deliveriesOf(id)).items).toEqual([])
  })

  test('that is refused says so', async () => {
    const { id } = await subscribe()
    receiver.answers.push(401)
    expect((await service.request('POST', `${path}/${id}/test`)).body).toMatchObject({
      ok: false,
      message: 'answered 401',
    })
  })
})

test('the service stops at once though somebody waits for a test event of a receiver that says nothing', async () => {
  const { id } = await subscribe()
  receiver.answers.push('silence')
  const tried = service.request('POST', `${path}/${id}/test`)
  await receiver.until(({ length }) => length === 1)
  const began = performance.now()
  await service.stop()
  expect(performance.now() - began).toBeLessThan(5_000)
  expect((await tried).body).toMatchObject({ ok: false, message: 'the service stopped' })
  service = await start()
})

test('a page of another site can change nothing, and a program names no site', async () => {
  const { id } = await subscribe()
  const rotate = (headers: Record<string, string>) => service.request('POST', `${path}/${id}/rotate-key`, { headers })
  const { port } = new URL(service.url)
  for (const origin of ['http://evil.example', 'null', `http://127.0.0.1.evil.example:${port}`, 'http://127.0.0.1:1']) {
    expect(await rotate({ origin })).toMatchObject({ status: 403, body: { code: 'cross_origin' } })
  }
  expect((await get(id)).key).toMatchObject({ generation: 1 })
  for (const headers of [{ origin: service.url }, {}]) expect((await rotate(headers)).status).toBe(201)
})

test('a sink of pharos.yaml that was gone is sent to again once it takes a test event', async () => {
  const { body: evaluation } = await service.evaluate(passing)
  receiver.answers.push(410)
  const event = { specversion: '1.0', id: 'i1', source: 'bridge', type: 'sh.keptn.event.evaluation.invalidated' }
  const data = { project: 'shop', stage: 'staging', service: 'carts' }
  await service.request('POST', '/v1/events', { body: { ...event, triggeredid: evaluation.id, data } })
  await until('ci', ({ enabled }) => enabled === false)
  expect(await get('ci')).toMatchObject({ disabledBecause: 'answered 410', waiting: 1 })
  expect((await service.request('POST', `${path}/ci/test`)).body).toMatchObject({ ok: true })
  await until('ci', ({ waiting }) => waiting === 0)
  expect(await get('ci')).toMatchObject({ enabled: true, disabledBecause: null })
  expect(types().filter((type) => type.endsWith('.invalidated'))).toHaveLength(2)
})

test('what is older than events.retention is removed by a service that runs', async () => {
  const { id } = await subscribe()
  await service.evaluate(passing)
  await until(id, ({ waiting }) => waiting === 0)
  expect((await deliveriesOf(id)).items).toHaveLength(2)
  await service.stop()
  const opened = await openDatabase({ ...database, log: pino({ level: 'silent' }) })
  await opened.pool.query(`update outbox set written_at = written_at - interval '721 hours'`)
  await opened.close()
  service = await start()
  while ((await deliveriesOf(id)).items.length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  const again = await service.request('POST', `${path}/${id}/redeliver`, { body: { since: '2000-01-01T00:00:00Z' } })
  expect(again.body).toEqual({ events: 0 })
})

describe('deliveries', () => {
  test('are listed newest first, page by page, by state', async () => {
    const { id } = await subscribe({ types: ['evaluation.finished'] })
    receiver.answers.push(204, 400, 503)
    for (let build = 1; build <= 3; build++) await service.evaluate(passing)
    await until(id, ({ waiting, givenUp }) => waiting === 0 && givenUp === 1)
    const { items } = await deliveriesOf(id)
    expect(items.map(({ state, attempts }: { state: string; attempts: number }) => [state, attempts])).toEqual([
      ['delivered', 2],
      ['given_up', 1],
      ['delivered', 1],
    ])
    expect(items[1]).toMatchObject({
      eventType: finishedType,
      lastError: 'answered 400',
      deliveredAt: null,
      givenUpAt: expect.any(String),
      dueAt: null,
    })
    const first = await deliveriesOf(id, '?limit=2')
    const second = await deliveriesOf(id, `?limit=2&cursor=${first.page.next}`)
    expect([...first.items, ...second.items]).toEqual(items)
    expect(second.page.next).toBeNull()
    const back = await deliveriesOf(id, `?limit=2&cursor=${second.page.prev}`)
    expect(back).toEqual({ items: first.items, page: { next: expect.any(String), prev: null } })
    expect(await deliveriesOf(id, `?limit=2&cursor=${back.page.next}`)).toEqual(second)
    expect((await deliveriesOf(id, '?state=given_up')).items).toEqual([items[1]])
  })

  test('are made again: one that was given up, one that was taken, the same bytes', async () => {
    const { id } = await subscribe({ types: ['evaluation.finished'] })
    receiver.answers.push(400)
    await service.evaluate(passing)
    await service.evaluate(passing)
    await until(id, ({ waiting, givenUp }) => waiting === 0 && givenUp === 1)
    for (const { event } of receiver.received.slice(0, 2)) {
      const again = await service.request('POST', `${path}/${id}/deliveries/${event.id}/redeliver`)
      expect(again.status).toBe(202)
    }
    await receiver.until(({ length }) => length === 4)
    const sent = receiver.received.map(({ body }) => body)
    expect(sent.slice(2)).toEqual(sent.slice(0, 2))
    await until(id, ({ waiting, givenUp }) => waiting === 0 && givenUp === 0)
  })

  test('since a time are made again of what the filter wants now, and wait while it is paused', async () => {
    const { id, createdAt } = await subscribe({ types: ['evaluation.finished'] })
    for (const evaluation of [passing, failing, passing]) await service.evaluate(evaluation)
    await until(id, ({ waiting }) => waiting === 0)
    await service.request('PATCH', `${path}/${id}`, { body: { paused: true, filter: { results: ['fail'] } } })
    const since = `${new Date(Date.parse(createdAt) + 3_600_000).toISOString().slice(0, -1)}+0100`
    const { status, body } = await service.request('POST', `${path}/${id}/redeliver`, { body: { since } })
    expect([status, body]).toEqual([202, { events: 1 }])
    expect(await get(id)).toMatchObject({ waiting: 1 })
    const [, failed] = receiver.received
    await service.request('PATCH', `${path}/${id}`, { body: { paused: false } })
    await receiver.until(({ length }) => length === 4)
    expect(receiver.received[3]?.body).toBe(failed?.body)
  })

  test('of a sink of pharos.yaml are listed and made again too', async () => {
    const { body: evaluation } = await service.evaluate(passing)
    const { body } = await service.request('POST', `${path}/ci/redeliver`, { body: { since: evaluation.acceptedAt } })
    expect(body).toEqual({ events: 0 })
    expect(await deliveriesOf('ci')).toEqual({ items: [], page: { next: null, prev: null } })
  })

  test('that nobody knows are 404', async () => {
    const { id } = await subscribe()
    for (const eventId of ['e1', id]) {
      expect(await service.request('POST', `${path}/${id}/deliveries/${eventId}/redeliver`)).toMatchObject({
        status: 404,
        body: { code: 'delivery_not_found' },
      })
    }
  })
})

describe('what is wrong is said', () => {
  for (const { body, pointer, message } of [
    { body: {}, pointer: '/url', message: 'must be a string' },
    { body: { url: 'https://ci.example/\0' }, pointer: '/url', message: 'must be an http or https URL' },
    { body: { url: ' https://ci.example/\n' }, pointer: '/url', message: 'must be an http or https URL' },
    { body: { url: 'https://ci.example/\ud800' }, pointer: '/url', message: 'must be an http or https URL' },
    {
      body: { url: `https://ci.example/${'€'.repeat(300)}` },
      pointer: '/url',
      message: 'at most 2048 characters as it is sent, and has 2719',
    },
    { body: { url: 'https://ci..example/' }, pointer: '/url', message: 'must be an http or https URL' },
    { body: { url: `https://${'x'.repeat(64)}.example/` }, pointer: '/url', message: 'must be an http or https URL' },
    { body: { url: 'http://ci.example:0/' }, pointer: '/url', message: 'must be an http or https URL' },
    { body: { url: 'ci.example' }, pointer: '/url', message: 'must be an http or https URL' },
    { body: { url: 'ftp://ci.example/' }, pointer: '/url', message: 'must be an http or https URL' },
    { body: { url: 'https://me:pw@ci.example/' }, pointer: '/url', message: 'without user and password' },
    { body: { url: `https://ci.example/${'x'.repeat(2048)}` }, pointer: '/url', message: '2048' },
    { body: { url: 'http://10.0.0.1/' }, pointer: '/url', message: '10.0.0.1 is not public' },
    { body: { url: 'http://169.254.169.254/' }, pointer: '/url', message: 'is never sent to' },
    { body: { url: 'http://[::ffff:169.254.169.254]/' }, pointer: '/url', message: 'is never sent to' },
    { body: { url: 'http://127.0.0.1/', types: [] }, pointer: '/types', message: 'must not be empty' },
    { body: { url: 'http://127.0.0.1/', types: ['finished'] }, pointer: '/types/0', message: 'evaluation.started or' },
    {
      body: { url: 'http://127.0.0.1/', filter: { project: ['a'] } },
      pointer: '/filter/project',
      message: 'the fields here are projects, stages, services, results',
    },
    { body: { url: 'http://127.0.0.1/', filter: { results: ['ok'] } }, pointer: '/filter/results/0', message: 'pass' },
    {
      body: { url: 'http://127.0.0.1/', filter: { stages: ['a/b'] } },
      pointer: '/filter/stages/0',
      message: 'letters',
    },
    { body: { url: 'http://127.0.0.1/', enabled: 'yes' }, pointer: '/enabled', message: 'must be true or false' },
    { body: { url: 'http://127.0.0.1/', secret: 'x' }, pointer: '/secret', message: 'unknown field' },
  ]) {
    test(`of a new subscription ${JSON.stringify(body).slice(0, 80)}: ${message}`, async () => {
      const reply = await service.request('POST', path, { body })
      expect(reply.status).toBe(422)
      expect(reply.body.errors).toContainEqual(
        expect.objectContaining({ pointer, message: expect.stringContaining(message) }),
      )
    })
  }

  test('of changes, times, durations and cursors', async () => {
    const { id } = await subscribe()
    for (const [method, at, body, status, said] of [
      ['PATCH', `${path}/${id}`, {}, 422, 'at least one of url'],
      ['PATCH', `${path}/${id}`, { url: 'http://10.0.0.1/' }, 422, 'is not public'],
      ['PATCH', `${path}/${id}`, { paused: null }, 422, 'must be true or false, not null'],
      ['POST', `${path}/${id}/rotate-key`, { overlap: '8d' }, 422, 'from 0s to 7d'],
      ['POST', `${path}/${id}/rotate-key`, { overlap: '-1s' }, 422, 'from 0s to 7d'],
      ['POST', `${path}/${id}/redeliver`, {}, 422, 'RFC 3339'],
      ['POST', `${path}/${id}/redeliver`, { since: 'yesterday' }, 422, 'RFC 3339'],
      ['POST', `${path}/${id}/redeliver`, { since: '2026-11-27T08:00:00' }, 422, 'RFC 3339'],
      ['POST', `${path}/${id}/redeliver`, { since: '2026-11-31T08:00:00Z' }, 422, 'RFC 3339'],
      ['GET', `${path}/${id}/deliveries?cursor=x`, undefined, 400, 'page.next'],
      ['GET', `${path}/${id}/deliveries?limit=0`, undefined, 422, 'limit'],
      ['GET', `${path}/${id}/deliveries?state=dead`, undefined, 422, 'waiting'],
      ['PATCH', `${path}/ci`, { paused: true }, 409, 'change it there'],
      ['DELETE', `${path}/ci`, undefined, 409, 'change it there'],
      ['GET', `${path}/nobody`, undefined, 404, 'there is no subscription nobody'],
      ['PATCH', `${path}/nobody`, { paused: true }, 404, 'there is no subscription nobody'],
      ['DELETE', `${path}/nobody`, undefined, 404, 'there is no subscription nobody'],
      ['POST', `${path}/nobody/test`, undefined, 404, 'there is no subscription nobody'],
      ['POST', `${path}/nobody/rotate-key`, undefined, 404, 'there is no subscription nobody'],
      ['POST', `${path}/nobody/redeliver`, { since: '2026-11-27T08:00:00Z' }, 404, 'there is no subscription nobody'],
    ] as const) {
      const reply = await service.request(method, at, body === undefined ? {} : { body })
      expect([method, at, reply.status, JSON.stringify(reply.body)]).toEqual([
        method,
        at,
        status,
        expect.stringContaining(said),
      ])
    }
  })

  test('of the hundred and first subscription', async () => {
    for (let count = 1; count <= 97; count++) await subscribe({ paused: true })
    const body = { url: receiver.url, paused: true }
    const crowd = await Promise.all(Array.from({ length: 9 }, () => service.request('POST', path, { body })))
    expect(crowd.filter(({ status }) => status === 201)).toHaveLength(3)
    expect(crowd.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'too_many_subscriptions' })
  })
})
