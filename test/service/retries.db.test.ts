import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startService, type TestService } from '../support/service.ts'

/** Retrying until it passes is visible: overlapping windows with the same labels and the same SLO. */

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<130"]}]}]\ntotal_score: {pass: "90%"}\n'

let service: TestService
beforeAll(async () => {
  service = await startService({ files: { 'shop/slo.yaml': slo, 'other/slo.yaml': slo } })
})
afterAll(() => service.stop())

let services = 0
/** A service of its own for each test. */
const fresh = (): string => `carts-${(services += 1)}`

async function evaluate(name: string, value: number, minutes: readonly [number, number], more: object = {}) {
  const [start, end] = minutes.map((minute) => new Date(Date.UTC(2026, 0, 2, 3, minute)).toISOString())
  const { body } = await service.request('POST', `/v1/projects/shop/stages/dev/services/${name}/evaluations`, {
    headers: { prefer: 'wait=20' },
    body: { window: { start, end }, indicators: [{ metric: 'a', value }], labels: { version: '1' }, ...more },
  })
  return body
}

describe('a retry', () => {
  test('names the previous evaluation and its number, also in a warning', async () => {
    const name = fresh()
    const first = await evaluate(name, 140, [0, 5])
    const second = await evaluate(name, 141, [1, 6])
    const third = await evaluate(name, 120, [2, 7])
    expect(first).toMatchObject({ result: 'fail', attempt: 1, retryOf: null, retry: null })
    expect(second).toMatchObject({ result: 'fail', attempt: 1, retryOf: first.id, retry: 1 })
    expect(third).toMatchObject({ result: 'pass', attempt: 1, retryOf: second.id, retry: 2 })
    expect(first.warnings.map(({ code }: { code: string }) => code)).not.toContain('retried')
    expect(third.warnings).toContainEqual({
      code: 'retried',
      message: `This is retry 2: evaluation ${second.id} judged an overlapping window with the same labels and SLO.`,
      retryOf: second.id,
      retry: 2,
    })
    const history = await service.request('GET', `/v1/projects/shop/stages/dev/services/${name}/score-history`)
    expect(history.body.items.map(({ retry }: { retry: number | null }) => retry)).toEqual([2, 1, null])
  })

  test('of exactly the same window is also its next attempt', async () => {
    const name = fresh()
    const first = await evaluate(name, 140, [0, 5])
    expect(await evaluate(name, 120, [0, 5])).toMatchObject({ attempt: 2, retryOf: first.id, retry: 1 })
  })

  test('counts as a baseline as any other evaluation does', async () => {
    const name = fresh()
    const relative = slo.replace('<130', '<=+10%')
    const first = await evaluate(name, 100, [0, 5], { slo: relative })
    const second = await evaluate(name, 105, [1, 6], { slo: relative })
    expect(second).toMatchObject({ retryOf: first.id, comparedEvaluations: [first.id] })
  })
})

describe('no retry', () => {
  for (const { what, minutes, more } of [
    { what: 'a window that only touches', minutes: [5, 10], more: {} },
    { what: 'an earlier window that only touches', minutes: [-5, 0], more: {} },
    { what: 'another version', minutes: [1, 6], more: { labels: { version: '2' } } },
    { what: 'a further label', minutes: [1, 6], more: { labels: { version: '1', branch: 'main' } } },
    { what: 'another SLO', minutes: [1, 6], more: { slo: slo.replace('130', '131') } },
  ] as const) {
    test(`is ${what}`, async () => {
      const name = fresh()
      await evaluate(name, 140, [0, 5])
      expect(await evaluate(name, 120, minutes, more)).toMatchObject({ retryOf: null, retry: null })
    })
  }
})
