import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGate, type Gate } from '../support/gate.ts'

/** Inline SLOs, and pushed values for indicators that the definitions measure. */

const slo = `objectives:
  - {sli: payroll, key_sli: true, pass: [{criteria: ["<10"]}]}
  - {sli: doubled, pass: [{criteria: ["<10000000"]}]}
total_score: {pass: "90%"}
`
const project = {
  'prometheus/sli.yaml': 'indicators: {payroll: payroll, load: load, load.value: load}\n',
  'computed/sli.yaml': 'indicators: {doubled: payroll * 2}\n',
  'slo.yaml': slo,
}
const inline = 'objectives: [{sli: own, pass: [{criteria: ["<=+10%"]}]}]\ntotal_score: {pass: "90%"}\n'

function named(name: string, settings: string): Readonly<Record<string, string>> {
  const files = Object.entries(project).map(([path, text]) => [`${name}/${path}`, text])
  return { ...Object.fromEntries(files), [`${name}/project.yaml`]: settings }
}

let gate: Gate
beforeAll(async () => {
  gate = await startGate(
    { '*': { kind: 'value', value: 424242 } },
    {
      ...named('default', ''),
      ...named('globs', 'requests: {values: [pay*, "load?"]}\n'),
      ...named('deny', 'requests: {slo: deny}\n'),
      ...named('allow', 'requests: {slo: allow}\n'),
    },
  )
})
afterAll(() => gate.stop())

function evaluate(name: string, body: object) {
  const path = `/v1/projects/${name}/stages/prod/services/carts/evaluations`
  return gate.service.request('POST', path, { body, headers: { prefer: 'wait=20' } })
}

const push = (...metrics: readonly string[]): object => ({
  indicators: metrics.map((metric) => ({ metric, value: 0 })),
})

describe('a pushed value', () => {
  for (const { metric, sli = metric } of [
    { metric: 'payroll' },
    { metric: 'prometheus:payroll' },
    { metric: 'Prometheus:payroll' },
    { metric: 'doubled' },
  ]) {
    test(`for ${metric}, which the definitions measure, is refused`, async () => {
      const { status, body } = await evaluate('default', {
        slo: slo.replace('sli: payroll', `sli: "${sli}"`),
        ...push('other', metric),
      })
      expect(status).toBe(422)
      const provider = metric === 'doubled' ? 'computed' : 'prometheus'
      const message = `"${metric}" is for ${provider} to measure: omit its value, or name it in requests.values of default/project.yaml`
      expect(body).toMatchObject({
        code: 'pushed_over_measured',
        errors: [{ code: 'pushed_over_measured', pointer: '/indicators/1/metric', message }],
      })
    })
  }

  test('in a report is refused too', async () => {
    const { status, body } = await evaluate('default', {
      slo: slo.replace('sli: payroll', 'sli: load.value'),
      indicatorsFrom: { format: 'k6', content: { metrics: { load: { value: 1 } } } },
    })
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'pushed_over_measured', errors: [{ pointer: '/indicatorsFrom' }] })
  })

  test('for an input of a formula is refused, even if no objective uses it', async () => {
    const only = 'objectives: [{sli: doubled, pass: [{criteria: ["<1"]}]}]\ntotal_score: {pass: "90%"}\n'
    expect((await evaluate('default', { slo: only, ...push('payroll') })).body.code).toBe('pushed_over_measured')
  })

  test('that nothing asks for is reported as unused', async () => {
    const { status, body } = await evaluate('default', { slo: inline, ...push('own', 'load') })
    expect(status).toBe(201)
    expect(body.warnings).toContainEqual(expect.objectContaining({ code: 'unused_indicator', indicator: 'load' }))
  })

  test('whose name the project allows is used, with a warning', async () => {
    const { status, body } = await evaluate('globs', push('payroll'))
    expect(status).toBe(201)
    expect(body).toMatchObject({ result: 'pass', indicatorResults: [{ provider: 'pushed', value: 0 }, { value: 0 }] })
    expect(body.warnings).toContainEqual({
      code: 'pushed_over_measured',
      message: 'The value of "payroll" was pushed; prometheus was not asked.',
    })
  })

  test('is only allowed by a glob that matches all of the name', async () => {
    const loads = 'objectives: [{sli: load, pass: [{criteria: ["<1"]}]}]\ntotal_score: {pass: "90%"}\n'
    expect((await evaluate('globs', { slo: loads, ...push('load') })).status).toBe(422)
  })
})

describe('an inline SLO', () => {
  test('has a history of its own', async () => {
    const first = await evaluate('default', { slo: inline, ...push('own') })
    expect(first.body.slo).toMatchObject({ source: 'inline', inline: true })
    const byFile = await evaluate('default', {})
    const second = await evaluate('default', { slo: inline, ...push('own') })
    expect(second.body.comparedEvaluations).toEqual([first.body.id])
    const { body } = await gate.service.request(
      'GET',
      '/v1/projects/default/stages/prod/services/carts/score-history?limit=3',
    )
    const lines = body.items.map(({ id, inline: isInline }: { id: string; inline: boolean }) => [id, isInline])
    expect(lines).toEqual([
      [second.body.id, true],
      [byFile.body.id, false],
      [first.body.id, true],
    ])
  })

  test('is refused if the project denies it', async () => {
    const { status, body } = await evaluate('deny', { slo: inline, ...push('own') })
    expect(status).toBe(422)
    expect(body).toMatchObject({
      code: 'inline_slo_denied',
      detail: 'deny/project.yaml does not allow inline SLOs: requests.slo is deny',
    })
  })

  test("belongs to the service's history if the project allows it", async () => {
    const own = inline.replace('sli: own', 'sli: payroll')
    const byFile = await evaluate('allow', {})
    const { body } = await evaluate('allow', { slo: own })
    expect(body.slo).toMatchObject({ source: 'inline', inline: false })
    expect(body.comparedEvaluations).toEqual([byFile.body.id])
  })
})
