import { expect, test } from 'vitest'
import { createClientAddress } from '../../../src/http/client-address.ts'

const trusted = ['10.0.0.0/8', 'fd00::/8']

for (const { what, proxies = trusted, peer, forwarded, client } of [
  { what: 'nobody knows without trusted proxies', proxies: [], peer: '192.0.2.1', client: undefined },
  {
    what: 'nobody knows without trusted proxies, whatever is claimed',
    proxies: [],
    peer: '192.0.2.1',
    forwarded: '198.51.100.1',
    client: undefined,
  },
  { what: 'who is no proxy is the client', peer: '192.0.2.1', client: '192.0.2.1' },
  { what: 'who is no proxy is not believed', peer: '192.0.2.1', forwarded: '198.51.100.1', client: '192.0.2.1' },
  { what: 'a proxy tells', peer: '10.0.0.1', forwarded: '198.51.100.1', client: '198.51.100.1' },
  { what: 'IPv4 in the notation of IPv6', peer: '::ffff:10.0.0.1', forwarded: '::ffff:192.0.2.9', client: '192.0.2.9' },
  {
    what: 'only the last one that is no proxy counts',
    peer: '10.0.0.1',
    forwarded: '203.0.113.7, 198.51.100.1, 10.0.0.2,fd00::1',
    client: '198.51.100.1',
  },
  { what: 'a port and brackets go', peer: '10.0.0.1', forwarded: '198.51.100.1:4711', client: '198.51.100.1' },
  {
    what: 'all are proxies: the first one asked',
    peer: '10.0.0.1',
    forwarded: '10.0.0.3, 10.0.0.2',
    client: '10.0.0.3',
  },
  { what: 'a proxy that tells nothing', peer: '10.0.0.1', client: undefined },
  { what: 'a proxy that tells nonsense', peer: '10.0.0.1', forwarded: '198.51.100.1, unknown', client: undefined },
  {
    what: 'nonsense before the one that counts does not matter',
    peer: '10.0.0.1',
    forwarded: 'unknown, 198.51.100.1',
    client: '198.51.100.1',
  },
  { what: 'a network of IPv6', peer: '2001:db8:1:2:3:4:5:6', client: '2001:db8:1:2::/64' },
  { what: 'the same network', peer: '2001:0db8:0001:0002::f', client: '2001:db8:1:2::/64' },
  { what: 'zeros in the middle', peer: '10.0.0.1', forwarded: '[2001:db8::1]:443', client: '2001:db8:0:0::/64' },
  { what: 'a closed connection', peer: undefined, forwarded: '198.51.100.1', client: undefined },
]) {
  test(`${what}: ${client ?? 'unknown'}`, () => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
    // Of a socket only this is looked at.
    const socket = { remoteAddress: peer } as never
    expect(createClientAddress(proxies)({ headers, socket })).toBe(client)
  })
}
