/** An event of a stream as it arrived. */
export interface Streamed {
  readonly id: string | undefined
  readonly event: string | undefined
  readonly data: string
}

export interface EventSource {
  readonly status: number
  readonly contentType: string | null
  readonly received: readonly Streamed[]
  /** Resolves when so many have arrived; rejects when the stream ends before. */
  until(count: number): Promise<void>
  /** Resolves when the other side ended it. */
  readonly ended: Promise<void>
  close(): void
}

/** Follows server-sent events, comments and `retry` left out. */
export async function openEventSource(url: string, headers: Record<string, string> = {}): Promise<EventSource> {
  const leaving = new AbortController()
  const reply = await fetch(url, { headers, signal: leaving.signal })
  const received: Streamed[] = []
  const waiting = new Set<() => void>()
  let rest = ''
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const bytes of reply.body ?? []) {
      rest += decoder.decode(bytes, { stream: true })
      const blocks = rest.split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) note(block)
      for (const look of waiting) look()
    }
  }
  const note = (block: string): void => {
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    )
    const data = fields.get('data')
    if (data !== undefined) received.push({ id: fields.get('id'), event: fields.get('event'), data })
  }
  const ended = read().catch(() => undefined)
  const untilEnded = async (count: number): Promise<void> => {
    await ended
    if (received.length < count) throw new Error(`the stream ended after ${received.length} of ${count} events`)
  }
  return {
    status: reply.status,
    contentType: reply.headers.get('content-type'),
    received,
    ended,
    until: (count) =>
      Promise.race([
        new Promise<void>((resolve) => {
          const look = (): void => {
            if (received.length >= count) resolve()
          }
          waiting.add(look)
          look()
        }),
        untilEnded(count),
      ]),
    close: () => leaving.abort(),
  }
}
