import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startReceiver, type Received, type Receiver } from '../../../support/receiver.ts'
import { startService, type TestService } from '../../../support/service.ts'

const slo = `
comparison: {compare_with: single_result, include_result_with_score: pass}
objectives:
  - {sli: latency, displayName: Latency, weight: 2, pass: [{criteria: ["<=+10%", "<600"]}], warning: [{criteria: ["<=800"]}]}
  - {sli: errors, pass: [{criteria: ["<=1"]}]}
total_score: {pass: "90%", warning: "60%"}
`

let service: TestService
let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
  service = await startService({
    files: { 'shop/slo.yaml': slo, 'new/slo.yaml': slo, 'new/project.yaml': 'policies: {noBaseline: warning}' },
    settings: { sinks: [{ name: 'ci', url: receiver.url, types: ['evaluation.finished'] }] },
  })
})
afterAll(async () => {
  await service.stop()
  await receiver.stop()
})

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
      'Warning: the score of 66.67 reaches 60 but not 90 because of Latency (latency) (450, must be <=+10% (440)).',
    )
  })

  test('of an undecided evaluation says what could not be queried', async () => {
    const { body } = await explained(await evaluate(100))
    expect(body).toMatchObject({ state: 'errored', explanation: { state: 'errored', score: null } })
    expect(body.explanation.sentence).toMatch(
      /^Undecided, so the gate stays closed: errors \(config\) could not be queried/,
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

  test('comes with the judgement of what is waited for', async () => {
    const now = Date.now()
    const window = { start: new Date(now - 60_000).toISOString(), end: new Date(now + 1_000).toISOString() }
    const indicators = [
      { metric: 'latency', value: 900 },
      { metric: 'errors', value: 0 },
    ]
    const { body: accepted } = await service.evaluate({ window, indicators }, {})
    expect(accepted).toMatchObject({ state: 'queued', result: null })
    const url = `/v1/evaluations/${accepted.id}?include=explanation`
    const { status, headers, body } = await service.request('GET', url, { headers: { prefer: 'wait=20' } })
    expect([status, headers.get('preference-applied')]).toEqual([200, 'wait=20'])
    expect(body).toMatchObject({
      state: 'succeeded',
      result: 'fail',
      explanation: { state: 'succeeded', result: 'fail' },
    })
    expect(body.explanation.smallestChange).toMatchObject({ changes: [{ indicator: 'latency', from: 900, to: 800 }] })
  })

  for (const { include, skipped } of [
    { include: 'pass', skipped: ['fail', 'warning'] },
    { include: 'pass_or_warn', skipped: ['fail'] },
    { include: 'all', skipped: [] },
  ]) {
    test(`of what ${include} leaves out says so, in structure and in words`, async () => {
      const inline = slo.replace('include_result_with_score: pass', `include_result_with_score: ${include}`)
      const judged = async (latency: number, errors: number) => {
        const indicators = [
          { metric: 'latency', value: latency },
          { metric: 'errors', value: errors },
        ]
        const path = `/v1/projects/shop/stages/staging/services/${include}/evaluations`
        const { body } = await service.request('POST', path, {
          headers: { prefer: 'wait=20' },
          body: { slo: inline, indicators },
        })
        return { id: String(body.id), result: String(body.result) }
      }
      const earlier = [await judged(400, 0), await judged(700, 0), await judged(900, 9)]
      expect(earlier.map(({ result }) => result)).toEqual(['pass', 'warning', 'fail'])
      const { body } = await explained((await judged(400, 0)).id)
      const messages = earlier
        .toReversed()
        .filter(({ result }) => skipped.includes(result))
        .map(({ id, result }) => ({
          id,
          message: `The earlier evaluation ${id} does not count as a baseline: its result is ${result}, and include_result_with_score is ${include}.`,
        }))
      expect(body.explanation.skippedEvaluations).toEqual(messages)
      for (const { message } of messages) expect(body.explanation.text).toContain(message)
      const compared = earlier.findLast(({ result }) => !skipped.includes(result))
      expect(body.explanation.comparedEvaluations).toMatchObject([{ id: compared?.id }])
    })
  }

  test('of a result that a policy caps says so, and the evaluation counts as what it was without', async () => {
    const path = '/v1/projects/new/stages/staging/services/carts/evaluations'
    const indicators = [
      { metric: 'latency', value: 400 },
      { metric: 'errors', value: 0 },
    ]
    const post = () => service.request('POST', path, { headers: { prefer: 'wait=20' }, body: { indicators } })
    const { body: first } = await post()
    expect(first).toMatchObject({
      result: 'warning',
      reasons: expect.arrayContaining([expect.objectContaining({ code: 'capped' })]),
    })
    const { explanation } = (await explained(first.id)).body
    expect(explanation.sentence).toMatch(/noBaseline/)
    expect(explanation.smallestChange).toEqual({ kind: 'none', code: 'unreachable' })
    const { body: second } = await post()
    expect((await explained(second.id)).body).toMatchObject({
      result: 'pass',
      explanation: { comparedEvaluations: [{ id: first.id }], skippedEvaluations: [] },
    })
  })

  test('in brief is what the finished event carries', async () => {
    const id = await evaluate(450, 0)
    const isOf = ({ event }: Received): boolean => event['triggeredid'] === id
    await receiver.until((received) => received.some(isOf))
    const { sentence, smallestChange, smallestSet } = (await explained(id)).body.explanation
    expect(receiver.received.find(isOf)?.event.data).toMatchObject({
      evaluation: { explanation: { sentence, smallestChange, smallestSet } },
    })
    expect(smallestChange).toMatchObject({ kind: 'change', changes: [{ indicator: 'latency' }] })
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
