import type { FastifyRequest } from 'fastify'
import { PharosError } from '../base/errors.ts'

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A browser sends some requests for any page that its user looks at, without asking. Throws PharosError `cross_origin` when such a
 * page is of somewhere else and would change something; programs name neither an origin nor a site.
 */
export function requireSameOrigin({ method, headers }: FastifyRequest): void {
  if (reading.has(method)) return
  const { origin, host } = headers
  const site = [headers['sec-fetch-site']].flat().join().toLowerCase()
  // Ports of one machine are one site: there the origin decides, and what names none is not of ours.
  if (site.includes('cross-site') || (origin === undefined && site.includes('same-site'))) {
    throw new PharosError('cross_origin', 'a page of another site or origin may not change anything here')
  }
  if (origin === undefined) return
  const page = URL.parse(origin)
  // The port of a scheme may be written or not.
  if (page !== null && URL.parse(`${page.protocol}//${host ?? ''}`)?.host === page.host) return
  throw new PharosError('cross_origin', `a page of ${JSON.stringify(origin)} may not change anything here`)
}

/** A proxy in front of us may have used the other one. Throws PharosError `bad_request`. */
export function refuseSecondHost({ raw }: FastifyRequest): void {
  const hosts = raw.rawHeaders.filter((name, place) => place % 2 === 0 && name.toLowerCase() === 'host')
  if (hosts.length > 1) throw new PharosError('bad_request', 'the request has more than one Host header')
}
