import { connect, createServer, type Socket } from 'node:net'
import { listen } from './listen.ts'

/** Stands between a client and a server on loopback, and is a network that can fail. */
export interface Proxy {
  readonly port: number
  /** Nobody listens any more, and every connection is reset. */
  cut(): Promise<void>
  /** Connections stay and carry nothing, in neither direction: the other side is gone without a word. */
  freeze(): void
  /** What was frozen is lost; new connections work. */
  restore(): Promise<void>
  stop(): Promise<void>
}

/** On a free port that nobody listens at until `restore`, when `isCut`. */
export async function startProxy(
  target: { readonly host: string; readonly port: number },
  isCut = false,
): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let isFrozen = false
  const server = createServer((client) => {
    hold(client)
    if (isFrozen) return
    const upstream = hold(connect(target))
    client.on('data', (bytes) => isFrozen || upstream.write(bytes))
    upstream.on('data', (bytes) => isFrozen || client.write(bytes))
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => isFrozen || client.destroy())
  })

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
    restore: async () => {
      isFrozen = false
      resetAll()
      if (!server.listening) await listen(server, port)
    },
    stop: async () => {
      if (server.listening) await cut()
    },
  }
}
