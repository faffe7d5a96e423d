import { expect, test } from 'vitest'
import { parseSlo } from '../../slo/index.ts'
import { planIndicators } from '../../src/plan.ts'

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
