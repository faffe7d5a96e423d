import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReasonCode } from '../../slo/index.ts'
import { startGate, type Gate } from '../support/gate.ts'

/**
 * Every reason there can be, each from the one thing that leads to it. Left out is `gave_up`, which takes a process that
 * dies three times: the tests of the program kill one.
 */

const total = 'total_score: {pass: "90%", warning: "50%"}\n'
const below10 = (name: string, more = ''): string => `{sli: ${name}, pass: [{criteria: ["<10"]}]${more}}`
const sloOf = (...objectives: readonly string[]): string => `objectives: [${objectives.join(', ')}]\n${total}`

/** Of a service that is named like the reason. */
const slos: Readonly<Partial<Record<ReasonCode, string>>> = {
  below_pass: `objectives: [${below10('a')}]\ntotal_score: {pass: "90%"}\n`,
  below_warning: sloOf(below10('a')),
  between_thresholds: sloOf(below10('a'), below10('b')),
  key_failed: sloOf(below10('a', ', key_sli: true'), below10('b', ', weight: 99')),
  not_measured: sloOf(below10('nothing')),
  no_baseline: sloOf('{sli: a, pass: [{criteria: ["<=+10%"]}]}'),
  indicator_changed: sloOf('{sli: one, pass: [{criteria: ["<=+10%"]}]}'),
  window_length_differs: sloOf('{sli: one, pass: [{criteria: ["<=+10%"]}]}'),
  low_coverage: sloOf(below10('thin')),
  target_not_finite: sloOf('{sli: a, pass: [{criteria: ["<=+900%"]}]}'),
  ungated: sloOf('{sli: a}'),
  capped: sloOf(below10('nothing', ', weight: 1'), below10('one', ', weight: 99')),
  partial_data: sloOf(below10('part')),
  window_invalid: sloOf(below10('one')),
  window_clamped: sloOf(below10('one')),
  clock_skew: sloOf(below10('one')),
  slo_invalid: 'objectives: [{sli: a, pass: [{criteria: ["<ten"]}]}]\n',
  cancelled: sloOf(below10('one')),
}

const indicators = (query: string): string => `indicators: {nothing: nothing, part: part, thin: thin, one: ${query}}\n`
const indicatorsPath = 'shop/staging/indicator_changed/prometheus/sli.yaml'

let gate: Gate
beforeAll(async () => {
  const part = {
    status: 'success',
    isPartial: true,
    data: { resultType: 'vector', result: [{ metric: {}, value: [1, '1'] }] },
  }
  const thin = {
    status: 'success',
    data: { resultType: 'matrix', result: [{ metric: {}, values: [[1, '1']] }] },
  }
  gate = await startGate(
    {
      nothing: { kind: 'empty' },
      thin: { kind: 'json', body: thin },
      part: { kind: 'json', body: part },
      '*': { kind: 'value', value: 1 },
    },
    {
      ...Object.fromEntries(Object.entries(slos).map(([name, text]) => [`shop/staging/${name}/slo.yaml`, text])),
      'shop/prometheus/sli.yaml': indicators('one'),
      'shop/prometheus/options.yaml': 'indicators: {thin: {mode: range, reduce: avg}}\n',
      [indicatorsPath]: indicators('one'),
    },
  )
})
afterAll(() => gate.stop())

interface Ended {
  readonly reasons: readonly { readonly code: string; readonly message: string }[]
}

async function evaluated(name: ReasonCode, body: object = {}, prefer = 'wait=20'): Promise<Ended & { id: string }> {
  const path = `/v1/projects/shop/stages/staging/services/${name}/evaluations`
  return (await gate.service.request('POST', path, { body, headers: { prefer } })).body
}

const pushed = (values: Readonly<Record<string, number>>): object => ({
  indicators: Object.entries(values).map(([metric, value]) => ({ metric, value })),
})

async function triggered(name: ReasonCode, data: object = {}, attributes: object = {}): Promise<Ended> {
  const body = {
    specversion: '1.0',
    id: randomUUID(),
    source: 'control-plane',
    type: 'sh.keptn.event.evaluation.triggered',
    ...attributes,
    data: { project: 'shop', stage: 'staging', service: name, ...data },
  }
  const headers = { 'content-type': 'application/cloudevents+json' }
  const { id } = (await gate.service.request('POST', '/v1/events', { body, headers })).body
  return (await gate.service.request('GET', `/v1/evaluations/${id}`, { headers: { prefer: 'wait=20' } })).body
}

const ahead = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString()

const ways: Readonly<Record<Exclude<ReasonCode, 'gave_up'>, () => Promise<Ended>>> = {
  below_pass: () => evaluated('below_pass', pushed({ a: 10 })),
  below_warning: () => evaluated('below_warning', pushed({ a: 10 })),
  between_thresholds: () => evaluated('between_thresholds', pushed({ a: 10, b: 9 })),
  key_failed: () => evaluated('key_failed', pushed({ a: 10, b: 9 })),
  not_measured: () => evaluated('not_measured'),
  no_baseline: () => evaluated('no_baseline', pushed({ a: 1 })),
  indicator_changed: async () => {
    await evaluated('indicator_changed')
    await writeFile(join(gate.service.root, indicatorsPath), indicators('two'))
    return evaluated('indicator_changed')
  },
  window_length_differs: async () => {
    await evaluated('window_length_differs', { window: { timeframe: '60m' } })
    return evaluated('window_length_differs', { window: { timeframe: '10m' } })
  },
  low_coverage: () => evaluated('low_coverage'),
  target_not_finite: async () => {
    await evaluated('target_not_finite', pushed({ a: 1e308 }))
    return evaluated('target_not_finite', pushed({ a: 1 }))
  },
  ungated: () => evaluated('ungated', pushed({ a: 1 })),
  capped: () => evaluated('capped'),
  partial_data: () => evaluated('partial_data'),
  window_invalid: () => triggered('window_invalid', { evaluation: { start: ahead(-5), end: ahead(-10) } }),
  window_clamped: () => triggered('window_clamped', { test: { start: ahead(-10), end: ahead(10) } }),
  clock_skew: () => triggered('clock_skew', { evaluation: { timeframe: '5m' } }, { time: ahead(10) }),
  slo_invalid: () => triggered('slo_invalid'),
  slo_missing: () => triggered('slo_missing'),
  cancelled: async () => {
    const { id } = await evaluated('cancelled', { window: { start: ahead(-5), end: ahead(60) } }, 'wait=0')
    return (await gate.service.request('DELETE', `/v1/evaluations/${id}`)).body
  },
}

describe('every reason can be had, and says something', () => {
  for (const [code, way] of Object.entries(ways)) {
    test(`an evaluation with ${code}`, async () => {
      const { reasons } = await way()
      expect(reasons.map((reason) => reason.code)).toContain(code)
      for (const { message } of reasons) expect(message).toMatch(/^\S.{20,}\.$/s)
    })
  }
})
