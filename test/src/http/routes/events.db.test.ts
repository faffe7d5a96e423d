import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGate, type Gate } from '../../../support/gate.ts'
import type { Script } from '../../../support/scripted-prometheus.ts'
import { startService, type Reply } from '../../../support/service.ts'

const files = {
  'shop/slo.yaml': 'objectives: [{sli: errors, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: "90%"}\n',
  'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {errors: errors}\n',
  'shop/staging/tested/prometheus/sli.yaml': `indicators: {errors: 'errors{by="$TESTSTRATEGY $SOURCE"}'}\n`,
}

const script: Script = {
  errors: { kind: 'value', value: 1 },
  'errors{by="performance shipyard-controller"}': { kind: 'value', value: 2 },
}

let gate: Gate
beforeAll(async () => {
  gate = await startGate(script, files)
})
afterAll(() => gate.stop())

const taskType = 'sh.keptn.event.evaluation.triggered'

interface Attributes {
  readonly id: string
  readonly [attribute: string]: unknown
}

/** A trigger as Keptn's control plane sends it. */
function triggered(name: string, parts: object = {}, data: object = {}): Attributes {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: 'shipyard-controller',
    type: taskType,
    contenttype: 'application/json',
    shkeptncontext: randomUUID(),
    shkeptnspecversion: '0.2.4',
    data: { project: 'shop', stage: 'staging', service: name, ...data },
    ...parts,
  }
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return gate.service.request('POST', '/v1/events', {
    body,
    headers: { 'content-type': 'application/cloudevents+json', ...headers },
  })
}

async function ended(id: string): Promise<Reply['body']> {
  const { body } = await gate.service.request('GET', `/v1/evaluations/${id}`, { headers: { prefer: 'wait=20' } })
  return body
}

async function history(name: string): Promise<readonly { readonly id: string }[]> {
  const { body } = await gate.service.request('GET', `/v1/projects/shop/stages/staging/services/${name}/score-history`)
  return body.items
}

describe('evaluation.triggered', () => {
  test('fills the placeholders that Keptn had for it', async () => {
    const { body } = await post(triggered('tested', {}, { test: { teststrategy: 'performance' } }))
    const evaluation = await ended(body.id)
    expect(evaluation).toMatchObject({ state: 'succeeded', indicatorResults: [{ value: 2 }] })
    const { body: without } = await post(triggered('tested'))
    expect(await ended(without.id)).toMatchObject({ state: 'errored', indicatorResults: [{ outcome: 'config' }] })
  })

  for (const { mode, send } of [
    { mode: 'structured', send: (event: Attributes) => post(event) },
    {
      mode: 'binary',
      send: ({ data, ...attributes }: Attributes) => {
        const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)] as const)
        return post(data, { 'content-type': 'application/json', ...Object.fromEntries(headers) })
      },
    },
  ]) {
    test(`takes empty texts for absent ones, ${mode}`, async () => {
      const empty = { start: '', end: '' }
      const data = { evaluation: { ...empty, timeframe: '' }, test: { ...empty, teststrategy: '' }, teststrategy: '' }
      const event = triggered('empty', { gitcommitid: '', shkeptncontext: '', triggeredid: '', subject: '' }, data)
      const { status, body } = await send(event)
      expect([status, body]).toMatchObject([202, { window: { source: 'default' }, context: expect.any(String) }])
      expect(body.context).not.toBe('')
    })
  }

  test('is accepted, judged, and answered by events that name it', async () => {
    const event = triggered('carts', {}, { labels: { buildId: '17' }, deployment: { deploymentNames: ['direct'] } })
    const { status, headers, body } = await post(event)
    expect(status).toBe(202)
    expect(headers.get('location')).toBe(`/v1/evaluations/${body.id}`)
    expect(body).toMatchObject({
      context: event['shkeptncontext'],
      labels: { buildId: '17' },
      trigger: { kind: 'event', id: event.id, source: 'shipyard-controller', type: taskType },
    })
    expect(await ended(body.id)).toMatchObject({ state: 'succeeded', result: 'pass' })
    const answers = () => gate.receiver.received.filter(({ event: answer }) => answer['triggeredid'] === event.id)
    await gate.receiver.until(() => answers().length === 2)
    expect(answers().map(({ event: { type, shkeptncontext } }) => [type, shkeptncontext])).toEqual([
      ['sh.keptn.event.evaluation.started', event['shkeptncontext']],
      ['sh.keptn.event.evaluation.finished', event['shkeptncontext']],
    ])
  })

  test('of a sequence names its stage in its type too', async () => {
    const { status, body } = await post(triggered('carts', { type: 'sh.keptn.event.staging.evaluation.triggered' }))
    expect([status, body.stage]).toEqual([202, 'staging'])
    const other = await post(triggered('carts', { type: 'sh.keptn.event.prod.evaluation.triggered' }))
    expect(other.status).toBe(422)
    expect(other.body.errors).toMatchObject([{ pointer: '/data/stage', message: expect.stringContaining('prod') }])
  })

  test('comes in binary mode too', async () => {
    const { data, ...attributes } = triggered('binary')
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encodeURIComponent(String(value))]),
    )
    const { status, body } = await post(data, {
      ...headers,
      'content-type': 'application/json',
      'ce-id': 'run%2017%20%E2%9C%93',
    })
    expect([status, body.trigger.id]).toEqual([202, 'run 17 ✓'])
  })

  for (const { title, sent, id } of [
    { title: 'in quotes, as some proxies write them', sent: '"quoted 17"', id: 'quoted 17' },
    { title: 'raw, as the SDKs for Go and JavaScript send them', sent: 'raw 50%', id: 'raw 50%' },
    { title: 'in UTF-8 bytes', sent: Buffer.from('run ✓').toString('latin1'), id: 'run ✓' },
    { title: 'in Latin-1', sent: 'caf\u00e9', id: 'café' },
  ]) {
    test(`in binary mode may have header values ${title}`, async () => {
      const { data, ...attributes } = triggered('binary', { id: sent, subject: sent })
      const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)])
      const { status, body } = await post(data, { ...Object.fromEntries(headers), 'content-type': 'application/json' })
      expect([status, body.trigger?.id]).toEqual([202, id])
    })
  }

  test('in binary mode with an attribute twice is refused', async () => {
    const { data, ...attributes } = triggered('binary')
    const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)] as const)
    const { port } = new URL(gate.service.url)
    const message = request({ host: '127.0.0.1', port, method: 'POST', path: '/v1/events' })
    for (const [name, value] of headers) message.appendHeader(name, value)
    message.appendHeader('ce-id', 'another').setHeader('content-type', 'application/json')
    message.end(JSON.stringify(data))
    const [reply] = await once(message, 'response')
    expect([reply.statusCode, await json(reply)]).toMatchObject([
      422,
      { errors: [{ pointer: '/id', message: 'the header ce-id appears 2 times' }] },
    ])
  })

  test('with its two ends and a length is judged over the two ends', async () => {
    const evaluation = { start: '2026-01-02T03:00:00.000Z', end: '2026-01-02T03:10:00.000Z', timeframe: '5m' }
    const { body } = await post(triggered('ends', {}, { evaluation }))
    expect(body.window).toEqual({ start: evaluation.start, end: evaluation.end, source: 'request' })
  })

  test('with a length is judged over the time before the event, not before it arrived', async () => {
    const { body } = await post(
      triggered('length', { time: '2026-01-02T03:10:00Z' }, { evaluation: { timeframe: '10m' } }),
    )
    expect(body.window).toEqual({
      start: '2026-01-02T03:00:00.000Z',
      end: '2026-01-02T03:10:00.000Z',
      source: 'timeframe',
    })
  })

  test('whose window is yet to end is judged when it has, whoever said so', async () => {
    const ahead = new Date(Date.now() + 5_000).toISOString()
    const begun = new Date(Date.now() - 55_000).toISOString()
    const events = [
      triggered('ahead', { time: ahead }),
      triggered('ahead', { time: ahead }, { evaluation: { timeframe: '10m' } }),
      triggered('ahead', {}, { evaluation: { start: begun, timeframe: '1m' } }),
    ]
    const accepted = await Promise.all(events.map((event) => post(event)))
    expect(accepted.map(({ body }) => body.state)).toEqual(['queued', 'queued', 'queued'])
    for (const { body } of accepted) {
      const { startedAt, window } = await ended(body.id)
      expect(Date.parse(startedAt)).toBeGreaterThanOrEqual(Date.parse(window.end))
    }
  })

  test('with empty texts, as the API of Keptn writes them, is one without', async () => {
    const empty = { evaluation: { start: '', end: '', timeframe: '' }, deployment: { deploymentNames: null } }
    const { body } = await post(triggered('empty', { time: '2026-01-02T03:10:00Z' }, empty))
    expect(body.window).toMatchObject({ end: '2026-01-02T03:10:00.000Z', source: 'default' })
  })
})

describe('the same event again', () => {
  test('finds the first one, whatever its body says', async () => {
    const event = triggered('twice')
    const first = await post(event)
    const again = await post({ ...event, data: { project: 'shop', stage: 'staging', service: 'another' } })
    expect([first.status, again.status]).toEqual([202, 200])
    expect(again.body).toMatchObject({ id: first.body.id, service: 'twice' })
    expect(again.headers.get('location')).toBe(`/v1/evaluations/${first.body.id}`)
  })

  test('twenty times at once is one evaluation', async () => {
    const event = triggered('crowd')
    const replies = await Promise.all(Array.from({ length: 20 }, () => post(event)))
    expect(replies.filter(({ status }) => status === 202)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(19)
    const ids = new Set(replies.map(({ body }) => body.id))
    expect(ids.size).toBe(1)
    await ended([...ids].join())
    expect(await history('crowd')).toHaveLength(1)
  })

  test('of another source is another event', async () => {
    const event = triggered('sources')
    const [first, other] = [await post(event), await post({ ...event, source: 'elsewhere' })]
    expect([first.status, other.status]).toEqual([202, 202])
    expect(other.body.id).not.toBe(first.body.id)
  })
})

describe('an event of another type', () => {
  for (const type of [
    'sh.keptn.event.evaluation.started',
    'sh.keptn.event.evaluation.finished',
    'sh.keptn.event.deployment.triggered',
    'sh.keptn.event.my-evaluation.triggered',
    'com.example.something',
  ]) {
    test(`${type} is let go`, async () => {
      const event = triggered('ignored', { type })
      expect(await post(event)).toMatchObject({ status: 204, body: undefined })
      // Nothing of it was kept, not even that it came.
      expect((await post({ ...event, type: taskType })).status).toBe(202)
    })
  }
})

describe('a sequence and its task', () => {
  const context = randomUUID()
  const stageType = 'sh.keptn.event.staging.evaluation.triggered'

  test('are one evaluation while it has not ended', async () => {
    script['errors'] = { kind: 'hang' }
    const ofSequence = await post(triggered('joined', { type: stageType, shkeptncontext: context }))
    const task = triggered('joined', { shkeptncontext: context })
    const ofTask = await post(task)
    expect([ofSequence.status, ofTask.status, ofTask.body.id]).toEqual([202, 202, ofSequence.body.id])
    expect(ofTask.body.trigger).toMatchObject({ id: task.id, joined: { type: stageType } })
    script['errors'] = { kind: 'value', value: 1 }
    expect((await gate.service.request('DELETE', `/v1/evaluations/${ofTask.body.id}`)).body.trigger.id).toBe(task.id)
  })

  for (const { accept, type, status } of [
    { accept: 'task', type: taskType, status: 202 },
    { accept: 'task', type: stageType, status: 204 },
    { accept: 'stage', type: taskType, status: 204 },
    { accept: 'stage', type: stageType, status: 202 },
  ]) {
    test(`with events.accept: ${accept} a ${type} is ${status}`, async () => {
      const other = await startService({ files, settings: { events: { accept } } })
      const headers = { 'content-type': 'application/cloudevents+json' }
      const reply = await other.request('POST', '/v1/events', { headers, body: triggered('only', { type }) })
      await other.stop()
      expect(reply.status).toBe(status)
    })
  }
})

describe('what is no event', () => {
  for (const { title, event, pointer } of [
    { title: 'data without a project', event: triggered('bad', {}, { project: undefined }), pointer: '/data/project' },
    { title: 'data without a stage', event: triggered('bad', {}, { stage: undefined }), pointer: '/data/stage' },
    { title: 'data without a service', event: triggered('bad', {}, { service: undefined }), pointer: '/data/service' },
    { title: 'a service that is a path', event: triggered('../bad'), pointer: '/data/service' },
    { title: 'a stage that is a number', event: triggered('bad', {}, { stage: 1 }), pointer: '/data/stage' },
    { title: 'data that is a text', event: triggered('bad', { data: 'x' }), pointer: '/data' },
    { title: 'no data', event: triggered('bad', { data: undefined }), pointer: '/data' },
    { title: 'a label that is a number', event: triggered('bad', {}, { labels: { a: 1 } }), pointer: '/data/labels/a' },
    { title: 'labels that are a list', event: triggered('bad', {}, { labels: [] }), pointer: '/data/labels' },
    {
      title: 'a start that is a number',
      event: triggered('bad', {}, { evaluation: { start: 1 } }),
      pointer: '/data/evaluation/start',
    },
    {
      title: 'an evaluation that is a text',
      event: triggered('bad', {}, { evaluation: '5m' }),
      pointer: '/data/evaluation',
    },
    {
      title: 'a context that is no UUID',
      event: triggered('bad', { shkeptncontext: '1' }),
      pointer: '/shkeptncontext',
    },
    { title: 'a short commit id', event: triggered('bad', { gitcommitid: 'abc' }), pointer: '/gitcommitid' },
    { title: 'no id', event: triggered('bad', { id: undefined }), pointer: '/id' },
  ]) {
    test(`${title} is refused`, async () => {
      expect(await post(event)).toMatchObject({ status: 422, body: { code: 'invalid_event', errors: [{ pointer }] } })
    })
  }

  test('half of one is refused', async () => {
    const reply = await post('{"specversion"')
    expect(reply).toMatchObject({ status: 400, body: { code: 'unreadable_body' } })
    expect(reply.headers.get('content-type')).toContain('application/problem+json')
  })

  test('5,000 levels of JSON are refused', async () => {
    const deep = `{"data": ${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`
    expect(await post(deep)).toMatchObject({ status: 400, body: { code: 'unreadable_body' } })
  })

  test('bytes that are no UTF-8 are refused, not mended', async () => {
    const [before, after] = JSON.stringify(triggered('bad', {}, { labels: { a: '|' } })).split('|')
    const body = Buffer.concat([Buffer.from(before ?? ''), Buffer.from([0xff]), Buffer.from(after ?? '')])
    const headers = { 'content-type': 'application/cloudevents+json' }
    const reply = await fetch(`${gate.service.url}/v1/events`, { method: 'POST', headers, body })
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({ code: 'unreadable_body', detail: 'the body is not UTF-8' })
  })

  test('no body at all is refused', async () => {
    const reply = await gate.service.request('POST', '/v1/events', {
      headers: { 'content-type': 'application/cloudevents+json' },
    })
    expect(reply).toMatchObject({ status: 400, body: { code: 'unreadable_body' } })
  })

  test('1 MB of data is refused', async () => {
    const reply = await post(triggered('bad', {}, { labels: { a: 'x'.repeat(1024 * 1024) } }))
    expect(reply).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
  })

  for (const contentType of ['text/plain', 'application/xml', 'application/jsonx', 'json']) {
    test(`of type ${contentType} is refused`, async () => {
      const reply = await post(triggered('bad'), { 'content-type': contentType })
      expect(reply).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
      expect(reply.body.detail).toContain('send "Content-Type: application/')
    })
  }

  test('leaves nothing behind: it may be mended and sent again', async () => {
    const event = triggered('mended')
    expect((await post({ ...event, data: {} })).status).toBe(422)
    expect((await post(event)).status).toBe(202)
  })
})
