import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { listen } from '../support/listen.ts'
import { createWitness, type Witness } from './witness.ts'

export interface Subscriber extends Witness {
  readonly url: string
  /** Of Standard Webhooks. */
  trust(key: string): void
  /** Nobody listens for so long. */
  leave(ms: number): Promise<void>
  stop(): Promise<void>
}

/**
 * Records everything; now and then it refuses, or answers so late that nobody waits, and then it was taken all the same. Once it has
 * keys, a message that is not signed with each of them is refused for good, and so lost.
 */
export async function startSubscriber(random: () => number): Promise<Subscriber> {
  const { record, ...witness } = createWitness()
  const keys: string[] = []

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request).catch(() => undefined)
    if (body === undefined) return
    if (!keys.every((key) => isSigned(key, body, request))) return void response.writeHead(401).end()
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
    ...witness,
    trust: (key) => void keys.push(key),
    async leave(ms) {
      await close()
      await pause(ms)
      await listen(server, port)
    },
    stop: close,
  }
}

function isSigned(key: string, body: string, { headers }: IncomingMessage): boolean {
  try {
    new Webhook(key).verify(
      body,
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    )
    return true
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false
    throw error
  }
}
