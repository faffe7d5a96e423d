import { HTTP, type CloudEvent } from 'cloudevents'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { startReceiver, type Received } from '../support/receiver.ts'
import { startService } from '../support/service.ts'

/**
 * Keptn's own shapes, field by field, beside the fields that are ours.
 * Source: keptn 1.4.5, go-utils, api/models/keptn_context_extended_c_e.go and lib/v0_2_0/{events,evaluation}.go.
 */
const Envelope = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  source: z.literal('pharos'),
  type: z.string().regex(/^sh\.keptn\.event\.evaluation\.(started|finished|invalidated)$/),
  contenttype: z.literal('application/json'),
  time: z.iso.datetime({ precision: 3 }),
  shkeptncontext: z.uuid(),
  shkeptnspecversion: z.literal('0.2.4'),
  triggeredid: z.string().min(1),
  gitcommitid: z
    .string()
    .regex(/^[0-9a-f]{40}(-dirty)?$/)
    .optional(),
  data: z.unknown(),
  // CloudEvents' own.
  datacontenttype: z.literal('application/json'),
})

const common = {
  project: z.string(),
  stage: z.string(),
  service: z.string(),
  labels: z.record(z.string(), z.string()),
}

const StartedData = z.strictObject({
  ...common,
  status: z.literal('succeeded'),
  // Ours.
  evaluation: z.strictObject({ id: z.uuid() }),
})

const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const result = z.enum(['pass', 'warning', 'fail'])
const targets = z.array(z.strictObject({ criteria: z.string(), targetValue: z.number(), violated: z.boolean() }))
const listed = z.array(z.looseObject({ code: z.string(), message: z.string() }))

const FinishedData = z.strictObject({
  ...common,
  status: z.enum(['succeeded', 'errored', 'aborted']),
  result,
  message: z.string(),
  evaluation: z.strictObject({
    timeStart: instant,
    timeEnd: instant,
    result,
    score: z.number().min(0).max(100),
    sloFileContent: z.base64(),
    indicatorResults: z.array(
      z.strictObject({
        score: z.number(),
        value: z.strictObject({
          metric: z.string(),
          value: z.number(),
          comparedValue: z.number(),
          success: z.boolean(),
          message: z.string().optional(),
        }),
        displayName: z.string(),
        passTargets: targets,
        warningTargets: targets,
        keySli: z.boolean(),
        status: z.enum(['pass', 'warning', 'fail', 'info']),
        // Ours.
        outcome: z.string(),
      }),
    ),
    comparedEvents: z.array(z.uuid()),
    // Ours.
    id: z.uuid(),
    inline: z.boolean(),
    attempt: z.int(),
    reasons: listed,
    warnings: listed,
    explanation: z.looseObject({ sentence: z.string() }).nullable(),
    omitted: z.array(z.string()),
  }),
})

const InvalidatedData = z.strictObject({
  ...common,
  // Ours.
  evaluation: z.strictObject({ id: z.uuid(), reason: z.string(), by: z.string() }),
})

const shapes = new Map<string, z.ZodType>([
  ['sh.keptn.event.evaluation.started', StartedData],
  ['sh.keptn.event.evaluation.finished', FinishedData],
  ['sh.keptn.event.evaluation.invalidated', InvalidatedData],
])

let scope: AsyncDisposableStack
beforeEach(() => {
  scope = new AsyncDisposableStack()
})
afterEach(() => scope.disposeAsync())

const slo = `
filter: {pod: a}
comparison: {compare_with: several_results, number_of_comparison_results: 2, aggregate_function: avg}
objectives:
  - {sli: relative, displayName: Größe <ms>, pass: [{criteria: ["<=+10%", "<600"]}], warning: [{criteria: ["<=800"]}], key_sli: true}
  - {sli: absent, pass: [{criteria: ["<10"]}], weight: 2}
  - {sli: shown}
total_score: {pass: "90%", warning: "50%"}
`

/** Evaluations that end in every way, as they come to a subscriber: results, no baseline and one, no value, errored, aborted; and one that does not count any more. */
async function everyEvent(): Promise<readonly Received[]> {
  const receiver = await startReceiver()
  scope.defer(() => receiver.stop())
  const service = await startService({
    files: {
      'shop/project.yaml': 'requests: {values: ["*"]}\n',
      'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {absent: a, relative: r, shown: s}\n',
    },
    settings: {
      providers: { prometheus: { kind: 'prometheus', url: 'http://127.0.0.1:9' } },
      sinks: [{ name: 'ci', url: receiver.url }],
    },
  })
  scope.defer(() => service.stop())
  const pushed = (relative: number, others: object[] = []) => ({
    slo,
    labels: { team: 'Größe' },
    indicators: [{ metric: 'relative', value: relative }, { metric: 'shown', value: 1e-300 }, ...others],
  })
  const absent = (value: number): object[] => [{ metric: 'absent', value }]
  const { body: first } = await service.evaluate(pushed(500, absent(1)))
  await service.evaluate(pushed(512.5, absent(1)))
  await service.evaluate(pushed(700, absent(1)))
  await service.evaluate(pushed(900, absent(11)))
  await service.evaluate(pushed(500))
  await service.evaluate({ slo: 'objectives: [{sli: relative, pass: [{criteria: ["<1"]}]}]\ntotal_score: {pass: 90}' })
  const later = new Date(Date.now() + 3_600_000).toISOString()
  const { body } = await service.evaluate({ ...pushed(1), window: { start: new Date().toISOString(), end: later } }, {})
  await service.request('DELETE', `/v1/evaluations/${body.id}`)
  const wish = { specversion: '1.0', id: 'i1', source: 'bridge', type: 'sh.keptn.event.evaluation.invalidated' }
  const data = { project: 'shop', stage: 'staging', service: 'carts', evaluation: { reason: 'wrong Größe' } }
  await service.request('POST', '/v1/events', { body: { ...wish, triggeredid: first.id, data } })
  await receiver.until(({ length }) => length === 15)
  return receiver.received
}

test('every event has Keptn’s fields, byte for byte, and parses with the SDK of CloudEvents', async () => {
  const events = await everyEvent()
  const finished = events.filter(({ event }) => event.type.endsWith('.finished'))
  for (const { event } of events) {
    const { type, data } = Envelope.parse(event)
    expect(shapes.get(type)?.parse(data)).toEqual(data)
  }
  for (const { contentType, body, event } of events) {
    const parsed = HTTP.toEvent({ headers: { 'content-type': contentType }, body }) as CloudEvent<unknown>
    expect(parsed.validate()).toBe(true)
    expect(JSON.parse(JSON.stringify(parsed))).toEqual(event)
  }
  expect(new Set(events.map(({ event }) => event.type))).toEqual(new Set(shapes.keys()))
  const ends = finished.map(({ event: { data } }) => `${String(data['status'])} ${String(data['result'])}`)
  expect(ends.toSorted()).toEqual([
    'aborted fail',
    'errored fail',
    'errored fail',
    'succeeded fail',
    'succeeded pass',
    'succeeded pass',
    'succeeded warning',
  ])
})
