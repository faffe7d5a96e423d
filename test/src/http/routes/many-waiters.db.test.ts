import { expect, test } from 'vitest'
import { bodyOf, explainedBodyOf } from '../../../../src/http/wire/evaluation-body.ts'
import { endedEvaluation } from '../../../support/evaluation.ts'
import { startGate } from '../../../support/gate.ts'

const names = Array.from({ length: 300 }, (_, number) => `indicator-${number}`)
const slo = `x-gate: none\nobjectives:\n${names.map((name) => `  - sli: ${name}\n`).join('')}total_score: {pass: 90}\n`

test('all waiters of one evaluation get the same answer, with all its objectives', async () => {
  const script = Object.fromEntries(names.map((name) => [name, { kind: 'value' as const, value: 1 }]))
  const gate = await startGate(script, {
    'shop/slo.yaml': slo,
    'shop/prometheus/sli.yaml': `indicators:\n${names.map((name) => `  ${name}: ${name}\n`).join('')}`,
  })
  try {
    const { service } = gate
    const toCome = { window: { start: new Date(Date.now() - 58_500).toISOString(), timeframe: '1m' } }
    const path = '/v1/projects/shop/stages/staging/services/carts/evaluations'
    const { body } = await service.request('POST', path, { body: toCome })
    const waits = Array.from({ length: 100 }, () =>
      service.request('GET', `/v1/evaluations/${body.id}`, { headers: { prefer: 'wait=50' } }),
    )
    const answers = await Promise.all(waits)
    const texts = new Set(answers.map((answer) => JSON.stringify(answer.body)))
    expect(texts.size).toBe(1)
    expect(answers[0]).toMatchObject({ status: 200, body: { state: 'succeeded' } })
    expect(answers[0]?.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answers[0]?.body.indicatorResults.length).toBe(300)
  } finally {
    await gate.stop()
  }
})

test('an evaluation is serialised once for all, and so is its explanation', async () => {
  const evaluation = endedEvaluation()
  let explanations = 0
  const explain = async (): Promise<null> => {
    explanations += 1
    return null
  }
  expect(bodyOf(evaluation)).toBe(bodyOf(evaluation))
  const both = await Promise.all([explainedBodyOf(evaluation, explain), explainedBodyOf(evaluation, explain)])
  expect(both[0]).toBe(both[1])
  expect(explanations).toBe(1)
})

test('an explanation that failed is tried again', async () => {
  const evaluation = endedEvaluation()
  await expect(explainedBodyOf(evaluation, () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(JSON.parse(String(await explainedBodyOf(evaluation, async () => null)))).toMatchObject({ explanation: null })
})
