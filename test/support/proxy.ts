import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { listen } from './listen.ts'

/** Stands between a client and a server on loopback, and is a network that can fail. */
export interface Proxy {
  readonly port: number
  /** Nobody listens any more, and every connection is reset. */
  cut(): Promise<void>
  /** Connections stay and carry nothing, in neither direction: the other side is gone without a word. */
  freeze(): void
  /** The connections of now stay and carry nothing for ever, as of a machine that is gone without a word; new ones work. */
  strand(): void
  /** Whatever passes from now on passes so; undefined: at once. */
  slow(pace: Pace | undefined): void
  /** What was frozen is lost; new connections work. */
  restore(): Promise<void>
  stop(): Promise<void>
}

/** How a bad network carries bytes. */
export interface Pace {
  /** Before each piece. */
  readonly latencyMs: number
  /** The most that passes in one piece. */
  readonly pieceBytes: number
}

/** A network of its own to whatever listens at a URL, and the URL that leads through it; it goes with `scope`. */
export async function networkTo(
  target: string,
  scope: AsyncDisposableStack,
  isCut = false,
): Promise<{ readonly url: string; readonly network: Proxy }> {
  const url = new URL(target)
  const network = await startProxy({ host: url.hostname, port: Number(url.port) }, isCut)
  scope.defer(() => network.stop())
  url.port = String(network.port)
  return { url: url.href, network }
}

/** On a free port that nobody listens at until `restore`, when `isCut`. */
export async function startProxy(
  target: { readonly host: string; readonly port: number },
  isCut = false,
): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let isFrozen = false
  const stranded = new WeakSet<Socket>()
  let pace: Pace | undefined
  const server = createServer((client) => {
    hold(client)
    if (isFrozen) return
    const upstream = hold(connect(target))
    carry(client, upstream)
    carry(upstream, client)
    client.on('close', () => stranded.has(client) || upstream.destroy())
    upstream.on('close', () => isFrozen || stranded.has(client) || client.destroy())
  })

  /** In order, each piece after the one before it. */
  function carry(from: Socket, to: Socket): void {
    let carried = Promise.resolve()
    from.on('data', (bytes) => {
      carried = carried.then(() => pass(bytes, to))
    })
  }

  async function pass(bytes: Buffer, to: Socket): Promise<void> {
    for (let sent = 0; sent < bytes.length && !isFrozen && !stranded.has(to);) {
      const piece = bytes.subarray(sent, sent + (pace?.pieceBytes ?? bytes.length))
      if (pace !== undefined) await pause(pace.latencyMs)
      to.write(piece)
      sent += piece.length
    }
  }

  function hold(socket: Socket): Socket {
    sockets.add(socket)
    // A reset is what this is for.
    socket.on('error', () => {})
    return socket.on('close', () => sockets.delete(socket))
  }

  function resetAll(): void {
    for (const socket of sockets) socket.resetAndDestroy()
  }

  async function cut(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve))
    resetAll()
    await closed
  }

  const { port } = await listen(server)
  if (isCut) await cut()
  return {
    port,
    cut,
    freeze: () => (isFrozen = true),
    strand: () => {
      for (const socket of sockets) stranded.add(socket)
    },
    slow: (chosen) => (pace = chosen),
    restore: async () => {
      isFrozen = false
      pace = undefined
      resetAll()
      if (!server.listening) await listen(server, port)
    },
    stop: async () => {
      if (server.listening) await cut()
    },
  }
}
