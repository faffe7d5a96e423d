import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { isIn, rangesOf } from '../address-range.ts'

/** Whose request it is: an address, or of IPv6 the network that one customer has. Undefined where nobody can tell. */
export type ClientAddress = (request: Pick<FastifyRequest, 'headers' | 'socket'>) => string | undefined

/**
 * What the other end of a connection is called is a client's own only if it is known which ones are proxies: without
 * `trustedProxies` it may be one that everybody comes through. Of a trusted proxy's `X-Forwarded-For` the last address that is
 * not a trusted proxy's counts; what is before it anybody may have written.
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
