import { Agent, request } from 'undici'
import { startScriptedPrometheus, type ScriptedPrometheus } from '../test/support/scripted-prometheus.ts'
import { makeSite, type Subject } from './subject.ts'

export interface ServiceFigures {
  /** Wall time of one evaluation of 10 indicators less its slowest query, in milliseconds. */
  readonly overheadMs: Percentiles
  /** What the machine takes for the least that this needs: an empty request to the service, and 10 bare queries less the slowest. */
  readonly floorMs: Percentiles
  /** Evaluations per second with 10 pushed values each, `clients` at once. */
  readonly pushedPerSecond: { readonly rate: number; readonly clients: number; readonly seconds: number }
  readonly memoryMb: { readonly idle: number; readonly at50: number; readonly peak: number }
  /** From the start of the process to ready: on a fresh database, and again on the same. */
  readonly readyMs: { readonly fresh: number; readonly again: number }
}

interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly samples: number
}

const queryMs = 20
const names = Array.from({ length: 10 }, (_, index) => `indicator_${index}`)

const slo = `
comparison: {compare_with: single_result, include_result_with_score: pass}
objectives:
${names.map((name) => `  - {sli: ${name}, pass: [{criteria: ["<=+10%", "<600"]}], warning: [{criteria: ["<=800"]}]}`).join('\n')}
total_score: {pass: "90%", warning: "75%"}
`
const sli = `spec_version: "1.0"\nindicators:\n${names.map((name) => `  ${name}: ${name}`).join('\n')}\n`
const files = {
  'bench/slo.yaml': slo,
  'bench/prometheus/sli.yaml': sli,
  'bench/project.yaml': 'requests: {values: [indicator_*]}\n',
}

const pushed = { indicators: names.map((metric, index) => ({ metric, value: 100 + index })) }

/** Everything about one kind of database. `samples`: evaluations of the overhead; `seconds`: of the throughput. */
export async function measureService(
  serverUrl: string | undefined,
  { samples, seconds }: { readonly samples: number; readonly seconds: number },
): Promise<ServiceFigures> {
  const prometheus = await startScriptedPrometheus({ '*': { kind: 'value', value: 100, latencyMs: queryMs } })
  const site = await makeSite({ serverUrl, files, prometheusUrl: prometheus.url })
  try {
    const first = await site.start()
    await first.stop()
    const subject = await site.start()
    const idle = await subject.memoryMb()
    const overheadMs = await measureOverhead(subject, prometheus, samples)
    const floorMs = await measureFloor(subject, prometheus, samples)
    const pushedPerSecond = await measureThroughput(subject, 8, seconds)
    const { at50, peak } = await measureMemory(subject)
    await subject.stop()
    return {
      overheadMs,
      floorMs,
      pushedPerSecond,
      memoryMb: { idle, at50, peak },
      readyMs: { fresh: first.readyMs, again: subject.readyMs },
    }
  } finally {
    await site.remove()
    await prometheus.stop()
  }
}

/** One evaluation after the other, so that nothing but itself is in its way. */
async function measureOverhead(
  subject: Subject,
  prometheus: ScriptedPrometheus,
  samples: number,
): Promise<Percentiles> {
  return lessSlowest(prometheus, samples, () => evaluate(subject, 'overhead', {}))
}

async function measureFloor(subject: Subject, prometheus: ScriptedPrometheus, samples: number): Promise<Percentiles> {
  const agent = new Agent({ connections: names.length })
  const query = async (name: string): Promise<void> => {
    const reply = await request(`${prometheus.url}/api/v1/query`, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `query=${name}&time=0`,
    })
    await reply.body.json()
  }
  const floor = await lessSlowest(prometheus, samples, async () => {
    await (await fetch(`${subject.url}/livez`)).json()
    await Promise.all(names.map(query))
  })
  await agent.close()
  return floor
}

/** The wall time of `work` less the slowest query that it asked. */
async function lessSlowest(
  prometheus: ScriptedPrometheus,
  samples: number,
  work: () => Promise<void>,
): Promise<Percentiles> {
  const rest: number[] = []
  const warmUp = 50
  for (let sample = -warmUp; sample < samples; sample++) {
    const asked = prometheus.durationsMs.length
    const begun = performance.now()
    await work()
    const wall = performance.now() - begun
    if (sample >= 0) rest.push(wall - Math.max(...prometheus.durationsMs.slice(asked)))
  }
  rest.sort((a, b) => a - b)
  const at = (fraction: number): number => rest[Math.floor(fraction * (rest.length - 1))] ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95), samples }
}

async function measureThroughput(
  subject: Subject,
  clients: number,
  seconds: number,
): Promise<ServiceFigures['pushedPerSecond']> {
  let ended = 0
  const end = performance.now() + seconds * 1000
  const work = async (client: number): Promise<void> => {
    while (performance.now() < end) {
      await evaluate(subject, `pushed-${client}`, pushed)
      ended += 1
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)))
  return { rate: ended / ((performance.now() - begun) / 1000), clients, seconds }
}

/** 50 evaluations of 10 queries each at once, for some rounds; the highest reading is the peak. */
async function measureMemory(subject: Subject): Promise<{ at50: number; peak: number }> {
  const readings: number[] = []
  for (let round = 0; round < 10; round++) {
    const all = Promise.all(Array.from({ length: 50 }, (_, client) => evaluate(subject, `memory-${client}`, {})))
    readings.push(await subject.memoryMb())
    await all
    readings.push(await subject.memoryMb())
  }
  return { at50: readings.at(-1) ?? Number.NaN, peak: Math.max(...readings) }
}

async function evaluate({ url }: Subject, service: string, body: object): Promise<void> {
  const reply = await fetch(`${url}/v1/projects/bench/stages/test/services/${service}/evaluations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=60' },
    body: JSON.stringify(body),
  })
  const evaluation = (await reply.json()) as { readonly result: unknown }
  if (reply.status !== 201 || evaluation.result !== 'pass') {
    throw new Error(`an evaluation came to ${reply.status}: ${JSON.stringify(evaluation).slice(0, 500)}`)
  }
}
