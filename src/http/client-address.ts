import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { isIn, rangesOf } from '../net/address-range.ts'

/** The client of a request: its IPv4 address or /64 network of IPv6, which is one customer's. Undefined if it cannot be known. */
export type ClientAddress = (request: Pick<FastifyRequest, 'headers' | 'socket'>) => string | undefined

/**
 * The address at the other end of a connection is the client's only if the proxies are known: without `trustedProxies`, it may be
 * that of a proxy in front of everyone. In the `X-Forwarded-For` of a trusted proxy, the last address that is not a trusted proxy's
 * counts, since a client can write everything before it.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const trusted = rangesOf(trustedProxies)
  return ({ headers, socket }) => {
    const peer = addressIn(socket.remoteAddress ?? '')
    if (trustedProxies.length === 0 || peer === undefined) return undefined
    if (!isIn(trusted, peer)) return networkOf(peer)
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().flatMap((line) => line.split(','))
    for (const [place, entry] of [...forwarded.entries()].toReversed()) {
      const address = addressIn(entry.trim())
      if (address === undefined) return undefined
      if (place === 0 || !isIn(trusted, address)) return networkOf(address)
    }
    return undefined
  }
}

/** Without a port, brackets and a zone; undefined when it is no address. */
function addressIn(entry: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry)?.[1] ?? entry
  const address = bare.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '')
  return isIP(address) === 0 ? undefined : address
}

/** One customer has at least a /64 of IPv6. */
function networkOf(address: string): string {
  if (isIP(address) === 4) return address
  const [before = '', after] = address.split('::')
  const groups = (text: string | undefined): readonly string[] => (text ?? '').split(':').filter((part) => part !== '')
  const [first, last] = [groups(before), groups(after)]
  const zeros =
    after === undefined ? [] : Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0')
  const network = [...first, ...zeros, ...last].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
