import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startService, type TestService } from '../../support/service.ts'

const slo = `
comparison: {compare_with: single_result, include_result_with_score: pass}
objectives:
  - {sli: latency, displayName: Latency, weight: 2, pass: [{criteria: ["<=+10%", "<600"]}], warning: [{criteria: ["<=800"]}]}
  - {sli: errors, pass: [{criteria: ["<=1"]}]}
total_score: {pass: "90%", warning: "60%"}
`

let service: TestService
beforeAll(async () => {
  service = await startService({ files: { 'shop/slo.yaml': slo } })
})
afterAll(() => service.stop())

async function evaluate(latency: number, errors?: number): Promise<string> {
  const indicators = [
    { metric: 'latency', value: latency },
    ...(errors === undefined ? [] : [{ metric: 'errors', value: errors }]),
  ]
  return (await service.evaluate({ indicators })).body.id
}

async function explained(id: string, query = 'include=explanation') {
  return service.request('GET', `/v1/evaluations/${id}?${query}`)
}

describe('an explanation', () => {
  test('comes from the row alone, in structure and in words', async () => {
    const first = await evaluate(400, 0)
    const failed = await evaluate(441, 0)
    const skipped = await evaluate(450, 0)
    const { status, body } = await explained(skipped)
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: skipped, result: 'warning' })
    expect(body.explanation).toMatchObject({
      result: 'warning',
      score: body.score,
      objectives: [
        { indicator: 'latency', toPass: { kind: 'away', to: 440, target: 440, by: -10 }, toWarning: { kind: 'met' } },
        { indicator: 'errors', toPass: { kind: 'met' }, toWarning: { kind: 'absent' } },
      ],
      smallestChange: { kind: 'change', changes: [{ indicator: 'latency', from: 450, to: 440 }], result: 'pass' },
      comparedEvaluations: [{ id: first, indicators: ['latency', 'errors'], without: { result: 'pass', score: 100 } }],
      skippedEvaluations: [{ id: failed, message: expect.stringContaining('does not count as a baseline') }],
    })
    expect(body.explanation.text.split('\n')[0]).toBe(
      'Warning: the score 66.67 reaches 60 but not 90, because of Latency (latency) (450, where <=+10% (440) is needed).',
    )
  })

  test('of an undecided evaluation says what could not be asked', async () => {
    const { body } = await explained(await evaluate(100))
    expect(body).toMatchObject({ state: 'errored', explanation: { state: 'errored', score: null } })
    expect(body.explanation.sentence).toMatch(
      /^Undecided, so the gate stays closed: errors \(config\) could not be asked/,
    )
  })

  test('is null when nothing was judged', async () => {
    const [start, end] = [0, 3_600_000].map((ahead) => new Date(Date.now() + ahead).toISOString())
    const { body: queued } = await service.evaluate({ window: { start, end } }, {})
    expect((await explained(queued.id)).body).toMatchObject({ state: 'queued', explanation: null })
    await service.request('DELETE', `/v1/evaluations/${queued.id}`)
    expect((await explained(queued.id)).body).toMatchObject({ state: 'aborted', explanation: null })
  })

  test('waits for the end of what runs', async () => {
    const { body: accepted } = await service.evaluate({ indicators: [{ metric: 'latency', value: 1 }] }, {})
    const url = `/v1/evaluations/${accepted.id}?include=explanation`
    const { body } = await service.request('GET', url, { headers: { prefer: 'wait=20' } })
    expect(body).toMatchObject({ state: 'errored', explanation: { state: 'errored' } })
  })

  test('stands in the document', async () => {
    const { body } = await service.request('GET', '/openapi.json')
    const { parameters, responses } = body.paths['/v1/evaluations/{id}'].get
    expect(parameters).toContainEqual(expect.objectContaining({ name: 'include', in: 'query', required: false }))
    expect(JSON.stringify(responses['200'])).toContain('EvaluationWithExplanation')
  })

  test('is not there unasked, and nothing else can be included', async () => {
    const id = await evaluate(100, 0)
    expect((await explained(id, '')).body).not.toHaveProperty('explanation')
    expect(await explained(id, 'include=everything')).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/include', message: 'must be explanation, the only part that can be included' }] },
    })
    expect((await explained(id, 'includes=explanation')).status).toBe(422)
  })
})
