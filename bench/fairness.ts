import { parseArgs } from 'node:util'
import { startPostgres } from '../test/support/postgres.ts'
import { startScriptedPrometheus, type Script } from '../test/support/scripted-prometheus.ts'
import { printFigures } from './figures.ts'
import { makeSite } from './subject.ts'

/**
 * `npm run bench:fairness`: how long the evaluations of others take while one provider hangs, and while one project has 500
 * queued on a slow provider, beside an idle service in the same run. A table for people, then the same as one line of JSON.
 * `-- --quick` is a trial of the benchmark itself.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const samples = values.quick ? 40 : 400

const clients = 4
const hangingCount = 200
const queuedCount = 500
const queryMs = 20
const slowMs = 1000
const aim = 1.5

/** What others do: the project, what is sent, and how many of `samples`, since some take long by themselves. */
const kinds = [
  { name: 'one query of 20 ms at another provider', project: 'asking', body: {}, share: 1 },
  { name: 'pushed values', project: 'pushing', body: { indicators: [{ metric: 'i', value: 1 }] }, share: 1 },
  { name: 'one query of 1 s at the slow provider itself', project: 'beside', body: {}, share: 0.1 },
] as const

type Kind = (typeof kinds)[number]

interface Spread {
  readonly p50: number
  readonly p95: number
}

const providerOf = { asking: 'quick', pushing: 'quick', beside: 'slow', hanging: 'hanging', queueing: 'slow' } as const

const files = Object.fromEntries(
  Object.entries(providerOf).flatMap(([project, provider]) => [
    [
      `${project}/slo.yaml`,
      `objectives: [{sli: "${provider}:i", pass: [{criteria: ["<=1"]}]}]\ntotal_score: {pass: "90%"}\n`,
    ],
    [`${project}/${provider}/sli.yaml`, `spec_version: "1.0"\nindicators: {i: ${provider}}\n`],
    [`${project}/project.yaml`, 'requests: {values: ["*"]}\n'],
  ]),
)

const script: Script = {
  quick: { kind: 'value', value: 1, latencyMs: queryMs },
  slow: { kind: 'value', value: 1, latencyMs: slowMs },
  hanging: { kind: 'hang' },
}
const prometheus = await startScriptedPrometheus(script)
const postgres = await startPostgres('durable')
console.error(`on ${postgres.description} (durable); this takes about three minutes`)
const instance = { kind: 'prometheus', url: prometheus.url }
const settings = {
  providers: { quick: instance, slow: instance, hanging: instance },
  defaultProvider: 'quick',
  limits: { measureTimeout: '10m' },
}
const site = await makeSite({ serverUrl: postgres.url, files, prometheusUrl: prometheus.url, settings })
const subject = await site.start()

await measured()
const idle = [await measured()]
const held = await acceptMany('hanging', hangingCount)
const whileHanging = await measured()
await cancel(held)
idle.push(await measured())
const memoryMb = { idle: await subject.memoryMb(), at500: 0 }
const queued = await acceptMany('queueing', queuedCount)
const whileQueued = await measured()
memoryMb.at500 = await subject.memoryMb()
const last = await ask('GET', `/v1/evaluations/${queued.at(-1)}`)
const state = String(last['state'])
if (state !== 'queued' && state !== 'running') throw new Error('the 500 ended before everything was measured')
await cancel(queued)
idle.push(await measured())
await subject.stop()
await site.remove()
await prometheus.stop()
await postgres.stop()

const figures = kinds.map(({ name }) => {
  const alone = spreadOf(idle.flatMap((round) => round.get(name) ?? []))
  const hanging = spreadOf(whileHanging.get(name) ?? [])
  const queueing = spreadOf(whileQueued.get(name) ?? [])
  return { name, alone, hanging, queueing, ratios: [hanging.p95 / alone.p95, queueing.p95 / alone.p95] }
})
console.log(
  `| ${clients} clients, p95 in ms | idle | ${hangingCount} hang at another | × | ${queuedCount} queued at the slow one | × |`,
)
console.log('|---|---:|---:|---:|---:|---:|')
for (const { name, alone, hanging, queueing, ratios } of figures) {
  const [first, second] = ratios.map((ratio) => ratio.toFixed(2))
  const cells = [alone, hanging].map(({ p95 }) => p95.toFixed(1))
  console.log(`| ${name} | ${cells.join(' | ')} | ${first} | ${queueing.p95.toFixed(1)} | ${second} |`)
}
console.log(`\nthe aim is ${aim} at most for each ratio`)
printFigures({ clients, samples, memoryMb, figures })

/** Milliseconds of each evaluation, by kind; one kind after the other. */
async function measured(): Promise<ReadonlyMap<string, readonly number[]>> {
  const all = new Map<string, readonly number[]>()
  for (const kind of kinds) {
    const each = Math.ceil((samples * kind.share) / clients)
    const took = await Promise.all(Array.from({ length: clients }, (_, client) => evaluateAgain(kind, client, each)))
    all.set(kind.name, took.flat())
  }
  return all
}

async function evaluateAgain({ project, body }: Kind, client: number, count: number): Promise<readonly number[]> {
  const took: number[] = []
  for (let index = 0; index < count; index += 1) {
    const begun = performance.now()
    const { result } = await ask('POST', pathOf(project, client), body, { prefer: 'wait=60' })
    took.push(performance.now() - begun)
    if (result !== 'pass') throw new Error(`an evaluation of ${project} came to ${JSON.stringify(result)}`)
  }
  return took
}

async function acceptMany(project: string, count: number): Promise<readonly string[]> {
  const ids: string[] = []
  await eightAtOnce(
    Array.from({ length: count }, (_, index) => pathOf(project, index)),
    async (path) => {
      ids.push(String((await ask('POST', path, {}))['id']))
    },
  )
  return ids
}

async function cancel(ids: readonly string[]): Promise<void> {
  await eightAtOnce(ids, async (id) => void (await ask('DELETE', `/v1/evaluations/${id}`)))
}

async function eightAtOnce(items: readonly string[], work: (item: string) => Promise<void>): Promise<void> {
  const rest = items.values()
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}

function pathOf(project: string, service: number): string {
  return `/v1/projects/${project}/stages/test/services/service-${service}/evaluations`
}

async function ask(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const sent = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
  const reply = await fetch(subject.url + path, { method, ...sent })
  const text = await reply.text()
  if (!reply.ok) throw new Error(`${method} ${path} came to ${reply.status}: ${text.slice(0, 500)}`)
  return JSON.parse(text)
}

function spreadOf(ms: readonly number[]): Spread {
  const sorted = ms.toSorted((a, b) => a - b)
  const at = (fraction: number): number => sorted[Math.floor(fraction * (sorted.length - 1))] ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95) }
}
