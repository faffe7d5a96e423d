import { createServer, type RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { budgetOf, HttpClient, type HttpAnswer, type HttpSettings } from '../../../providers/http/http.ts'
import { listen } from '../../support/listen.ts'

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

/** One status per request, in order; the last for every further one. */
function statuses(...wanted: readonly [number, ...number[]]): Replies {
  return wanted.map((status) => (_request, response) => void response.writeHead(status).end(String(status)))
}

type Replies = readonly RequestListener[]

interface Served {
  readonly client: HttpClient
  /** Milliseconds on `performance.now`, one per request. */
  readonly arrivals: readonly number[]
}

async function serve(replies: Replies, settings: Partial<HttpSettings> = {}): Promise<Served> {
  const arrivals: number[] = []
  const server = createServer((request, response) => {
    const reply = replies[Math.min(arrivals.length, replies.length - 1)]
    arrivals.push(performance.now())
    reply?.(request, response)
  })
  const baseUrl = `http://127.0.0.1:${(await listen(server)).port}`
  const asked = { endpoint: baseUrl, credentials: undefined, notFoundCure: '' }
  const client = new HttpClient({ baseUrl, concurrency: 2, timeoutMs: undefined, asked, random: () => 0, ...settings })
  stops.push(async () => {
    await client.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { client, arrivals }
}

function get(
  client: HttpClient,
  deadlineMs: number = 10_000,
  signal = new AbortController().signal,
): Promise<HttpAnswer> {
  const budget = budgetOf({ signal, deadline: new Date(Date.now() + deadlineMs) })
  return client.send(() => ({ method: 'GET', path: '/', headers: {} }), budget)
}

describe('what may pass is tried again', () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504]) {
    test(`${status}, then 200`, async () => {
      const { client } = await serve(statuses(status, 200))
      expect(await get(client)).toMatchObject({ kind: 'replied', reply: { status: 200 }, attempts: 2 })
    })
  }

  test('a connection that breaks, then 200', async () => {
    const broken: RequestListener = (request) => request.socket.resetAndDestroy()
    const { client } = await serve([broken, ...statuses(200)])
    expect(await get(client)).toMatchObject({ kind: 'replied', reply: { status: 200 }, attempts: 2 })
  })

  test('three times, and the last reply is the answer', async () => {
    const { client, arrivals } = await serve(statuses(500, 502, 503, 504, 200))
    expect(await get(client)).toMatchObject({ kind: 'replied', reply: { status: 504 }, attempts: 4 })
    expect(arrivals).toHaveLength(4)
  })

  for (const status of [301, 400, 401, 403, 404, 413, 422, 501]) {
    test(`${status} is what it is`, async () => {
      const { client } = await serve(statuses(status, 200))
      expect(await get(client)).toMatchObject({ kind: 'replied', reply: { status }, attempts: 1 })
    })
  }

  test('not a reply its provider calls final', async () => {
    const { client } = await serve(statuses(503, 200), { isFinal: ({ body }) => body === '503' })
    expect(await get(client)).toMatchObject({ kind: 'replied', reply: { status: 503 }, attempts: 1 })
  })

  test('not when there is no time for another attempt', async () => {
    const { client } = await serve(statuses(503, 200), { random: () => 1 })
    expect(await get(client, 500)).toMatchObject({ kind: 'replied', reply: { status: 503 }, attempts: 1 })
  })

  test('a caller who leaves between two attempts gets a timeout that says so', async () => {
    const { client, arrivals } = await serve(statuses(503), { random: () => 1 })
    const leaving = new AbortController()
    const asked = get(client, 10_000, leaving.signal)
    await vi.waitFor(() => expect(arrivals).toHaveLength(1))
    leaving.abort()
    expect(await asked).toMatchObject({
      kind: 'failed',
      answer: { outcome: 'timeout', message: expect.stringMatching(/^cancelled after \d\.\d s/) },
      attempts: 1,
    })
  })
})

describe('a server that asks to wait', () => {
  const wait = (seconds: string): RequestListener => {
    return (_request, response) => void response.writeHead(429, { 'retry-after': seconds }).end()
  }

  test('gets its wait, from every call', async () => {
    let isRefused = false
    const refuse: RequestListener = (request, response) => {
      response.once('close', () => (isRefused = true))
      wait('1')(request, response)
    }
    const refused = () => isRefused
    const { client, arrivals } = await serve([refuse, ...statuses(200)], { concurrency: 1 })
    const first = get(client)
    await vi.waitFor(() => expect(refused()).toBe(true))
    const other = get(client)
    expect(await first).toMatchObject({ reply: { status: 200 }, attempts: 2 })
    expect(await other).toMatchObject({ reply: { status: 200 }, attempts: 1 })
    const [refusedAt = 0, ...later] = arrivals
    expect(later).toHaveLength(2)
    expect(Math.min(...later) - refusedAt).toBeGreaterThanOrEqual(990)
  })

  test('is not waited for beyond the deadline, and others are told at once', async () => {
    const { client, arrivals } = await serve([wait('600'), ...statuses(200)])
    expect(await get(client)).toMatchObject({ kind: 'replied', reply: { status: 429, retryAfter: '600' }, attempts: 1 })
    expect(await get(client)).toEqual({
      kind: 'failed',
      answer: {
        outcome: 'rate_limited',
        message: 'rate limited (429) by an earlier request: the server asks to wait another 600 s',
        warnings: [],
      },
      attempts: 0,
    })
    expect(arrivals).toHaveLength(1)
  })
})

describe('a reply that is too much', () => {
  test('compressed, though nobody asked: refused before it can grow', async () => {
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024, ' '))
    const { client } = await serve([
      (request, response) => {
        expect(request.headers['accept-encoding']).toBeUndefined()
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb)
      },
    ])
    expect(await get(client)).toMatchObject({
      kind: 'failed',
      answer: {
        outcome: 'upstream',
        message: expect.stringMatching(/^the reply is compressed although that was not requested/),
      },
      attempts: 1,
    })
  })

  test('a gigabyte that is announced is refused by its length', async () => {
    const { client } = await serve([
      (_request, response) =>
        void response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': String(2 ** 30) })
          .write('{'),
    ])
    expect(await get(client)).toMatchObject({
      kind: 'failed',
      answer: { outcome: 'upstream', message: expect.stringMatching(/^the reply is larger than 1 MiB/) },
    })
  })

  test('half open: a body that never goes on ends with the attempt', async () => {
    const { client } = await serve(
      [(_request, response) => void response.writeHead(200, { 'content-length': '100' }).write('{')],
      { timeoutMs: 100 },
    )
    expect(await get(client)).toMatchObject({
      kind: 'failed',
      answer: { outcome: 'timeout', message: expect.stringMatching(/^timed out after 0\.\d s, without a reply$/) },
      attempts: 1,
    })
  })
})
