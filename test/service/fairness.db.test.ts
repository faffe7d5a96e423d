import { afterEach, expect, test } from 'vitest'
import { waitFor } from '../../demo/wait.ts'
import { startScriptedPrometheus, type Script } from '../support/scripted-prometheus.ts'
import { startService, type TestService } from '../support/service.ts'

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

const slo = 'objectives: [{sli: i, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n'
const sliOf = (query: string) => `spec_version: "1.0"\nindicators: {i: ${query}}\n`
const waiting = { prefer: 'wait=20' }

/** A service of the projects, each with one indicator: a query of its own name, at its own provider or at the one named. */
async function start(
  script: Script,
  projects: Readonly<Record<string, string>>,
  settings: { readonly limits?: object; readonly concurrency?: number } = {},
) {
  const prometheus = await startScriptedPrometheus(script)
  stops.push(() => prometheus.stop())
  const { limits = {}, concurrency } = settings
  const instance = { kind: 'prometheus', url: prometheus.url, ...(concurrency && { concurrency }) }
  const names = Object.entries(projects)
  const files = names.flatMap(([project, provider]) => [
    [`${project}/slo.yaml`, slo.replace('sli: i', `sli: "${provider}:i"`)],
    [`${project}/${provider}/sli.yaml`, sliOf(project)],
    [`${project}/project.yaml`, 'requests: {values: [pushed]}\n'],
  ])
  const providers = Object.fromEntries(names.map(([, provider]) => [provider, instance]))
  const [, first = ''] = names[0] ?? []
  const service = await startService({
    files: Object.fromEntries(files),
    settings: { providers, defaultProvider: first, limits: { measureTimeout: '60s', ...limits } },
  })
  stops.push(() => service.stop())
  const asked = (project: string): number => prometheus.requests.filter(({ query }) => query === project).length
  return { service, prometheus, asked }
}

function evaluate(service: TestService, project: string, body: object = {}, headers: Record<string, string> = {}) {
  return service.request('POST', `/v1/projects/${project}/stages/s/services/x/evaluations`, { headers, body })
}

async function evaluateMany(service: TestService, project: string, count: number): Promise<readonly string[]> {
  const replies = await Promise.all(Array.from({ length: count }, () => evaluate(service, project)))
  return replies.map(({ body }) => body.id)
}

const pushedOnly = {
  slo: 'objectives: [{sli: pushed, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n',
  indicators: [{ metric: 'pushed', value: 1 }],
}

test('while 60 evaluations hang at one provider of 20, the other 19 answer theirs, and what needs no provider ends', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `p${index}`)
  const script = Object.fromEntries(names.map((name) => [name, { kind: 'value', value: 1 } as const]))
  const projects = Object.fromEntries(names.map((name) => [name, `prom-${name}`]))
  const { service, asked } = await start({ ...script, p19: { kind: 'hang' } }, projects)
  const hanging = await evaluateMany(service, 'p19', 60)
  await waitFor('all its slots hang', 20_000, () => (asked('p19') === 10 ? true : undefined))
  const others = await Promise.all(names.slice(0, 19).map((name) => evaluate(service, name, {}, waiting)))
  expect(others.map(({ body }) => body.result)).toEqual(others.map(() => 'pass'))
  const alone = await evaluate(service, 'p3', pushedOnly, waiting)
  expect(alone.body).toMatchObject({ state: 'succeeded', result: 'pass' })
  const states = await Promise.all(hanging.map((id) => service.request('GET', `/v1/evaluations/${id}`)))
  expect(new Set(states.map(({ body }) => body.state))).toEqual(new Set(['running']))
  expect(asked('p19')).toBe(10)
})

test('with all places taken by what hangs, what needs no provider ends, and so does another project', async () => {
  const script: Script = { many: { kind: 'hang' }, other: { kind: 'value', value: 1 } }
  const limits = { concurrency: 10 }
  const { service, asked } = await start(script, { many: 'slow', other: 'quick' }, { limits, concurrency: 1 })
  await evaluateMany(service, 'many', 30)
  await waitFor('one hangs', 20_000, () => (asked('many') === 1 ? true : undefined))
  expect((await evaluate(service, 'many', pushedOnly, waiting)).body).toMatchObject({ result: 'pass' })
  expect((await evaluate(service, 'other', {}, waiting)).body).toMatchObject({ result: 'pass' })
})

test('at one slot, the evaluation of another project is among the first three that are asked', async () => {
  const script: Script = { many: { kind: 'hang' }, other: { kind: 'value', value: 1 } }
  const { service, prometheus, asked } = await start(script, { many: 'prom', other: 'prom' }, { concurrency: 1 })
  const [first] = await evaluateMany(service, 'many', 1)
  await waitFor('the first hangs', 20_000, () => (asked('many') === 1 ? true : undefined))
  await evaluateMany(service, 'many', 40)
  await evaluate(service, 'other')
  // Long enough for the evaluation of the other project to be waiting before the third is asked.
  script['many'] = { kind: 'value', value: 1, latencyMs: 500 }
  await service.request('DELETE', `/v1/evaluations/${first}`)
  await waitFor('three are asked', 20_000, () => (prometheus.requests.length >= 3 ? true : undefined))
  expect(prometheus.requests.slice(0, 3).map(({ query }) => query)).toContain('other')
})

test('an evaluation that waits for a slot can be cancelled, and is never asked', async () => {
  const script: Script = { first: { kind: 'hang' }, left: { kind: 'hang' }, last: { kind: 'value', value: 1 } }
  const projects = { first: 'prom', left: 'prom', last: 'prom' }
  const { service, asked } = await start(script, projects, { limits: { measureTimeout: '2s' }, concurrency: 1 })
  await evaluate(service, 'first')
  await waitFor('the first hangs', 10_000, () => (asked('first') === 1 ? true : undefined))
  const { body: left } = await evaluate(service, 'left')
  const last = evaluate(service, 'last', {}, waiting)
  const { body: cancelled } = await service.request('DELETE', `/v1/evaluations/${left.id}`)
  expect(cancelled).toMatchObject({ state: 'aborted', result: 'fail' })
  expect((await last).body).toMatchObject({ result: 'pass' })
  expect(asked('left')).toBe(0)
})

test('an evaluation that never gets a slot ends with a timeout that says it was never asked', async () => {
  const script: Script = { first: { kind: 'hang' }, late: { kind: 'value', value: 1 } }
  const limits = { queueTimeout: '1s' }
  const { service, asked } = await start(script, { first: 'prom', late: 'prom' }, { limits, concurrency: 1 })
  await evaluate(service, 'first')
  await waitFor('the first hangs', 10_000, () => (asked('first') === 1 ? true : undefined))
  const { body } = await evaluate(service, 'late', {}, waiting)
  expect(body).toMatchObject({ state: 'errored', result: 'fail', indicatorResults: [{ outcome: 'timeout' }] })
  expect(body.indicatorResults[0].message).toMatch(
    /^the provider was never queried: the evaluation waited 1\.\d s for a free slot \(limits\.queueTimeout\)$/,
  )
  expect(asked('late')).toBe(0)
})
