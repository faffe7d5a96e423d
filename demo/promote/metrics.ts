import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { urlOf } from '../port.ts'
import type { Stage } from './pipeline.ts'

/** Percent of requests, and milliseconds. */
export interface Behaviour {
  readonly errorRate: number
  readonly p95: number
}

/** Answers like a Prometheus, with what it is told of each build: the story is about the hand-over, not about measuring. */
export interface Metrics {
  readonly url: string
  /** Queries about a stage wait until they are released. */
  hold(stage: Stage): void
  release(): void
  /** Whether a query waits. */
  isHeld(): boolean
  close(): Promise<void>
}

export async function startMetrics(behaviour: (version: string, stage: Stage) => Behaviour): Promise<Metrics> {
  let held: Stage | undefined
  let waiting: (() => void)[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { metric, stage, version } = asked(new URLSearchParams(await text(request)).get('query') ?? '')
    if (stage === held) await new Promise<void>((resolve) => waiting.push(resolve))
    const { errorRate, p95 } = behaviour(version, stage)
    const value = String(metric === 'error_rate' ? errorRate : p95)
    const result = [{ metric: { stage, version }, value: [Date.now() / 1000, value] }]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }))
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(400).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: urlOf(server),
    hold(stage) {
      held = stage
    },
    release() {
      held = undefined
      for (const reply of waiting) reply()
      waiting = []
    },
    isHeld: () => waiting.length > 0,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A query of this demo's sli.yaml, taken apart again. */
function asked(query: string): { readonly metric: string; readonly stage: Stage; readonly version: string } {
  const { metric, stage, version } =
    /^(?<metric>\w+)\{stage="(?<stage>\w+)",version="(?<version>[\w.]+)"\}$/.exec(query)?.groups ?? {}
  if (metric === undefined || version === undefined) throw new Error(`not a query of this demo: ${query}`)
  if (stage !== 'dev' && stage !== 'staging' && stage !== 'prod') throw new Error(`no stage of this demo: ${query}`)
  return { metric, stage, version }
}
