import { BlockList, isIP } from 'node:net'

/** Whether a text is an IP address, or a range of them such as `10.0.0.0/8`. */
export function isRange(entry: string): boolean {
  const [address = '', length, ...more] = entry.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128))
}

/** Each is an address or a range, as `isRange` has it. */
export function rangesOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', length] = range.split('/')
    const [type, whole] = isIP(address) === 4 ? (['ipv4', 32] as const) : (['ipv6', 128] as const)
    list.addSubnet(address, length === undefined ? whole : Number(length), type)
  }
  return list
}

/** An IPv4 address in IPv6's notation counts as what it is. */
export function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}

/** Whether only programs of the same machine reach what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
