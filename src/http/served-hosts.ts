import type { FastifyRequest } from 'fastify'
import { isLoopback } from '../net/address-range.ts'
import { PharosError } from '../base/errors.ts'

export interface ServedHosts {
  /** With authentication, any host is served: a page of another site has no token. */
  readonly isAuthenticated: boolean
  /** Of `publicUrl`; undefined without it. */
  readonly publicUrl: string | undefined
  /** In lower case, without a port. */
  readonly hosts: readonly string[]
}

/** Probes use any host name, and these paths tell nothing confidential. */
const anyHost: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz', '/metrics'])

/**
 * A check that a request was meant for this service: another site's name may be made to point here (DNS rebinding), and its pages
 * then have the same origin as this service. Throws PharosError `misdirected_request`, or `bad_request` without the Host
 * header that HTTP/1.1 requires.
 */
export function requireServedHost(served: ServedHosts): (request: FastifyRequest) => void {
  const names = new Set([...served.hosts, hostnameOf(URL.parse(served.publicUrl ?? '')?.host)])
  const isServed = (host: string | undefined): boolean => {
    const name = hostnameOf(host)
    return name !== undefined && (isOfThisMachine(name) || names.has(name))
  }
  return ({ raw, originalUrl, routeOptions }) => {
    const host = raw.headers.host ?? pseudoHeader(raw.headers)
    if (host === undefined && raw.httpVersion === '1.1') {
      throw new PharosError('bad_request', 'the request has no Host header')
    }
    if (served.isAuthenticated || anyHost.has(routeOptions.url)) return
    for (const one of [host, ...targetHosts(originalUrl)]) {
      if (isServed(one)) continue
      throw new PharosError('misdirected_request', `${sentenceAbout(one)} is not served: ${whatIs}`)
    }
  }
}

const whatIs =
  'without apiTokens, only loopback names, the host of publicUrl and the names in http.hosts of pharos.yaml are'

function sentenceAbout(host: string | undefined): string {
  return host === undefined ? 'a request without a host' : `the host ${JSON.stringify(host)}`
}

/** Of HTTP/2. */
function pseudoHeader(headers: FastifyRequest['headers']): string | undefined {
  const authority = headers[':authority']
  return typeof authority === 'string' ? authority : undefined
}

/** A target may name a host too, which then counts instead of the header. */
function targetHosts(target: string | undefined): readonly string[] {
  if (target === undefined || target === '*' || target.startsWith('/')) return []
  return [/^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1] ?? '']
}

/** The name alone, in the one spelling that it has: in lower case, without the dot at its end and without a port. */
function hostnameOf(host: string | undefined): string | undefined {
  // A URL may hold more than a host.
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host)) return undefined
  return URL.parse(`http://${host}`)?.hostname.replace(/\.$/, '')
}

/** Browsers never ask a name server for a name below `localhost`. */
function isOfThisMachine(name: string): boolean {
  return name.endsWith('.localhost') || isLoopback(name.replace(/^\[(.*)\]$/, '$1'))
}
