import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyHttpOptions, FastifyInstance } from 'fastify'

/** What one connection, and all of them, may take of the process; times in milliseconds. */
export interface ConnectionLimits {
  /** A request arrives whole, its body included; the answer may take longer. */
  readonly requestMs: number
  readonly headersMs: number
  /** Between two requests of a connection. */
  readonly keepAliveMs: number
  /** The client reads nothing of what is sent. */
  readonly blockedMs: number
  /** How often requests that are late are looked for. */
  readonly checkMs: number
  readonly connections: number
  readonly requestsPerConnection: number
  /** Sent without waiting for the answers. */
  readonly pipelined: number
  /** Of answers that wait to be read when another one is ready. */
  readonly outputBytes: number
}

/** Documented in docs/operating.md. */
export const connectionLimits: ConnectionLimits = {
  requestMs: 60_000,
  headersMs: 30_000,
  // Longer than load balancers keep theirs, which else send a request into a connection that is being closed.
  keepAliveMs: 72_000,
  blockedMs: 30_000,
  checkMs: 5_000,
  connections: 1_000,
  requestsPerConnection: 1_000,
  pipelined: 16,
  outputBytes: 8 * 1024 * 1024,
}

export interface Connections {
  readonly options: Pick<
    FastifyHttpOptions<Server>,
    'connectionTimeout' | 'http' | 'keepAliveTimeout' | 'maxRequestsPerSocket' | 'requestTimeout'
  >
  /** Whether the client would take a refusal as the answer to what it sent last. */
  mayBeRefused(socket: Socket): boolean
  /** Must be called before any other hook is added. */
  watch(app: FastifyInstance): void
}

/**
 * Blocked connections are looked at so often in `blockedMs`. Node lets the first look pass when a part of a write has gone out
 * meanwhile.
 */
const looks = 3

/** Keeps every connection within its limits. */
export function createConnections(limits: ConnectionLimits): Connections {
  const underWay = new WeakMap<Socket, Set<ServerResponse>>()
  const requests = new WeakMap<Socket, number>()
  /** How often in a row nothing had moved, with the bytes that had until then. */
  const blocked = new WeakMap<Socket, { readonly bytes: number; readonly times: number }>()

  function note(socket: Socket, response: ServerResponse): number {
    const responses = underWay.get(socket) ?? new Set()
    underWay.set(socket, responses.add(response))
    response.once('close', () => responses.delete(response))
    const count = (requests.get(socket) ?? 0) + 1
    requests.set(socket, count)
    // Node only says so in the last answer.
    if (count === limits.requestsPerConnection) response.once('finish', () => socket.destroySoon())
    return responses.size
  }

  function unreadBytes(socket: Socket): number {
    const responses = [...(underWay.get(socket) ?? [])].map(({ writableLength }) => writableLength)
    return Math.max(
      socket.writableLength,
      responses.reduce((sum, length) => sum + length, 0),
    )
  }

  function isAnswering(socket: Socket): boolean {
    return (underWay.get(socket)?.size ?? 0) > 0
  }

  /** Whether nothing was read for long enough; otherwise the socket is looked at again. */
  function isBlocked(socket: Socket): boolean {
    const bytes = socket.bytesRead + socket.bytesWritten
    const before = blocked.get(socket)
    const times = before?.bytes === bytes ? before.times + 1 : 1
    blocked.set(socket, { bytes, times })
    if (times >= looks) return true
    socket.setTimeout(Math.ceil(limits.blockedMs / looks))
    return false
  }

  /** Nothing was received or sent for a while. */
  function onSilence(socket: Socket): void {
    if (isAnswering(socket) && (unreadBytes(socket) === 0 || !isBlocked(socket))) return
    // Node itself answers a request that has begun and is late.
    if (!requests.has(socket) && socket.writable && socket.writableLength === 0) return
    socket.destroy()
  }

  return {
    options: {
      connectionTimeout: Math.ceil(limits.blockedMs / looks),
      keepAliveTimeout: limits.keepAliveMs,
      maxRequestsPerSocket: limits.requestsPerConnection,
      requestTimeout: limits.requestMs,
      http: {
        headersTimeout: limits.headersMs,
        connectionsCheckingInterval: limits.checkMs,
        // Node's own refusal would be no problem document.
        requireHostHeader: false,
      },
    },
    mayBeRefused(socket) {
      const [first, ...others] = underWay.get(socket) ?? []
      return first === undefined || (others.length === 0 && !first.headersSent && !first.req.complete)
    },
    watch(app) {
      app.server.maxConnections = limits.connections
      app.server.on('timeout', onSilence)
      app.addHook('onRequest', async ({ raw: { socket } }, reply) => {
        if (note(socket, reply.raw) <= limits.pipelined) return
        reply.hijack()
        socket.destroy()
      })
      app.addHook('onSend', async ({ raw: { socket } }, reply, payload) => {
        if (unreadBytes(socket) > limits.outputBytes && !reply.raw.headersSent) socket.destroy()
        return payload
      })
    },
  }
}
