import { describe, expect, test } from 'vitest'
import { parseSlo } from '../../../slo/index.ts'
import { toEvent } from '../../../src/intake/cloudevent.ts'
import { toCommand } from '../../../src/intake/triggered.ts'
import { planIndicators } from '../../../src/measuring/plan.ts'

const window = {
  start: new Date('2024-05-01T00:30:00Z'),
  end: new Date('2024-05-01T00:35:00Z'),
  source: 'request',
} as const

const request = {
  service: { project: 'shop', stage: 'prod', service: 'carts' },
  labels: {},
  environment: { REGION: 'eu' },
  pushed: [],
  reported: [],
}

test("a query sees the SLO's filter and the allowed environment, each value through the provider's escaping", () => {
  const slo = parseSlo('filter: {handler: "Items"}\nobjectives: [{sli: a}]\ntotal_score: {pass: 90}')
  const definition = '$handler $ENV.REGION'
  const answers = [{ kind: 'asked', indicator: 'a', provider: 'prom', name: 'a', definition }] as const
  const plan = planIndicators({ slo, answers }, request, window, (instance) => (value) => `${instance}<${value}>`)
  expect(plan).toEqual([
    { kind: 'asked', indicator: 'a', provider: 'prom', name: 'a', definition, query: 'prom<Items> prom<eu>' },
  ])
})

const asking = '$CONTEXT|$EVENT|$SOURCE|$TESTSTRATEGY'
const answers = [{ kind: 'asked', indicator: 'a', provider: 'prom', name: 'a', definition: asking }] as const

function triggered(data: object, attributes: object = {}) {
  const event = { specversion: '1.0', id: '1', source: 'shipyard', type: 'sh.keptn.event.evaluation.triggered' }
  const body = { ...event, ...attributes, data: { project: 'shop', stage: 'prod', service: 'carts', ...data } }
  return toCommand(toEvent(body), { stageOfType: undefined, arrival: { trust: 'vouched' }, now: new Date(0) })
}

describe("Keptn's placeholders for the trigger", () => {
  const shkeptncontext = '6b8a3a6e-4b1c-4a0e-9d3f-1f1f0e6f7a11'

  for (const { title, data, strategy } of [
    { title: 'of its test', data: { test: { teststrategy: 'performance' } }, strategy: 'performance' },
    { title: 'beside its test, as before Keptn 0.8', data: { teststrategy: 'functional' }, strategy: 'functional' },
    {
      title: 'of its test, even if there is another beside it',
      data: { teststrategy: 'functional', test: { teststrategy: 'performance' } },
      strategy: 'performance',
    },
  ]) {
    test(`are filled from the event, with the strategy ${title}`, () => {
      const command = { environment: {}, ...triggered(data, { shkeptncontext }) }
      const [planned] = planIndicators({ slo: null, answers }, command, window, () => (value) => value)
      const query = `${shkeptncontext}|sh.keptn.event.evaluation.triggered|shipyard|${strategy}`
      expect(planned).toMatchObject({ kind: 'asked', query })
    })
  }

  test('are missing if an event does not have them', () => {
    const command = triggered({ test: { teststrategy: '' }, teststrategy: null })
    const [planned] = planIndicators({ slo: null, answers }, { environment: {}, ...command }, window, () => (v) => v)
    expect(planned).toMatchObject({
      kind: 'unanswered',
      message: expect.stringMatching(
        /^placeholder \$CONTEXT has no value: .*; placeholder \$TESTSTRATEGY has no value: /,
      ),
    })
  })

  test('are missing in a request, except the context', () => {
    const named = { ...request, context: 'c1', trigger: { kind: 'api' } } as const
    const [planned] = planIndicators({ slo: null, answers }, named, window, () => (value) => value)
    expect(planned).toMatchObject({
      kind: 'unanswered',
      message: expect.stringMatching(/^placeholder \$EVENT .*; placeholder \$SOURCE .*; placeholder \$TESTSTRATEGY /),
    })
  })
})
