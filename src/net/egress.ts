import { isIP, type LookupFunction } from 'node:net'
import { callbackify } from 'node:util'
import { Agent, type Dispatcher } from 'undici'
import { isIn, isRange, rangesOf } from './address-range.ts'
import type { LookUp } from './dns.ts'

/** Where a subscription may lead, which whoever has a token can write; sinks of `pharos.yaml` are the operator's own. */
export interface Egress {
  /** Why a subscription must not lead there, a sentence; undefined when it may. Its name is looked up; one that has no address may be. */
  refusal(url: string): Promise<string | undefined>
  /** Why nothing is sent there, of a URL with an address; undefined when it may be, or has a name, which `guarded` looks at. */
  addressRefusal(url: string): string | undefined
  /** Connects to addresses that are allowed and to no others, whatever a name leads to by then; else throws EgressError. */
  readonly guarded: Dispatcher
  /** Connects wherever it is led. */
  readonly open: Dispatcher
}

export interface EgressOptions {
  /** Addresses, ranges of them and names that may be reached though they are not public. */
  readonly allow: readonly string[]
  /** A connection must be made within. */
  readonly connectTimeoutMs: number
  readonly system: LookUp
  /** Of names of anybody's choice. */
  readonly dns: LookUp
}

/** An address that must not be connected to. The message is a sentence without the address: it is not the caller's to know. */
export class EgressError extends Error {
  override readonly name = 'EgressError'
}

/**
 * Where clouds answer with credentials, and what only leads to the own host or link: never, whatever is allowed.
 * Sources: the documentation of AWS, Azure, Google Cloud, Alibaba and Oracle about their metadata services.
 */
const never = rangesOf([
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::/32',
  'fd20:ce::254/128',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  // The same by way of NAT64.
  '64:ff9b::169.254.0.0/112',
  '64:ff9b::100.100.100.200/128',
  '64:ff9b::168.63.129.16/128',
  '64:ff9b::192.0.0.192/128',
])

/** Host names of the same. They may not resolve where the service runs now, but where it runs next. */
const metadataNames = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
  'instance-data',
  'instance-data.ec2.internal',
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

export function createEgress({ allow, connectTimeoutMs, system, dns }: EgressOptions): Egress {
  const ranges = rangesOf(allow.filter(isRange))
  const names = new Set(allow.filter((entry) => !isRange(entry)).map((name) => name.toLowerCase()))
  const addressesOf: LookUp = (host) => (names.has(host) ? system(host) : dns(host))

  const mayConnect = (host: string, address: string): boolean =>
    !isIn(never, address) && (isIn(ranges, address) || names.has(host) || isPublic(address))

  /** Undefined too when there is no address. */
  const refusalOf = (host: string, addresses: readonly string[]): string | undefined => {
    if (metadataNames.has(host)) return `${host} is never sent to: it is the name of a cloud metadata service`
    if (addresses.length === 0 || addresses.some((address) => mayConnect(host, address))) return undefined
    const what = isIP(host) === 0 ? `${host} leads to an address that` : host
    return addresses.every((address) => isIn(never, address))
      ? `${what} is never sent to: it is of the own link or of a cloud's metadata`
      : `${what} is not public: whoever runs the service can allow it in subscriptions.allow of pharos.yaml`
  }

  const lookUp: LookUp = async (name) => {
    const host = withoutDot(name.toLowerCase())
    const found = await addressesOf(host)
    const addresses = found.map(({ address }) => address)
    const refusal = refusalOf(host, addresses) ?? (addresses.length === 0 ? `${host} has no address` : undefined)
    if (refusal !== undefined) throw new EgressError(refusal)
    return found.filter(({ address }) => mayConnect(host, address))
  }

  return {
    async refusal(url) {
      const { port } = new URL(url)
      const host = hostOf(url)
      const found = isIP(host) === 0 ? await addressesOf(host).catch(() => []) : [{ address: host }]
      const addresses = found.map(({ address }) => address)
      const refusal = refusalOf(host, addresses)
      if (refusal !== undefined) return refusal
      const isOwn = names.has(host) || addresses.some((address) => isIn(ranges, address))
      if (isOwn || port === '' || port === '80' || port === '443' || Number(port) >= portMin) return undefined
      return `port ${port} is not for this: 80, 443 and those from ${portMin} on are allowed`
    },
    addressRefusal(url) {
      const host = hostOf(url)
      return isIP(host) === 0 ? undefined : refusalOf(host, [host])
    },
    guarded: new Agent({ connect: connector(lookUp, connectTimeoutMs) }),
    open: new Agent({ connect: connector(system, connectTimeoutMs) }),
  }
}

/** In lower case, as a URL has it; an IPv6 address without its brackets, a name without the dot of the root. */
function hostOf(url: string): string {
  return withoutDot(new URL(url).hostname.replaceAll(/[[\]]/g, ''))
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '')
}

/** As `net.connect` wants it, which asks for all addresses when it may choose among them. */
function connector(lookUp: LookUp, timeout: number) {
  const lookup: LookupFunction = (host, _options, done) =>
    callbackify(async () => [...(await lookUp(host))])((error, addresses) => done(error, addresses))
  return { timeout, autoSelectFamily: true, lookup }
}

function isPublic(address: string): boolean {
  if (isIn(notPublic, address)) return false
  return isIP(address) === 4 || isIn(mapped, address) || isIn(publicIPv6, address)
}
