import { lookup, type LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'

/** The addresses of a host. Rejects when there are none, or when nobody says. */
export type LookUp = (host: string) => Promise<readonly LookupAddress[]>

/** As every program of the machine does it. Each that is under way holds one of the few threads that the process has for this. */
export function createSystemLookUp(resolve: typeof lookup = lookup): LookUp {
  return sharing(
    (host) =>
      new Promise((done, fail) => {
        resolve(host, { all: true }, (error, addresses) => (error === null ? done(addresses) : fail(error)))
      }),
  )
}

/** Whoever asks for a host that is being asked for waits for that answer. */
function sharing(lookUp: LookUp): LookUp {
  const underWay = new Map<string, ReturnType<LookUp>>()
  return (host) => {
    const known = underWay.get(host)
    if (known !== undefined) return known
    const asking = lookUp(host).finally(() => underWay.delete(host))
    underWay.set(host, asking)
    return asking
  }
}

/** One after the other, so that of all the threads one is held at most. */
function inTurn(lookUp: LookUp): LookUp {
  let before: Promise<unknown> = Promise.resolve()
  return (host) => {
    const asking = before.then(() => lookUp(host))
    before = asking.catch(() => undefined)
    return asking
  }
}

/** A name server has so long, twice. */
const nameServer = { timeout: 2_000, tries: 2 }

/** Whoever says this is no name server, or does not know the name; the system may, from a file of its own or by a longer name. */
const unknown = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME', 'ECONNREFUSED'])

function isUnknown(failure: unknown): boolean {
  return failure instanceof Error && 'code' in failure && unknown.has(String(failure.code))
}

/** Asks the name servers, whose silence holds no thread; only of what they do not know the system. For names of anybody's choice. */
export function createDnsLookUp(
  system: LookUp,
  resolver: Pick<Resolver, 'resolve4' | 'resolve6'> = new Resolver(nameServer),
): LookUp {
  // A name server that first knows a name not, and then falls silent, would have the system wait.
  const askSystem = sharing(inTurn(system))
  return async (host) => {
    const replies = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    const found = replies.flatMap((reply, place) =>
      reply.status === 'rejected' ? [] : reply.value.map((address) => ({ address, family: place === 0 ? 4 : 6 })),
    )
    if (found.length > 0) return found
    const failures = replies.flatMap((reply): unknown[] => (reply.status === 'rejected' ? [reply.reason] : []))
    const telling = failures.find((failure) => !isUnknown(failure))
    if (telling !== undefined) throw telling
    return askSystem(host)
  }
}
