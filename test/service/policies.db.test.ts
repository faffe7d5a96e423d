import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commitAll } from '../support/git.ts'
import { startService, type Reply, type TestService } from '../support/service.ts'

/** What a project's files decide, from the request to the answer: policies, services, commits, edits. */

const twoObjectives = `
comparison: {compare_with: single_result, include_result_with_score: pass}
objectives:
  - {sli: a, pass: [{criteria: ["<10"]}]}
  - {sli: b, pass: [{criteria: ["<10"]}]}
total_score: {pass: "50%", warning: "25%"}
`
const relative = `
comparison: {compare_with: single_result, include_result_with_score: pass}
objectives: [{sli: a, pass: [{criteria: ["<=+10%"]}]}]
total_score: {pass: "90%"}
`
const misspelt = `
comparison: {compare_with: single_result, include_result_with_score: pass}
objectives:
  - {sli: a, key_sli: true, pas: [{criteria: ["<=1"]}]}
  - {sli: b, pass: [{criteria: ["<=+10%"]}]}
total_score: {pass: "90%"}
`
const informational = 'objectives: [{sli: a}, {sli: b}]\ntotal_score: {pass: "90%"}\n'
/** Nobody listens there: what is asked cannot be answered. */
const settings = { providers: { prometheus: { kind: 'prometheus', url: 'http://127.0.0.1:1' } } }

/** One project for each choice, since a policy is a project's. */
const projects: Readonly<Record<string, string>> = {
  'missing-default/slo.yaml': twoObjectives,
  'missing-fail/slo.yaml': twoObjectives,
  'missing-fail/project.yaml': 'policies: {missingData: fail}',
  'missing-keptn/slo.yaml': twoObjectives,
  'missing-keptn/project.yaml': 'policies: {missingData: keptn}',
  'baseline-default/slo.yaml': relative,
  'baseline-warning/slo.yaml': relative,
  'baseline-warning/project.yaml': 'policies: {noBaseline: warning}',
  'baseline-fail/slo.yaml': relative,
  'baseline-fail/project.yaml': 'policies: {noBaseline: fail}',
  'misspelt-default/slo.yaml': misspelt,
  'misspelt-fail/slo.yaml': misspelt,
  'misspelt-fail/project.yaml': 'policies: {misspeltKeys: fail}',
  'misspelt-keptn/slo.yaml': misspelt,
  'misspelt-keptn/project.yaml': 'policies: {misspeltKeys: keptn, ungated: pass}',
  'slo-fail/project.yaml': 'policies: {missingSlo: fail}',
  'slo-pass/project.yaml': 'policies: {missingSlo: pass}',
  'ungated-default/slo.yaml': informational,
  'ungated-pass/slo.yaml': informational,
  'ungated-pass/project.yaml': 'policies: {ungated: pass}',
  'ungated-fail/slo.yaml': informational,
  'ungated-fail/project.yaml': 'policies: {ungated: fail}',
  'ungated-meant/slo.yaml': `x-gate: none\n${informational}`,
  'closed/slo.yaml': relative,
  'closed/project.yaml': 'services: [carts, orders]',
  'empty/slo.yaml': relative,
  'empty/project.yaml': 'services: []',
  'broken/slo.yaml': relative,
  'broken/project.yaml': 'policies: {missingData: ignore}\nservice: [carts]\n',
  'edited/slo.yaml': relative,
}

let service: TestService
beforeAll(async () => {
  service = await startService({ files: projects, settings })
})
afterAll(() => service.stop())

function evaluate(project: string, values: Readonly<Record<string, number>>, more: object = {}, name = 'carts') {
  const indicators = Object.entries(values).map(([metric, value]) => ({ metric, value }))
  return service.request('POST', `/v1/projects/${project}/stages/staging/services/${name}/evaluations`, {
    headers: { prefer: 'wait=20' },
    body: { indicators, ...more },
  })
}

const codes = ({ body }: Reply): readonly string[] => body.reasons.map(({ code }: { code: string }) => code)

describe('misspeltKeys', () => {
  test('by default the file is refused, with the place and the fix', async () => {
    const reply = await evaluate('misspelt-default', { a: 97, b: 1 })
    expect(reply.status).toBe(422)
    expect(reply.body).toMatchObject({
      code: 'slo_invalid',
      errors: [{ code: 'misspelt_key', file: 'misspelt-default/slo.yaml', line: 4, column: 29, fix: 'write pass' }],
    })
  })

  test('by default an event ends errored', async () => {
    const sent = await service.request('POST', '/v1/events', {
      headers: { 'content-type': 'application/cloudevents+json' },
      body: {
        specversion: '1.0',
        id: 'misspelt',
        source: 'test',
        type: 'sh.keptn.event.evaluation.triggered',
        shkeptncontext: 'c1f3a1b6-9d0e-4c50-8d4c-2f5d0f5f7a11',
        data: { project: 'misspelt-default', stage: 'staging', service: 'carts', evaluation: { timeframe: '5m' } },
      },
    })
    const { body } = await service.request('GET', `/v1/evaluations/${sent.body.id}`, { headers: { prefer: 'wait=20' } })
    expect(body).toMatchObject({
      state: 'errored',
      result: 'fail',
      reasons: [{ code: 'slo_invalid', errors: [{ code: 'misspelt_key', fix: 'write pass' }] }],
    })
  })

  test('fail: judged, capped and explained, and a baseline without the cap', async () => {
    const first = await evaluate('misspelt-fail', { a: 97, b: 1 })
    expect(first.body).toMatchObject({ state: 'succeeded', result: 'fail', score: 100 })
    expect(codes(first)).toEqual(['slo_invalid', 'ungated', 'no_baseline', 'capped'])
    const explained = await service.request('GET', `/v1/evaluations/${first.body.id}?include=explanation`)
    expect(explained.body.explanation.sentence).toMatch(
      /^The result is fail instead of pass because the SLO has keys that are most/,
    )
    const second = await evaluate('misspelt-fail', { a: 97, b: 1 })
    expect(second.body.comparedEvaluations).toEqual([first.body.id])
  })

  test('keptn: a warning only', async () => {
    const reply = await evaluate('misspelt-keptn', { a: 97, b: 1 })
    expect(reply.body).toMatchObject({ result: 'pass', score: 100 })
    expect(reply.body.warnings).toContainEqual(expect.objectContaining({ code: 'misspelt_key', severity: 'warning' }))
  })
})

describe('missingData', () => {
  // Half of the points, which is a pass, with or without the other half.
  for (const { policy, result, reasons } of [
    { policy: 'default', result: 'warning', reasons: ['not_measured', 'capped'] },
    { policy: 'fail', result: 'fail', reasons: ['not_measured', 'capped'] },
    { policy: 'keptn', result: 'pass', reasons: ['not_measured'] },
  ]) {
    test(`${policy}: an indicator that was not measured makes a pass ${result}, the score stays`, async () => {
      const reply = await evaluate(`missing-${policy}`, { a: 1 })
      expect(reply.body).toMatchObject({ state: 'succeeded', result, score: 50 })
      expect([...codes(reply)].toSorted()).toEqual(reasons.toSorted())
      expect(reply.body.indicatorResults[1]).toMatchObject({ status: 'fail', score: 0, success: false })
    })
  }

  test('with everything measured no policy says anything', async () => {
    for (const policy of ['default', 'fail', 'keptn']) {
      const reply = await evaluate(`missing-${policy}`, { a: 1, b: 2 })
      expect(reply.body).toMatchObject({ result: 'pass', score: 100, reasons: [] })
    }
  })
})

describe('noBaseline', () => {
  for (const { policy, result, reasons } of [
    { policy: 'default', result: 'pass', reasons: ['no_baseline'] },
    { policy: 'warning', result: 'warning', reasons: ['capped', 'no_baseline'] },
    { policy: 'fail', result: 'fail', reasons: ['capped', 'no_baseline'] },
  ]) {
    test(`${policy}: the first is ${result}, and the next is compared with it all the same`, async () => {
      const first = await evaluate(`baseline-${policy}`, { a: 100 })
      expect(first.body).toMatchObject({ state: 'succeeded', result, score: 100, comparedEvaluations: [] })
      expect([...codes(first)].toSorted()).toEqual(reasons)
      expect(first.body.warnings).toMatchObject([{ code: 'first_build_passes', indicator: 'a' }])
      const second = await evaluate(`baseline-${policy}`, { a: 110 }, { labels: { version: '2' } })
      expect(second.body).toMatchObject({
        result: 'pass',
        score: 100,
        reasons: [],
        warnings: [],
        comparedEvaluations: [first.body.id],
      })
      expect(second.body.indicatorResults[0].comparedValue).toBe(100)
    })
  }
})

describe('missingSlo', () => {
  test('fail: 404, and where it was looked for', async () => {
    const { status, body } = await evaluate('slo-fail', { a: 1 })
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: 'slo_not_found', detail: expect.stringContaining('slo-fail/slo.yaml') })
  })

  test('pass: a pass that says it judged nothing', async () => {
    const reply = await evaluate('slo-pass', {})
    expect(reply.status).toBe(201)
    expect(reply.body).toMatchObject({ state: 'succeeded', result: 'pass', score: null, slo: null })
    expect(reply.body.indicatorResults).toEqual([])
    expect(codes(reply)).toEqual(['ungated'])
  })
})

describe('ungated', () => {
  for (const { project, values, result, reasons } of [
    { project: 'ungated-default', values: { a: 1 }, result: 'warning', reasons: ['ungated', 'capped'] },
    { project: 'ungated-default', values: {}, result: 'fail', reasons: ['ungated', 'capped'] },
    { project: 'ungated-pass', values: {}, result: 'pass', reasons: ['ungated'] },
    { project: 'ungated-fail', values: { a: 1 }, result: 'fail', reasons: ['ungated', 'capped'] },
    { project: 'ungated-meant', values: { a: 1 }, result: 'pass', reasons: ['ungated'] },
  ]) {
    const measured = Object.keys(values).length === 0 ? 'nothing' : 'one of two'
    test(`${project} with ${measured} measured: ${result}, score 100`, async () => {
      const reply = await evaluate(project, values)
      expect(reply.body).toMatchObject({ state: 'succeeded', result, score: 100 })
      expect(codes(reply)).toEqual(reasons)
    })
  }
})

describe('a closed list of services', () => {
  test('lets its services in', async () => {
    for (const name of ['carts', 'orders']) expect((await evaluate('closed', { a: 1 }, {}, name)).status).toBe(201)
  })

  for (const { project, name, list } of [
    { project: 'closed', name: 'payments', list: 'lists carts, orders' },
    { project: 'closed', name: 'Carts', list: 'lists carts, orders \\(did you mean carts\\?\\)' },
    { project: 'empty', name: 'carts', list: 'lists no service' },
  ]) {
    test(`of ${project} is 404 for ${name}, and says which there are`, async () => {
      const { status, body } = await evaluate(project, { a: 1 }, {}, name)
      expect(status).toBe(404)
      expect(body).toMatchObject({ code: 'service_not_found', detail: expect.stringMatching(new RegExp(` ${list}$`)) })
    })
  }
})

test('a project.yaml with mistakes is 422, each with its place', async () => {
  const { status, body } = await evaluate('broken', { a: 1 })
  expect(status).toBe(422)
  expect(body.code).toBe('project_invalid')
  expect(body.errors.map(({ file, line }: { file: string; line: number }) => `${file}:${line}`)).toEqual([
    'broken/project.yaml:1',
    'broken/project.yaml:2',
  ])
})

test('an edit counts from the next evaluation on; what was accepted keeps its text', async () => {
  const before = await evaluate('edited', { a: 100 })
  const stricter = relative.replace('<=+10%', '<=-10%')
  await writeFile(join(service.root, 'edited/slo.yaml'), stricter)
  const after = await evaluate('edited', { a: 100 })
  expect(after.body).toMatchObject({ result: 'fail', comparedEvaluations: [before.body.id] })
  expect(after.body.slo.digest).not.toBe(before.body.slo.digest)
  const { body: again } = await service.request('GET', `/v1/evaluations/${before.body.id}`)
  expect(again).toEqual(before.body)
  await writeFile(join(service.root, 'edited/slo.yaml'), 'objectives: {')
  expect((await evaluate('edited', { a: 100 })).status).toBe(422)
  await writeFile(join(service.root, 'edited/slo.yaml'), relative)
  expect((await evaluate('edited', { a: 100 })).body).toMatchObject({ result: 'pass' })
})

test('a window that is still open keeps the definition it was accepted with', async () => {
  const window = { start: new Date(Date.now() - 60_000).toISOString(), end: new Date(Date.now() + 1_500).toISOString() }
  const accepted = await evaluate('edited', { a: 1 }, { window }, 'queued')
  expect(accepted.body.slo.source).toBe('edited/slo.yaml')
  await writeFile(join(service.root, 'edited/slo.yaml'), relative.replace('<=+10%', '<0'))
  const { body } = await service.request('GET', `/v1/evaluations/${accepted.body.id}`, {
    headers: { prefer: 'wait=20' },
  })
  expect(body).toMatchObject({ result: 'pass', indicatorResults: [{ passTargets: [{ criteria: '<=+10%' }] }] })
  await writeFile(join(service.root, 'edited/slo.yaml'), relative)
})

describe('definitions in git', () => {
  const pushed = { indicators: [{ metric: 'a', value: 1 }] }
  const other = relative.replace('<=+10%', '<5')

  /** An evaluation of shop/staging/carts, set off by an event, once it has ended. */
  async function triggered(own: TestService, gitcommitid: string): Promise<Reply['body']> {
    const { body } = await own.request('POST', '/v1/events', {
      headers: { 'content-type': 'application/cloudevents+json' },
      body: {
        specversion: '1.0',
        id: randomUUID(),
        source: 'ci',
        type: 'sh.keptn.event.evaluation.triggered',
        gitcommitid,
        data: { project: 'shop', stage: 'staging', service: 'carts' },
      },
    })
    const found = await own.request('GET', `/v1/evaluations/${body.id}`, { headers: { prefer: 'wait=20' } })
    return found.body
  }

  test('a named commit is read, and one that cannot be read is refused and not recorded', async () => {
    const own = await startService({ files: { 'shop/slo.yaml': relative, 'shop/project.yaml': '' }, settings })
    try {
      const first = commitAll(own.root)
      await writeFile(join(own.root, 'shop/slo.yaml'), other)
      const second = commitAll(own.root)
      for (const { gitCommitId, commit, criteria } of [
        { gitCommitId: first, commit: first, criteria: '<=+10%' },
        { gitCommitId: first.slice(0, 12).toUpperCase(), commit: first, criteria: '<=+10%' },
        { gitCommitId: undefined, commit: second, criteria: '<5' },
        { gitCommitId: '', commit: second, criteria: '<5' },
      ]) {
        const { body } = await own.evaluate({ ...pushed, gitCommitId })
        expect(body).toMatchObject({ gitCommitId: commit, indicatorResults: [{ passTargets: [{ criteria }] }] })
      }
      const invented = 'a'.repeat(40)
      for (const slo of [undefined, relative]) {
        const refused = await own.evaluate({ ...pushed, slo, gitCommitId: invented })
        expect(refused.status).toBe(422)
        expect(refused.body).toMatchObject({ code: 'commit_unreadable', detail: expect.stringContaining(invented) })
      }
      expect(await triggered(own, invented)).toMatchObject({
        state: 'errored',
        result: 'fail',
        gitCommitId: null,
        reasons: [
          { code: 'slo_missing', message: expect.stringContaining(`"${invented}" is not in the git repository`) },
        ],
      })
      expect(await triggered(own, first)).toMatchObject({ gitCommitId: first, slo: { source: 'shop/slo.yaml' } })
    } finally {
      await own.stop()
    }
  })

  test('a clone for each project: its commit counts, and there is none without a repository', async () => {
    const own = await startService({ files: { 'shop/slo.yaml': relative }, settings })
    try {
      const unverified = await own.evaluate({ ...pushed, gitCommitId: 'a'.repeat(40) })
      expect([unverified.status, unverified.body.code]).toEqual([422, 'commit_unreadable'])
      const commit = commitAll(join(own.root, 'shop'))
      expect((await own.evaluate(pushed)).body).toMatchObject({ gitCommitId: commit })
      const invented = await own.evaluate({ ...pushed, gitCommitId: 'a'.repeat(40) })
      expect([invented.status, invented.body.code]).toEqual([422, 'commit_unreadable'])
    } finally {
      await own.stop()
    }
  })

  test('uncommitted changes are recorded as dirty, and named', async () => {
    const own = await startService({ files: { 'shop/slo.yaml': relative }, settings })
    try {
      const commit = commitAll(own.root)
      await writeFile(join(own.root, 'shop/slo.yaml'), other)
      const { body } = await own.evaluate(pushed)
      expect(body).toMatchObject({
        gitCommitId: `${commit}-dirty`,
        warnings: [
          {
            code: 'definitions_dirty',
            message: expect.stringContaining('shop/slo.yaml is changed'),
            files: ['shop/slo.yaml'],
          },
        ],
      })
    } finally {
      await own.stop()
    }
  })
})
