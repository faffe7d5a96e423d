import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Received {
  readonly contentType: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly event: {
    readonly id: string
    readonly type: string
    readonly data: Record<string, unknown>
    readonly [attribute: string]: unknown
  }
}

export interface Receiver {
  readonly url: string
  /** Everything that arrived, in order, also what was refused. */
  readonly received: readonly Received[]
  /** What the next requests are answered with, in seconds what is asked for as `Retry-After`; 204 once the list is used up. */
  readonly answers: (number | { readonly status: number; readonly retryAfter: string } | 'silence')[]
  /** Answers now whoever met silence, with 204. */
  speak(): void
  /** Resolves when `matches` holds of what arrived. */
  until(matches: (received: readonly Received[]) => boolean): Promise<void>
  stop(): Promise<void>
}

/** A sink that remembers. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const answers: Receiver['answers'] = []
  const waiting = new Set<() => void>()
  const silent: ServerResponse[] = []
  const server = createServer((request, response) => {
    const take = (body: string): void => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      received.push({ contentType: headers['content-type'], headers, body, event: JSON.parse(body) })
      const answer = answers.shift() ?? 204
      if (typeof answer === 'number') response.writeHead(answer).end()
      else if (answer === 'silence') silent.push(response)
      else response.writeHead(answer.status, { 'retry-after': answer.retryAfter }).end()
      for (const look of waiting) look()
    }
    text(request).then(take, () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port')
  return {
    url: `http://127.0.0.1:${address.port}/events`,
    received,
    answers,
    speak: () => {
      for (const response of silent.splice(0)) response.writeHead(204).end()
    },
    until: (matches) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!matches(received)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
