import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { listen } from '../support/listen.ts'
import { sha256 } from './triggers.ts'

const Event = z.object({
  id: z.string(),
  type: z.string(),
  triggeredid: z.string(),
  data: z.object({ service: z.string(), evaluation: z.object({ id: z.string() }) }),
})

/** An event as it first arrived. */
export interface Arrival {
  readonly id: string
  readonly type: string
  /** The trigger that it answers. */
  readonly triggeredId: string
  readonly service: string
  readonly evaluation: string
}

export interface Subscriber {
  readonly url: string
  /** Each event once, in the order of its first arrival. */
  readonly arrivals: readonly Arrival[]
  /** Of each event, every body that it came with. */
  readonly hashesOf: ReadonlyMap<string, ReadonlySet<string>>
  /** Requests that were taken; more than `arrivals` when some came twice. */
  taken(): number
  /** Nobody listens for so long. */
  leave(ms: number): Promise<void>
  stop(): Promise<void>
}

/** Records everything; now and then it refuses, or answers so late that nobody waits, and then it was taken all the same. */
export async function startSubscriber(random: () => number): Promise<Subscriber> {
  const arrivals: Arrival[] = []
  const hashesOf = new Map<string, Set<string>>()
  let taken = 0

  function record(body: string): void {
    const { id, type, triggeredid, data } = Event.parse(JSON.parse(body))
    taken += 1
    const { service, evaluation } = data
    if (!hashesOf.has(id)) {
      arrivals.push({ id, type, triggeredId: triggeredid, service, evaluation: evaluation.id })
    }
    hashesOf.set(id, (hashesOf.get(id) ?? new Set()).add(sha256(body)))
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request).catch(() => undefined)
    if (body === undefined) return
    if (random() < 0.05) return void response.writeHead(503).end()
    record(body)
    if (random() < 0.02) await pause(1_500)
    response.writeHead(204).end()
  }

  const server = createServer((request, response) => void take(request, response))
  const { port } = await listen(server)
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  return {
    url: `http://127.0.0.1:${port}/events`,
    arrivals,
    hashesOf,
    taken: () => taken,
    async leave(ms) {
      await close()
      await pause(ms)
      await listen(server, port)
    },
    stop: close,
  }
}
