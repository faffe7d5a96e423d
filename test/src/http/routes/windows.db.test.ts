import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGate, type Gate } from '../../../support/gate.ts'
import type { Reply } from '../../../support/service.ts'

/** Which windows are taken, by events and by requests, and what is said of them. */

const slo = 'objectives: [{sli: errors, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: "90%"}\n'
const sli = 'spec_version: "1.0"\nindicators: {errors: errors}\n'

let gate: Gate
beforeAll(async () => {
  gate = await startGate(
    { errors: { kind: 'value', value: 1 } },
    {
      'shop/slo.yaml': slo,
      'shop/prometheus/sli.yaml': sli,
      'strict/slo.yaml': slo,
      'strict/prometheus/sli.yaml': sli,
      'strict/project.yaml': [
        'window: {minimum: 20s}',
        'stages: {dev: {}, prod: {window: {maxAge: 1h}}, tested: {window: {from: [test]}}, long: {window: {minimum: 10m}}}',
        '',
      ].join('\n'),
    },
  )
})
afterAll(() => gate.stop())

async function trigger(data: object, attributes: object = {}): Promise<Reply['body']> {
  const type = 'sh.keptn.event.evaluation.triggered'
  const body = { specversion: '1.0', id: randomUUID(), source: 'jmeter-service', type, ...attributes, data }
  const headers = { 'content-type': 'application/cloudevents+json' }
  const accepted = await gate.service.request('POST', '/v1/events', { body, headers })
  expect(accepted.status).toBe(202)
  return (await gate.service.request('GET', `/v1/evaluations/${accepted.body.id}`, { headers: { prefer: 'wait=20' } }))
    .body
}

function evaluate(project: string, stage: string, body: object): Promise<Reply> {
  const path = `/v1/projects/${project}/stages/${stage}/services/carts/evaluations`
  return gate.service.request('POST', path, { body, headers: { prefer: 'wait=20' } })
}

const carts = (stage: string, project = 'shop') => ({ project, stage, service: 'carts' })
const warnings = (body: Reply['body']) =>
  body.warnings.filter(({ code }: { code: string }) => code === 'short_window' || code === 'old_test_window')

describe('an event', () => {
  test('of a functional test of 34 s is judged, with a warning', async () => {
    const times = { start: '2026-11-30T08:20:00Z', end: '2026-11-30T08:20:34Z' }
    const body = await trigger({ ...carts('dev'), test: times }, { time: '2026-11-30T08:20:40Z' })
    expect(body).toMatchObject({ state: 'succeeded', result: 'pass', window: { source: 'test' } })
    expect(warnings(body)).toMatchObject([{ code: 'short_window', lengthMs: 34_000 }])
  })

  test('that carries a test of seven hours ago passes with a warning that names its age', async () => {
    const times = { start: '2026-11-30T01:00:00Z', end: '2026-11-30T01:30:00Z' }
    const data = { ...carts('prod'), test: times }
    const body = await trigger(data, { time: '2026-11-30T08:30:00Z' })
    expect(body).toMatchObject({ state: 'succeeded', result: 'pass', window: { source: 'test' } })
    expect(warnings(body)).toMatchObject([
      { code: 'old_test_window', ageMs: 7 * 3_600_000, message: expect.stringContaining('7h before the event') },
    ])
    const strict = await trigger({ ...data, project: 'strict' }, { time: '2026-11-30T08:30:00Z' })
    expect(strict).toMatchObject({
      state: 'errored',
      result: 'fail',
      reasons: [{ code: 'window_invalid', message: expect.stringContaining('the test ended 7h before') }],
    })
  })

  test('is judged by its test if the stage accepts nothing else', async () => {
    const evaluation = { timeframe: '10m' }
    const times = { start: '2026-11-30T08:00:00Z', end: '2026-11-30T08:20:00Z' }
    const attributes = { time: '2026-11-30T08:21:00Z' }
    const body = await trigger({ ...carts('tested', 'strict'), evaluation, test: times }, attributes)
    expect(body).toMatchObject({ state: 'succeeded', window: { source: 'test', start: '2026-11-30T08:00:00.000Z' } })
    const without = await trigger({ ...carts('tested', 'strict'), evaluation }, attributes)
    expect(without).toMatchObject({ state: 'errored', reasons: [{ code: 'window_invalid' }] })
  })
})

describe('a request', () => {
  test('needs a minute, or the minimum of the project', async () => {
    const window = { timeframe: '30s' }
    const refused = await evaluate('shop', 'dev', { window })
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'invalid_window', errors: [{ pointer: '/window/timeframe', message: /30s.*1m/ }] },
    })
    const taken = await evaluate('strict', 'dev', { window })
    expect(taken).toMatchObject({ status: 201, body: { result: 'pass', window: { source: 'timeframe' } } })
    expect(warnings(taken.body)).toMatchObject([{ code: 'short_window', lengthMs: 30_000 }])
    const shorter = await evaluate('strict', 'dev', { window: { timeframe: '19s' } })
    expect(shorter).toMatchObject({ status: 422, body: { errors: [{ message: /19s.*20s/ }] } })
  })

  test('is at most limits.window long', async () => {
    const year = { start: '2025-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' }
    expect((await evaluate('shop', 'dev', { window: year })).status).toBe(201)
    for (const { window, pointer } of [
      { window: { ...year, end: '2026-01-02T00:00:01Z' }, pointer: '/window/end' },
      { window: { timeframe: '8784h1s' }, pointer: '/window/timeframe' },
    ]) {
      const message = 'the window is 366d1s long: at most 366d (limits.window) was expected'
      expect(await evaluate('shop', 'dev', { window })).toMatchObject({
        status: 422,
        body: { code: 'invalid_window', errors: [{ pointer, message }] },
      })
    }
  })

  test('is refused if the stage accepts only windows of tests', async () => {
    for (const body of [{}, { window: { timeframe: '10m' } }]) {
      expect(await evaluate('strict', 'tested', body)).toMatchObject({
        status: 422,
        body: { code: 'invalid_window', errors: [{ pointer: '/window', message: /window\.from/ }] },
      })
    }
  })

  test('without a window gets the minimum of the stage', async () => {
    const { body } = await evaluate('strict', 'long', {})
    expect(body.window.source).toBe('default')
    expect(Date.parse(body.window.end) - Date.parse(body.window.start)).toBe(600_000)
  })
})

describe('values that were measured elsewhere', () => {
  const lengthOf = ({ window }: Reply['body']) => Date.parse(window.end) - Date.parse(window.start)
  const indicators = [{ metric: 'load', value: 1 }]
  const metrics = { load: { values: { rate: 1 } } }
  const summaryOf = (state?: object) => ({ format: 'k6', content: { ...(state && { state }), metrics } })

  for (const { title, body, source, lengthMs } of [
    { title: 'without a window', body: { indicators }, source: 'assumed', lengthMs: 300_000 },
    {
      title: 'with a window',
      body: { indicators, window: { timeframe: '10m' } },
      source: 'timeframe',
      lengthMs: 600_000,
    },
    {
      title: 'in a summary that says how long the test ran',
      body: { indicatorsFrom: summaryOf({ testRunDurationMs: 1_800_000.5 }) },
      source: 'assumed',
      lengthMs: 1_800_001,
    },
    {
      title: 'in a summary of a test shorter than a window may be',
      body: { indicatorsFrom: summaryOf({ testRunDurationMs: 30_000 }) },
      source: 'assumed',
      lengthMs: 60_000,
    },
    {
      title: 'in a summary that does not say it',
      body: { indicatorsFrom: summaryOf() },
      source: 'assumed',
      lengthMs: 300_000,
    },
    {
      title: 'in a summary, with a window',
      body: {
        indicatorsFrom: summaryOf({ testRunDurationMs: 1_800_000 }),
        window: { start: '2026-11-30T08:00:00Z', end: '2026-11-30T08:30:00Z' },
      },
      source: 'request',
      lengthMs: 1_800_000,
    },
    { title: 'that are none', body: { indicators: [] }, source: 'default', lengthMs: 300_000 },
  ]) {
    test(`${title}: the window is ${source}, ${lengthMs} ms long`, async () => {
      const reply = await evaluate('shop', 'dev', body)
      expect(reply).toMatchObject({ status: 201, body: { window: { source } } })
      expect(lengthOf(reply.body)).toBe(lengthMs)
      const { body: again } = await gate.service.request('GET', `/v1/evaluations/${reply.body.id}`)
      expect(again.window).toEqual(reply.body.window)
    })
  }
})
