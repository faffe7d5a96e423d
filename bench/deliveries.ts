import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { startPostgres } from '../test/support/postgres.ts'
import { printFigures } from './figures.ts'
import { makeSite, type Subject } from './subject.ts'

/**
 * `npm run bench:deliveries`: how long an event is under way from the commit of its fact to its subscriber while nothing else
 * happens, and how long ten thousand events take that waited for a subscriber which was away. A table for people, then the same
 * as one line of JSON. `-- --quick` is a trial of the benchmark itself.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const effort = values.quick ? { samples: 20, evaluations: 200 } : { samples: 300, evaluations: 5_000 }

const clients = 32
const slo = 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: "90%"}\n'

const Event = z.object({
  time: z.string(),
  type: z.string(),
  triggeredid: z.string(),
  data: z.object({ service: z.string() }),
})

interface Arrival {
  readonly queue: string
  /** Evaluations of one service are made one after the other, so that these are in order when the events are. */
  readonly evaluation: string
  readonly type: string
  readonly underWayMs: number
}

const arrivals: Arrival[] = []
let isAway = false
let refused = 0
const subscriber = await listen()
const postgres = await startPostgres('durable')
console.error(`on ${postgres.description} (durable); this takes about a minute`)
const { port } = subscriber.address() as AddressInfo
const sinks = [{ name: 'subscriber', url: `http://127.0.0.1:${port}/` }]
const files = { 'bench/slo.yaml': slo }
const site = await makeSite({
  serverUrl: postgres.url,
  files,
  prometheusUrl: 'http://127.0.0.1:9',
  settings: { sinks },
})
const subject = await site.start()
const figures = { idleMs: await idle(subject), backlog: await backlog(subject) }
await subject.stop()
await site.remove()
await postgres.stop()
subscriber.close()

const { idleMs, backlog: behind } = figures
console.log('| | |\n|---|---:|')
console.log(`| commit to delivery while idle, p50 of ${effort.samples} evaluations | ${idleMs.p50} ms |`)
console.log(`| p95 | ${idleMs.p95} ms |`)
console.log(
  `| ${behind.events} events of ${clients} services behind a subscriber that was away, all delivered after | ${(behind.drainedMs / 1000).toFixed(1)} s |`,
)
console.log(`| per second | ${((1000 * behind.events) / behind.drainedMs).toFixed(0)} |`)
console.log(`| of these out of order within their service | ${behind.inversions} |`)
printFigures({ clients, ...effort, figures })

/** Takes each event and notes it, or refuses all while it is away. */
async function listen(): Promise<Server> {
  const server = createServer((request, response) => {
    const take = (body: string): void => {
      if (isAway) refused += 1
      else note(body)
      response.writeHead(isAway ? 503 : 204).end()
    }
    text(request).then(take, () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function note(body: string): void {
  const event = Event.parse(JSON.parse(body))
  const { service: queue } = event.data
  const underWayMs = Date.now() - Date.parse(event.time)
  arrivals.push({ queue, evaluation: event.triggeredid, type: event.type, underWayMs })
}

/** From the event's `time`, which the statement that commits the fact takes from the clock, to its arrival, in whole milliseconds. */
async function idle({ url }: Subject): Promise<{ readonly p50: number; readonly p95: number }> {
  for (let sample = -20; sample < effort.samples; sample += 1) {
    if (sample === 0) arrivals.length = 0
    await evaluate(url, 'idle')
    await arrived(2 * (sample < 0 ? sample + 21 : sample + 1))
  }
  const times = arrivals.map(({ underWayMs }) => underWayMs).toSorted((one, other) => one - other)
  const at = (fraction: number): number => times[Math.floor(fraction * (times.length - 1))] ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95) }
}

interface Backlog {
  readonly events: number
  readonly drainedMs: number
  readonly inversions: number
}

async function backlog({ url }: Subject): Promise<Backlog> {
  arrivals.length = 0
  isAway = true
  const work = async (client: number): Promise<void> => {
    for (let count = client; count < effort.evaluations; count += clients) await evaluate(url, `service-${client}`)
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)))
  if (refused === 0) throw new Error('nothing was sent to the subscriber while it was away')
  isAway = false
  const begun = performance.now()
  const events = 2 * effort.evaluations
  await arrived(events)
  return { events, drainedMs: performance.now() - begun, inversions: inversions() }
}

/** Ids of evaluations grow with time; of one evaluation `started` comes before `finished`. */
function inversions(): number {
  const last = new Map<string, string>()
  return arrivals.filter(({ queue, evaluation, type }) => {
    const now = `${evaluation} ${type.includes('started') ? 1 : 2}`
    const isInverted = now < (last.get(queue) ?? '')
    last.set(queue, now)
    return isInverted
  }).length
}

async function arrived(count: number): Promise<void> {
  while (arrivals.length < count) await new Promise((resolve) => setTimeout(resolve, 1))
}

async function evaluate(url: string, service: string): Promise<void> {
  const reply = await fetch(`${url}/v1/projects/bench/stages/test/services/${service}/evaluations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=60' },
    body: JSON.stringify({ indicators: [{ metric: 'a', value: 1 }] }),
  })
  const answer = await reply.text()
  if (reply.status !== 201) throw new Error(`an evaluation came to ${reply.status}: ${answer.slice(0, 500)}`)
}
