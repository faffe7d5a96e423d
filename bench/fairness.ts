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
/** Of each kind in each state of the service, in every round; several rounds, so that what else the machine does meets all. */
const samples = 40
const rounds = values.quick ? 1 : 5

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

/** Milliseconds of each evaluation, by the name of its kind. */
type Took = ReadonlyMap<string, readonly number[]>

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
console.error(`on ${postgres.description} (durable); this takes about a minute a round, ${rounds} in all`)
const instance = { kind: 'prometheus', url: prometheus.url }
const settings = {
  providers: { quick: instance, slow: instance, hanging: instance },
  defaultProvider: 'quick',
  limits: { measureTimeout: '10m' },
}
const site = await makeSite({ serverUrl: postgres.url, files, prometheusUrl: prometheus.url, settings })
const subject = await site.start()

await measured()
const [idle, whileHanging, whileQueued]: [Took[], Took[], Took[]] = [[], [], []]
const memoryMb = { idle: await subject.memoryMb(), withQueue: 0 }
for (let round = 0; round < rounds; round += 1) {
  idle.push(await measured())
  const held = await acceptMany('hanging', hangingCount)
  whileHanging.push(await measured())
  await cancel(held)
  idle.push(await measured())
  const queued = await acceptMany('queueing', queuedCount)
  whileQueued.push(await measured())
  memoryMb.withQueue = Math.max(memoryMb.withQueue, await subject.memoryMb())
  if ((await cancel(queued)) === 0) throw new Error('the 500 ended before everything was measured')
}
await subject.stop()
await site.remove()
await prometheus.stop()
await postgres.stop()

const figures = kinds.map(({ name }) => {
  const alone = spreadOf(idle.flatMap((took) => took.get(name) ?? []))
  const hanging = spreadOf(whileHanging.flatMap((took) => took.get(name) ?? []))
  const queueing = spreadOf(whileQueued.flatMap((took) => took.get(name) ?? []))
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
printFigures({ clients, samples, rounds, memoryMb, figures })

async function measured(): Promise<Took> {
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

/** Answers how many had not ended. */
async function cancel(ids: readonly string[]): Promise<number> {
  let cancelled = 0
  await eightAtOnce(ids, async (id) => {
    const { state } = await ask('DELETE', `/v1/evaluations/${id}`)
    if (state === 'aborted') cancelled += 1
  })
  return cancelled
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
  const hadEnded = method === 'DELETE' && reply.status === 409
  if (!reply.ok && !hadEnded) throw new Error(`${method} ${path} came to ${reply.status}: ${text.slice(0, 500)}`)
  return JSON.parse(text)
}

function spreadOf(ms: readonly number[]): Spread {
  const sorted = ms.toSorted((a, b) => a - b)
  const at = (fraction: number): number => sorted[Math.floor(fraction * (sorted.length - 1))] ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95) }
}
