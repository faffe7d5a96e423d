import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Agent, fetch } from 'undici'
import { openProvider, type Provider } from '../providers/index.ts'
import { backFilledPrometheus } from '../test/support/back-filled.ts'
import { printFigures } from './figures.ts'

/**
 * `npm run bench:providers`: how long 10 and 50 indicators take at a real Prometheus, beside its slowest query and its cores,
 * and what a query costs the client beside a bare fetch; a table for people, then one line of JSON. `-- --quick` is a trial.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const effort = values.quick ? { rounds: 2, cheapQueries: 200 } : { rounds: 15, cheapQueries: 3000 }

const window = { start: new Date('2024-05-01T00:30:00Z'), end: new Date('2024-05-01T00:35:00Z') }
const job = `job='carts-sockshop-staging-canary'`
const concurrency = 10

interface Spans {
  readonly indicators: number
  /** Milliseconds, medians over the rounds: one after another, the slowest of them, their sum over the cores, all in one call. */
  readonly sequentialMs: number
  readonly slowestMs: number
  readonly perCoreMs: number
  readonly oursMs: number
  /** Ours beside the larger of the slowest and the share of a core: 1 is the best there can be. */
  readonly ratio: number
}

/** Some 1 ms, one in five some ten times that; no two are alike, so that none is asked once for two. */
function queryAt(index: number): string {
  const requests = `sum(rate(http_requests_total{${job}}[${300 + index}s]))`
  return index % 5 === 0 ? `quantile_over_time(0.95, ${requests}[20m:${2 + (index % 3)}s])` : requests
}

async function measured(provider: Provider, queries: readonly string[]): Promise<number> {
  const startedAt = performance.now()
  const replies = await provider.measure({
    window,
    indicators: queries.map((query) => ({ name: query, query })),
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 60_000),
  })
  const tookMs = performance.now() - startedAt
  const missing = replies.find(({ outcome }) => outcome !== 'measured')
  if (missing !== undefined) throw new Error(JSON.stringify(missing))
  return tookMs
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0
}

/** Both ways in turn, so that what else the machine does meets both. */
async function spansOf(provider: Provider, indicators: number): Promise<Spans> {
  const queries = Array.from({ length: indicators }, (_, index) => queryAt(index))
  const rounds: { readonly singleMs: readonly number[]; readonly oursMs: number }[] = []
  for (let round = 0; round <= effort.rounds; round++) {
    const singleMs: number[] = []
    for (const query of queries) singleMs.push(await measured(provider, [query]))
    rounds.push({ singleMs, oursMs: await measured(provider, queries) })
  }
  const warm = rounds.slice(1)
  const sequentialMs = median(warm.map(({ singleMs }) => singleMs.reduce((sum, next) => sum + next, 0)))
  const slowestMs = median(warm.map(({ singleMs }) => Math.max(...singleMs)))
  const perCoreMs = sequentialMs / availableParallelism()
  const oursMs = median(warm.map((round) => round.oursMs))
  return { indicators, sequentialMs, slowestMs, perCoreMs, oursMs, ratio: oursMs / Math.max(slowestMs, perCoreMs) }
}

/** Milliseconds of this process' processor for each query. */
async function cpuMsOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / effort.cheapQueries
}

/** What any client does: the same form, as many at once, the reply parsed. */
async function fetchAll(url: string, dispatcher: Agent): Promise<void> {
  const queries = cheapQueries().values()
  const time = String(window.end.getTime() / 1000)
  const worker = async () => {
    for (const query of queries) {
      const body = new URLSearchParams({ query, time, timeout: '10s' })
      const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body, dispatcher })
      await response.json()
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

function cheapQueries(): readonly string[] {
  return Array.from({ length: effort.cheapQueries }, (_, index) => `g_one + ${index}`)
}

/** As an evaluation asks. */
function fifties(queries: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(queries.length / 50) }, (_, at) => queries.slice(50 * at, 50 * at + 50))
}

async function cpuFigures(url: string, provider: Provider) {
  const dispatcher = new Agent()
  const ours = async () => {
    for (const fifty of fifties(cheapQueries())) await measured(provider, fifty)
  }
  const bare = () => fetchAll(url, dispatcher)
  await ours()
  await bare()
  const samples: { readonly oursMs: number; readonly bareMs: number }[] = []
  for (let round = 0; round < 3; round++) samples.push({ oursMs: await cpuMsOf(ours), bareMs: await cpuMsOf(bare) })
  await dispatcher.close()
  const oursMs = median(samples.map((sample) => sample.oursMs))
  const bareMs = median(samples.map((sample) => sample.bareMs))
  return { oursMs, bareMs, ratio: oursMs / bareMs }
}

await using scope = new AsyncDisposableStack()
const folder = await mkdtemp(join(tmpdir(), 'pharos-bench-'))
scope.defer(() => rm(folder, { recursive: true }))
console.error('at a real Prometheus with an hour of samples; this takes about half a minute')
const url = await backFilledPrometheus(folder, scope, 50_000_000)
const opened = openProvider('bench', { kind: 'prometheus', url, concurrency }, () => Promise.reject(new Error('none')))
if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
const { provider } = opened.instance
scope.defer(() => provider.close())

const spans = [await spansOf(provider, 10), await spansOf(provider, 50)]
const cpu = await cpuFigures(url, provider)
console.log('| indicators | one by one (ms) | slowest (ms) | sum ÷ cores (ms) | ours (ms) | ours ÷ the larger |')
console.log('|--:|--:|--:|--:|--:|--:|')
for (const of of spans) {
  const cells = [of.sequentialMs, of.slowestMs, of.perCoreMs, of.oursMs].map((ms) => ms.toFixed(1))
  console.log(`| ${of.indicators} | ${cells.join(' | ')} | ${of.ratio.toFixed(2)} |`)
}
console.log(
  `\nprocessor time per query: ours ${cpu.oursMs.toFixed(3)} ms, bare fetch ${cpu.bareMs.toFixed(3)} ms: ${cpu.ratio.toFixed(2)} ×`,
)
printFigures({ spans, processor: cpu })
