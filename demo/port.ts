import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** The loopback URL of a server that listens. */
export function urlOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return `http://127.0.0.1:${address.port}`
}

/** A loopback port that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = new URL(urlOf(server))
  server.close()
  await once(server, 'close')
  return Number(port)
}
