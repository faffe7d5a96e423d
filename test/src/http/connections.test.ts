import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { answerClientError } from '../../../src/http/client-error.ts'
import { connectionLimits, createConnections, type ConnectionLimits } from '../../../src/http/connections.ts'

let scope: AsyncDisposableStack
beforeEach(() => {
  scope = new AsyncDisposableStack()
})
afterEach(() => scope.disposeAsync())

/** A server with `routes` and one socket to it, or more. */
async function start(
  limits: Partial<ConnectionLimits>,
  routes: (app: FastifyInstance) => void,
): Promise<{ readonly app: FastifyInstance; readonly open: () => Socket }> {
  const connections = createConnections({ ...connectionLimits, checkMs: 10, ...limits })
  const app = Fastify({
    ...connections.options,
    forceCloseConnections: true,
    clientErrorHandler: (error, socket) => answerClientError(error, socket, connections.mayBeRefused(socket)),
  })
  connections.watch(app)
  routes(app)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  scope.defer(() => app.close())
  return {
    app,
    open: () => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      // A connection that is cut is what most of these are about.
      socket.on('error', () => undefined)
      scope.defer(() => void socket.destroy())
      return socket
    },
  }
}

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(65_536, 'x')
}

test('a stream whose client does not read is dropped, not long after that time', async () => {
  const dropped = Promise.withResolvers<void>()
  const { open } = await start({ blockedMs: 1_500 }, (app) => {
    app.get('/', async (_request, reply) => {
      const stream = Readable.from(endless())
      stream.once('close', dropped.resolve)
      return reply.send(stream)
    })
  })
  const began = performance.now()
  open().pause().write(get('/'))
  await dropped.promise
  const afterMs = performance.now() - began
  expect(afterMs).toBeGreaterThan(1_400)
  expect(afterMs).toBeLessThan(2_700)
})

test('a client that does not read but goes on sending is dropped too', async () => {
  const dropped = Promise.withResolvers<void>()
  const { open } = await start({ blockedMs: 200, requestMs: 400, headersMs: 400 }, (app) => {
    app.get('/', async (_request, reply) => {
      const stream = Readable.from(endless())
      stream.once('close', dropped.resolve)
      return reply.send(stream)
    })
  })
  const socket = open().pause()
  socket.write(get('/'))
  socket.write('GET / HTTP/1.1\r\n')
  const dripping = setInterval(() => socket.write('X-More: x\r\n'), 50)
  await expect(dropped.promise).resolves.toBeUndefined()
  clearInterval(dripping)
})

test('a client that waits silently for longer than a request may take gets its answer', async () => {
  const silences: string[] = []
  const { app, open } = await start({ blockedMs: 150, requestMs: 100, headersMs: 100 }, (routes) => {
    routes.get('/', async () => {
      await once(app.server, 'timeout')
      silences.push('one')
      return { ok: true }
    })
  })
  const socket = open()
  socket.write(get('/', 'Connection: close\r\n'))
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK[^]*\{"ok":true\}$/)
  expect(silences).toEqual(['one'])
})

test('more than a few requests without waiting for their answers end the connection', async () => {
  let handled = 0
  const { open } = await start({ pipelined: 4 }, (app) => {
    app.get('/', () => {
      handled += 1
      return new Promise<never>(() => undefined)
    })
  })
  const socket = open()
  const ended = once(socket.resume(), 'close')
  socket.write(get('/').repeat(100))
  await ended
  expect(handled).toBe(4)
})

test('answers that nobody reads end the connection before they fill the memory', async () => {
  const body = Buffer.alloc(8 * 1024 * 1024)
  const waiting: (() => void)[] = []
  const { app, open } = await start({ outputBytes: 20 * 1024 * 1024 }, (routes) => {
    routes.get('/', () => new Promise<Buffer>((resolve) => waiting.push(() => resolve(body))))
  })
  const connected = once(app.server, 'connection')
  open().pause().write(get('/').repeat(10))
  const [served] = await connected
  let made = 0
  while (!served.destroyed) {
    waiting.shift()?.()
    made += 1
    await new Promise(setImmediate)
  }
  // What the system has taken is no longer ours, which is one or two of these.
  expect(made).toBeLessThan(9)
})

test('a body that drips is 408 as a problem document', async () => {
  const { open } = await start({ requestMs: 200, headersMs: 100 }, (app) => app.post('/', async () => ({})))
  const socket = open()
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{')
  const dripping = setInterval(() => socket.write(' '), 20)
  const reply = await text(socket)
  clearInterval(dripping)
  expect(reply).toMatch(/^HTTP\/1\.1 408 [^]*problem\+json[^]*"code":"request_timeout"/)
})

for (const { title, sent } of [
  { title: 'who says nothing', sent: '' },
  { title: 'whose headers do not end', sent: 'GET / HTTP/1.1\r\nHost: localhost\r\n' },
]) {
  test(`one ${title} is 408`, async () => {
    const { open } = await start({ headersMs: 100, requestMs: 200 }, (app) => app.get('/', async () => ({})))
    const socket = open()
    socket.write(sent)
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request_timeout"/)
  })
}

test('a connection that is kept and not used is closed', async () => {
  const { open } = await start({ keepAliveMs: 100 }, (app) => app.get('/', async () => ({ ok: true })))
  const socket = open()
  socket.write(get('/'))
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK/)
})

test('a connection takes so many requests, and says at the last that it ends', async () => {
  const { open } = await start({ requestsPerConnection: 2 }, (app) => app.get('/', async () => ({ ok: true })))
  const socket = open()
  socket.write(get('/').repeat(2))
  const replies = await text(socket)
  expect(replies.match(/HTTP\/1\.1 200/g)?.length).toBe(2)
  expect(replies.match(/Connection: (close|keep-alive)/gi)).toEqual(['Connection: keep-alive', 'Connection: close'])
})

test('more connections than there may be are closed at once', async () => {
  const { app, open } = await start({ connections: 1 }, (routes) => routes.get('/', async () => ({ ok: true })))
  const first = open()
  await once(app.server, 'connection')
  const second = open().resume()
  await once(second, 'close')
  first.write(get('/', 'Connection: close\r\n'))
  expect(await text(first)).toMatch(/^HTTP\/1\.1 200 OK/)
})

for (const { title, path } of [
  { title: 'being sent', path: '/stream' },
  { title: 'still made', path: '/never' },
]) {
  test(`nonsense behind a request whose answer is ${title} does not become part of it`, async () => {
    const { open } = await start({}, (app) => {
      app.get('/stream', async (_request, reply) => {
        const stream = new Readable({ read: () => undefined })
        stream.push('begun')
        return reply.send(stream)
      })
      app.get('/never', () => new Promise<never>(() => undefined))
    })
    const socket = open()
    let reply = ''
    socket.setEncoding('utf8').on('data', (part: string) => (reply += part))
    const ended = once(socket, 'close')
    socket.write(get(path))
    if (path === '/stream') await once(socket, 'data')
    socket.write('nonsense\r\n\r\n')
    await ended
    expect(reply).not.toContain('bad_request')
  })
}
