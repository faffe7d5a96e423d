import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runPharosCommand, type CommandRun } from '../../../support/terminal.ts'

/** Events in the shape of Keptn v1, hours of one day apart. */

interface Given {
  readonly hour: number
  readonly latency?: number | null
  readonly result?: string
  readonly service?: string
}

function finished({ hour, latency = null, result = 'pass', service = 'carts' }: Given): object {
  const value = { metric: 'latency', value: latency ?? 0, success: latency !== null, comparedValue: 1 }
  const missed = latency === null ? { message: 'no data came' } : {}
  return {
    type: 'sh.keptn.event.evaluation.finished',
    specversion: '1.0',
    id: `event-${hour}`,
    time: `2022-02-08T${String(hour).padStart(2, '0')}:30:57.052Z`,
    triggeredid: `trigger-${hour}`,
    shkeptncontext: 'context',
    data: {
      project: 'shop',
      stage: 'staging',
      service,
      status: 'succeeded',
      result,
      evaluation: {
        // Keptn selected evaluations by the result of the task.
        result: 'pass',
        score: 100,
        sloFileContent: 'bm90IHJlYWQ=',
        comparedEvents: [],
        indicatorResults: [
          { displayName: '', keySli: false, status: 'pass', score: 1, value: { ...value, ...missed } },
        ],
      },
    },
  }
}

const measured = {
  type: 'sh.keptn.event.get-sli.finished',
  id: 'measured',
  data: { project: 'shop', 'get-sli': { indicatorValues: [{ metric: 'latency', value: 7, success: true }] } },
}
const revoked = {
  type: 'sh.keptn.event.staging.evaluation.invalidated',
  id: 'revoked',
  triggeredid: 'trigger-8',
  data: { project: 'shop', stage: 'staging', service: 'carts' },
}
const unjudged = {
  ...finished({ hour: 9 }),
  data: { result: 'fail', message: 'no evaluation performed', evaluation: { indicatorResults: null } },
}

const files: Readonly<Record<string, unknown>> = {
  'one.json': finished({ hour: 9, latency: 120 }),
  'missed.json': finished({ hour: 9 }),
  'measured.json': measured,
  'list.json': [finished({ hour: 8, latency: 900 }), finished({ hour: 9, latency: 120 })],
  'store.json': { events: [finished({ hour: 9, latency: 120 }), finished({ hour: 8, latency: 900 })], totalCount: 2 },
  'unjudged.json': unjudged,
  'history.json': {
    events: [
      finished({ hour: 10, latency: 1 }),
      finished({ hour: 9, latency: 120 }),
      finished({ hour: 8, latency: 2 }),
      revoked,
      finished({ hour: 7, latency: 3, result: 'fail' }),
      finished({ hour: 6, latency: 100 }),
    ],
  },
  'services.json': [finished({ hour: 8, latency: 1 }), finished({ hour: 9, latency: 1, service: 'orders' })],
  'triggered.json': { type: 'sh.keptn.event.evaluation.triggered', id: '1', data: {} },
  'none.json': { events: [], totalCount: 0 },
  'revoked.json': [finished({ hour: 8, latency: 900 }), revoked],
  'mixed.json': [finished({ hour: 9 }), { metric: 'latency', value: 1 }],
  'text.json': { ...measured, data: { 'get-sli': { indicatorValues: [{ metric: 'latency', value: '7' }] } } },
}

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pharos-events-'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), JSON.stringify(content))
  writeFileSync(
    join(cwd, 'slo.yaml'),
    `comparison: {compare_with: single_result, include_result_with_score: pass}
objectives: [{sli: latency, pass: [{criteria: ["<=+50%", "<600"]}]}]
total_score: {pass: "90%"}
`,
  )
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const judge = (indicators: string, ...more: readonly string[]): Promise<CommandRun> =>
  runPharosCommand(['judge', '--slo', 'slo.yaml', '--indicators', indicators, '--output', 'json', ...more], { cwd })

describe('the values of recorded events are judged as they are:', () => {
  for (const { indicators, value, said = '' } of [
    { indicators: 'one.json', value: 120 },
    { indicators: 'missed.json', value: null },
    { indicators: 'measured.json', value: 7 },
    ...['list.json', 'store.json'].map((file) => ({
      indicators: file,
      value: 120,
      said: `${file} contains 2 evaluations: judging the newest, the evaluation event-9 of 2022-02-08T09:30:57.052Z\n`,
    })),
    {
      indicators: 'unjudged.json',
      value: null,
      said: 'unjudged.json: the evaluation event-9 of 2022-02-08T09:30:57.052Z has no values: no evaluation performed\n',
    },
  ]) {
    test(`${indicators} comes to ${value}`, async () => {
      const judged = await judge(indicators)
      expect(JSON.parse(judged.out).objectives).toMatchObject([{ indicator: 'latency', value }])
      expect(judged.said).toBe(said)
    })
  }
})

for (const history of ['none.json', 'revoked.json']) {
  test(`${history} is a history without earlier evaluations`, async () => {
    const { code, out } = await judge('one.json', '--history', history)
    expect([code, JSON.parse(out).comparedEvaluations]).toEqual([0, []])
  })
}

test('an answer of the data store without events has no values', async () => {
  expect(await judge('none.json')).toMatchObject({
    code: 2,
    said: 'none.json has no values: they are in events evaluation.finished and get-sli.finished, but it contains none\n',
  })
})

test('keeps the message of a missing value', async () => {
  expect(JSON.parse((await judge('missed.json')).out).objectives).toMatchObject([{ message: 'no data came' }])
})

test('a history has evaluations that are earlier, count, and were not invalidated', async () => {
  const { out, said } = await judge('one.json', '--history', 'history.json')
  expect(JSON.parse(out)).toMatchObject({
    result: 'pass',
    objectives: [{ comparedValue: 100, comparedWith: ['the evaluation event-6 of 2022-02-08T06:30:57.052Z'] }],
  })
  expect(said).toBe('history.json: 2 of 4 evaluations left out: not earlier than the one that is judged\n')
})

test('with plain values, the whole history counts', async () => {
  writeFileSync(join(cwd, 'plain.json'), '{"latency": 1}')
  const { out } = await judge('plain.json', '--history', 'history.json')
  expect(JSON.parse(out).objectives).toMatchObject([{ comparedValue: 1 }])
})

describe('is refused in a sentence:', () => {
  for (const { indicators, said } of [
    {
      indicators: 'services.json',
      said: 'services.json contains events of several services: shop/staging/carts, shop/staging/orders',
    },
    {
      indicators: 'triggered.json',
      said: 'triggered.json has no values: they are in events evaluation.finished and get-sli.finished, but it contains sh.keptn.event.evaluation.triggered',
    },
    {
      indicators: 'mixed.json',
      said: 'mixed.json [1] type: must be a string\nmixed.json [1] id: must be a string\nmixed.json [1] data: must be an object',
    },
    {
      indicators: 'text.json',
      said: 'text.json [0] data get-sli indicatorValues [0] value: must be a finite number',
    },
  ]) {
    test(`events in ${indicators}`, async () => {
      expect(await judge(indicators)).toEqual({ code: 2, out: '', said: `${said}\n` })
    })
  }
})
