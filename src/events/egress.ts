import { lookup as resolveName, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, type Dispatcher } from 'undici'
import { isIn, isRange, rangesOf } from '../address-range.ts'

/** Where a subscription may lead, which whoever has a token can write; sinks of `pharos.yaml` are the operator's own. */
export interface Egress {
  /** Why nothing is sent to this URL, a sentence; undefined when it may be. Its name is looked up; one that has no address may be. */
  refusal(url: string): Promise<string | undefined>
  /** Connects to addresses that are allowed and to no others, whatever a name leads to by then. */
  readonly dispatcher: Dispatcher
}

/** An address that must not be connected to. The message holds no more than the host that was asked for. */
class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly code = 'not allowed'
}

/**
 * Where clouds answer with credentials, and what only leads to the own host or link: never, whatever is allowed.
 * Sources: the documentation of AWS, Azure, Google Cloud, Alibaba and Oracle about their metadata services.
 */
const never = rangesOf([
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
])

/** What of IPv4 is not public. Source: IANA's registry of special-purpose addresses, and multicast. */
const notPublic = rangesOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Of IPv6's only public block: protocol assignments, Teredo among them; documentation; 6to4, which holds any IPv4 address.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
])

const publicIPv6 = rangesOf(['2000::/3'])

/** IPv4 in the notation of IPv6. */
const mapped = rangesOf(['::ffff:0:0/96'])

/** Ports that are for something else than HTTP are below this; the two that are not are allowed. */
const portMin = 1024

/** `allow`: addresses, CIDR ranges and names that may be reached though they are not public. */
export function createEgress(allow: readonly string[], resolve: typeof resolveName = resolveName): Egress {
  const ranges = rangesOf(allow.filter(isRange))
  const names = new Set(allow.filter((entry) => !isRange(entry)).map((name) => name.toLowerCase()))

  const mayConnect = (host: string, address: string): boolean =>
    !isIn(never, address) && (isIn(ranges, address) || names.has(host) || isPublic(address))

  const lookup: LookupFunction = (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return done(error, '')
      const allowed = addresses.filter(({ address }) => mayConnect(host.toLowerCase(), address))
      const [first] = allowed
      if (first === undefined) return done(new EgressError(`${host} has no address that is allowed`), '')
      if (options.all === true) return done(null, allowed)
      done(null, first.address, first.family)
    })
  }

  return {
    async refusal(url) {
      const { hostname, port } = new URL(url)
      const host = hostname.replaceAll(/[[\]]|\.$/g, '')
      const addresses = isIP(host) === 0 ? await addressesOf(host, resolve) : [host]
      if (addresses.length > 0 && addresses.every((address) => !mayConnect(host, address))) {
        const what = isIP(host) === 0 ? `${host} leads to ${addresses[0]}, which` : host
        return addresses.every((address) => isIn(never, address))
          ? `${what} is never sent to: it is an address of the own link or of a cloud's metadata`
          : `${what} is not public: whoever runs the service can allow it in subscriptions.allow of pharos.yaml`
      }
      const isOwn = names.has(host) || addresses.some((address) => isIn(ranges, address))
      if (isOwn || port === '' || port === '80' || port === '443' || Number(port) >= portMin) return undefined
      return `port ${port} is not for this: 80, 443 and those from ${portMin} on are allowed`
    },
    dispatcher: new Agent({ connect: { lookup } }),
  }
}

function isPublic(address: string): boolean {
  if (isIn(notPublic, address)) return false
  return isIP(address) === 4 || isIn(mapped, address) || isIn(publicIPv6, address)
}

async function addressesOf(host: string, resolve: typeof resolveName): Promise<readonly string[]> {
  return new Promise((done) => {
    resolve(host, { all: true }, (error, addresses: LookupAddress[]) =>
      done(error === null ? addresses.map(({ address }) => address) : []),
    )
  })
}
