import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEgress, type Egress } from '../../../../src/net/egress.ts'
import type { LookUp } from '../../../../src/net/dns.ts'
import { createPost, refusalOf } from '../../../../src/announcing/delivery/webhook.ts'
import { listen } from '../../../support/listen.ts'

describe('a status means', () => {
  const now = new Date('2026-11-27T08:00:00Z')
  for (const { status, retryAfter, refusal } of [
    { status: 200, refusal: undefined },
    { status: 204, retryAfter: '5', refusal: undefined },
    { status: 301, refusal: { kind: 'later', message: 'answered 301' } },
    { status: 400, refusal: { kind: 'never', message: 'answered 400' } },
    { status: 404, retryAfter: '5', refusal: { kind: 'never', message: 'answered 404' } },
    { status: 408, refusal: { kind: 'later', message: 'answered 408' } },
    { status: 410, refusal: { kind: 'gone', message: 'answered 410' } },
    { status: 425, refusal: { kind: 'later', message: 'answered 425' } },
    { status: 429, retryAfter: '5', refusal: { kind: 'later', message: 'answered 429', pauseMs: 5_000 } },
    { status: 500, refusal: { kind: 'later', message: 'answered 500' } },
    {
      status: 503,
      retryAfter: 'Fri, 27 Nov 2026 08:01:00 GMT',
      refusal: { kind: 'later', message: 'answered 503', pauseMs: 60_000 },
    },
    {
      status: 503,
      retryAfter: 'Fri, 27 Nov 2026 07:00:00 GMT',
      refusal: { kind: 'later', message: 'answered 503' },
    },
    { status: 503, retryAfter: '1 2 2099', refusal: { kind: 'later', message: 'answered 503' } },
    { status: 503, retryAfter: '2099-01-01', refusal: { kind: 'later', message: 'answered 503' } },
    { status: 503, retryAfter: 'soon', refusal: { kind: 'later', message: 'answered 503' } },
    { status: 503, retryAfter: '999999999', refusal: { kind: 'later', message: 'answered 503', pauseMs: 3_600_000 } },
  ]) {
    test(`${status}${retryAfter === undefined ? '' : ` with Retry-After: ${retryAfter}`}: ${JSON.stringify(refusal)}`, () => {
      expect(refusalOf(status, retryAfter, now)).toEqual(refusal)
    })
  }
})

/** Every receiver here is an address. */
const nobody: LookUp = async () => []

describe('a receiver that', () => {
  let servers: Server[]
  let sockets: Socket[]
  let egress: Egress
  beforeEach(() => {
    servers = []
    sockets = []
    egress = createEgress({ allow: ['127.0.0.1'], connectTimeoutMs: 1_000, system: nobody, dns: nobody })
  })
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    for (const server of servers) server.close()
    await Promise.all([egress.guarded.destroy(), egress.open.destroy()])
  })

  /** Does to each connection what it does once something has arrived. */
  async function start(reply: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => undefined).once('data', () => reply(socket))
    })
    servers.push(server)
    return (await listen(server)).port
  }

  const post = (port: number, timeoutMs = 30_000) =>
    createPost(egress)(
      { id: 'e1', body: '{}', sentAt: new Date() },
      { name: 'ci', url: `http://127.0.0.1:${port}/`, origin: 'api', keyGeneration: 0, keys: [] },
      { timeoutMs, stopping: new AbortController().signal },
    )

  test('leads elsewhere is not followed', async () => {
    const elsewhere = await start((socket) => socket.end('HTTP/1.1 204 \r\n\r\n'))
    const port = await start((socket) =>
      socket.end(`HTTP/1.1 307 \r\nLocation: http://127.0.0.1:${elsewhere}/\r\nContent-Length: 0\r\n\r\n`),
    )
    expect(await post(port)).toEqual({ kind: 'later', message: 'answered 307' })
    expect(sockets).toHaveLength(1)
  })

  test('says a word a minute is left in time', async () => {
    const port = await start((socket) => socket.write('HTTP/1.1 200 \r\nX-'))
    expect(await post(port, 500)).toEqual({ kind: 'later', message: 'no answer within 500 ms' })
  })

  for (const { title, body } of [
    { title: 'never ends what it says', body: 'x' },
    { title: 'says more than anybody wants to know', body: 'x'.repeat(10 * 1024 * 1024) },
  ]) {
    test(`took the event and ${title} has taken it`, async () => {
      const port = await start((socket) => socket.write(`HTTP/1.1 200 \r\nContent-Length: 99999999\r\n\r\n${body}`))
      const began = performance.now()
      expect(await post(port)).toBeUndefined()
      expect(performance.now() - began).toBeLessThan(3_000)
    })
  }

  for (const { title, said, message } of [
    { title: 'hangs up', said: '', message: 'cannot be reached: the connection was cut (UND_ERR_SOCKET)' },
    {
      title: 'hangs up amid its answer',
      said: 'HTTP/1.1 20',
      message: 'cannot be reached: the connection was cut (UND_ERR_SOCKET)',
    },
    { title: 'speaks no HTTP', said: 'SSH-2.0-x\r\n', message: 'cannot be reached: what answers there is no HTTP' },
    {
      title: 'answers with a megabyte of headers',
      said: `HTTP/1.1 200 \r\nX-Long: ${'x'.repeat(1024 * 1024)}\r\n\r\n`,
      message: 'cannot be reached: it answers with more headers than are read (UND_ERR_HEADERS_OVERFLOW)',
    },
  ]) {
    test(`${title} has not taken it`, async () => {
      const port = await start((socket) => socket.end(said))
      expect(await post(port)).toEqual({ kind: 'later', message })
    })
  }
})
