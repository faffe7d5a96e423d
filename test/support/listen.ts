import type { AddressInfo, Server } from 'node:net'

/** Listens on loopback, on a free port when `port` is 0. */
export async function listen(server: Server, port = 0): Promise<AddressInfo> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a server on a port has no address')
  return address
}
