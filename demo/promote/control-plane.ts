import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { Entry, isDeployed, nextDeployments, unanswered, type Deployed, type Stage } from './pipeline.ts'

/**
 * A control plane: it deploys a build, hands over a trigger, and reads one answer. A process of its own, so that it can be
 * killed; all it knows is its journal, written before anything is done about it.
 */

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    pharos: { type: 'string' },
    journal: { type: 'string' },
    /** So often each trigger is sent. */
    copies: { type: 'string', default: '1' },
    /** The first reply to each delivery gets lost, after the event was read. */
    deaf: { type: 'boolean', default: false },
  },
})
const settings = z
  .object({
    port: z.coerce.number(),
    pharos: z.string(),
    journal: z.string(),
    copies: z.coerce.number(),
    deaf: z.boolean(),
  })
  .parse(values)

const resendMs = 250
const project = 'shop'
const service = 'carts'

const Finished = z.object({
  id: z.string(),
  type: z.literal('sh.keptn.event.evaluation.finished'),
  triggeredid: z.string(),
  data: z.object({
    result: z.enum(['pass', 'warning', 'fail']),
    message: z.string(),
    evaluation: z.object({ score: z.number() }),
  }),
})

const journal: Entry[] = existsSync(settings.journal)
  ? readFileSync(settings.journal, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Entry.parse(JSON.parse(line)))
  : []
const deliveries: string[] = []

function record(entry: Entry): void {
  appendFileSync(settings.journal, `${JSON.stringify(entry)}\n`)
  journal.push(entry)
}

function deploy(version: string, stage: Stage): void {
  if (isDeployed(journal, version, stage)) return
  const deployed: Deployed = { kind: 'deployed', version, stage, triggerId: randomUUID(), context: randomUUID() }
  record(deployed)
  void trigger(deployed)
}

/** Sends the trigger until it is taken. It has the same id each time, so that sending it too often is harmless. */
async function trigger({ version, stage, triggerId, context }: Deployed): Promise<void> {
  const body = JSON.stringify({
    specversion: '1.0',
    id: triggerId,
    source: 'demo-control-plane',
    type: 'sh.keptn.event.evaluation.triggered',
    time: new Date().toISOString(),
    shkeptncontext: context,
    data: { project, stage, service, labels: { version }, evaluation: { timeframe: '1m' } },
  })
  const headers = { 'content-type': 'application/cloudevents+json' }
  const send = async (): Promise<boolean> => {
    const reply = await fetch(`${settings.pharos}/v1/events`, { method: 'POST', headers, body }).catch(() => undefined)
    await reply?.arrayBuffer()
    return reply?.ok === true
  }
  for (let sent = 0; sent < settings.copies; sent++) while (!(await send())) await after(resendMs)
}

/** Reads an answer; the same one again changes nothing. */
function take(body: unknown): void {
  const { data: event } = Finished.safeParse(body)
  if (event === undefined) return
  deliveries.push(event.id)
  const waiting = unanswered(journal).find(({ triggerId }) => triggerId === event.triggeredid)
  if (waiting === undefined) return
  const { version, stage } = waiting
  const { result, message, evaluation } = event.data
  record({ kind: 'judged', version, stage, result, score: evaluation.score, message })
  for (const next of nextDeployments(journal)) deploy(next.version, next.stage)
}

async function answer(request: IncomingMessage): Promise<{ readonly status: number; readonly body?: object }> {
  const called = `${request.method} ${request.url}`
  if (called === 'GET /journal') return { status: 200, body: { entries: journal, deliveries } }
  const body: unknown = JSON.parse(await text(request))
  if (called === 'POST /builds') {
    deploy(z.object({ version: z.string() }).parse(body).version, 'dev')
    return { status: 204 }
  }
  const known = deliveries.length
  take(body)
  const isFirst = deliveries.length > known && deliveries.indexOf(deliveries.at(-1) ?? '') === known
  return { status: settings.deaf && isFirst ? 503 : 204 }
}

const server = createServer((request, response) => {
  answer(request).then(
    ({ status, body }) => response.writeHead(status).end(body && JSON.stringify(body)),
    () => response.writeHead(400).end(),
  )
})
server.listen(settings.port, '127.0.0.1', () => {
  // What was killed in the middle of a step takes it again.
  for (const waiting of unanswered(journal)) void trigger(waiting)
  for (const next of nextDeployments(journal)) deploy(next.version, next.stage)
})
