import type { FastifyInstance, FastifyRequest } from 'fastify'
import { PharosError } from '../base/errors.ts'

/** A path with its parameters as a pattern, and the methods that it has. */
interface KnownPath {
  readonly pattern: RegExp
  readonly methods: Set<string>
}

/** The path exists, but not with the method of the request. */
export class MethodNotAllowed extends PharosError {
  /** As the header `Allow` lists them. */
  readonly allow: string

  constructor({ method, url }: FastifyRequest, allow: string) {
    super('method_not_allowed', `${pathOf(url)} does not support ${method}, only ${allow}`)
    this.allow = allow
  }
}

/**
 * Answers requests without a route, before their body is read: 405 if the path has other methods, else 404. Must be called before any
 * route is added. `document` is where others find the list of all routes.
 */
export function refuseUnknown(app: FastifyInstance, document: string): void {
  const paths = new Map<string, KnownPath>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = paths.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() }
    for (const one of [method].flat()) known.methods.add(one)
    paths.set(url, known)
  })
  app.addHook('onRequest', async (request) => {
    if (!request.is404) return
    const path = pathOf(request.url)
    // As the router compares them; what cannot be decoded does not come here.
    const decoded = decodeURI(path)
    const methods = [...paths.values()]
      .filter(({ pattern }) => pattern.test(decoded))
      .flatMap((known) => [...known.methods])
    if (methods.length > 0) throw new MethodNotAllowed(request, [...new Set(methods)].toSorted().join(', '))
    throw new PharosError('route_not_found', `there is no ${request.method} ${path}: see ${document}`)
  })
}

function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? ''
}

/** `/v1/evaluations/:id` as a pattern of whole paths. */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll('.', String.raw`\.`)))
  return new RegExp(`^${parts.join('/')}$`)
}
