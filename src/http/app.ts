import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import { createJsonSchemaTransform, jsonSchemaTransformObject, serializerCompiler } from '@fastify/type-provider-zod'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { Logger } from 'pino'
import { z } from 'zod'
import { PharosError } from '../base/errors.ts'
import { parseJson } from '../base/json.ts'
import { inOurWords } from '../base/wording.ts'
import { toPharosError } from './known-error.ts'
import { noteActs } from './acts.ts'
import { requireToken, TooManyWrongTokens, type AuthDeps } from './auth.ts'
import { refuseEncodedBody } from './body-encoding.ts'
import { answerClientError, refuseTunnel } from './client-error.ts'
import { createConnections, type ConnectionLimits } from './connections.ts'
import { evaluationRoutes, type EvaluationsDeps } from './routes/evaluations.ts'
import { eventStreamRoutes, type EventStreamDeps } from './routes/event-stream.ts'
import { eventRoutes, type EventsDeps } from './routes/events.ts'
import { healthRoutes, type HealthDeps } from './routes/health.ts'
import { MethodNotAllowed, refuseUnknown } from './known-paths.ts'
import { finishDocument } from './openapi/openapi.ts'
import { invalidRequest, statusOf, toProblem } from './problem.ts'
import { publicPath, withoutPrefix } from './public-path.ts'
import { providerRoutes, type ProvidersDeps } from './routes/providers.ts'
import { limits } from './wire/requests.ts'
import { refuseSecondHost, requireSameOrigin } from './same-origin.ts'
import { requireServedHost, type ServedHosts } from './served-hosts.ts'
import { scoreHistoryRoutes, type ScoreHistoryDeps } from './routes/score-history.ts'
import { subscriptionDeliveryRoutes } from './routes/subscription-deliveries.ts'
import { subscriptionKeyRoutes } from './routes/subscription-keys.ts'
import { subscriptionRoutes, type SubscriptionsDeps } from './routes/subscriptions.ts'

/** What the framework's parts of a request are called in sentences. */
const partNames: Readonly<Record<string, string>> = { params: 'path', querystring: 'query string', headers: 'header' }

export interface AppDeps
  extends EvaluationsDeps, EventsDeps, EventStreamDeps, HealthDeps, ProvidersDeps, ScoreHistoryDeps, SubscriptionsDeps {
  readonly auth: Omit<AuthDeps, 'log'>
  readonly connectionLimits: ConnectionLimits
  readonly served: Omit<ServedHosts, 'isAuthenticated'>
  /** Whether an error means that storage is away. */
  readonly isUnavailable: (error: unknown) => boolean
  readonly log: Logger
  readonly version: string
}

/** The HTTP door: routes, token, one shape for every error. Not listening yet. */
export async function createApp(deps: AppDeps): Promise<FastifyInstance> {
  const warnings: FastifyBaseLogger = deps.log.child({}, { level: 'warn' })
  const connections = createConnections(deps.connectionLimits)
  const app = Fastify({
    // The story of an evaluation is told where it happens; from here only what wakes someone.
    loggerInstance: warnings,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    routerOptions: { maxParamLength: 512 },
    // Errors before any route is known, such as a URL that cannot be decoded.
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply, deps),
    // A stop must not wait for idle keep-alive connections.
    forceCloseConnections: 'idle',
    ...connections.options,
    clientErrorHandler: (error, socket) => answerClientError(error, socket, connections.mayBeRefused(socket)),
    rewriteUrl: ({ url = '' }) => withoutPrefix(url, deps.publicUrl),
  })
  connections.watch(app)
  app.server.on('connect', ({ socket }) => refuseTunnel(socket, connections.mayBeRefused(socket)))
  // Node's own refusal would be no problem document, and HTTP allows ignoring it.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  readAndWriteByZod(app)
  app.setErrorHandler<FastifyError>((error, request, reply) => sendProblem(error, request, reply, deps))
  noteActs(app, deps.log)
  app.addHook('onRequest', async (request) => refuseSecondHost(request))
  const requireServed = requireServedHost({ ...deps.served, isAuthenticated: !deps.auth.tokens.isOpen })
  app.addHook('onRequest', async (request) => requireServed(request))
  refuseUnknown(app, publicPath(deps.publicUrl, '/openapi.json'))

  app.addHook('onSend', async (_request, reply) => {
    const location = reply.getHeader('location')
    if (typeof location === 'string') reply.header('location', publicPath(deps.publicUrl, location))
  })
  // A connection kept alive would keep the server open until its client goes.
  app.addHook('onSend', async (_request, reply) => {
    if (deps.isStopping()) reply.header('connection', 'close')
  })
  await app.register(helmet)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Pharos', description: "Keptn's quality gate without Keptn.", version: deps.version },
      ...(deps.publicUrl !== undefined && { servers: [{ url: deps.publicUrl }] }),
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      // Without apiTokens nobody needs one.
      security: [{}, { bearer: [] }],
    },
    transform: createJsonSchemaTransform({}),
    transformObject: (document) => finishDocument(jsonSchemaTransformObject(document)),
  })
  await app.register(healthRoutes(deps))
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', async (request) => requireSameOrigin(request))
    guarded.addHook('onRequest', requireToken({ ...deps.auth, log: deps.log }))
    guarded.addHook('onRequest', async (request, reply) => refuseEncodedBody(request, reply))
    await guarded.register(evaluationRoutes(deps))
    await guarded.register(scoreHistoryRoutes(deps))
    await guarded.register(eventRoutes(deps))
    await guarded.register(eventStreamRoutes(deps))
    await guarded.register(providerRoutes(deps))
    await guarded.register(subscriptionRoutes(deps))
    await guarded.register(subscriptionKeyRoutes(deps))
    await guarded.register(subscriptionDeliveryRoutes(deps))
    guarded.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  })
  return app
}

/** Bodies are JSON; every part of a request is checked, and every answer written, by the zod schemas of its route. */
function readAndWriteByZod(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) =>
    parseBody(request, body),
  )
  app.setValidatorCompiler(({ schema, httpPart }) => (value: unknown) => {
    if (!(schema instanceof z.ZodType)) throw new Error(`a route has a schema for its ${httpPart} that is not zod's`)
    const parsed = schema.safeParse(value, { error: inOurWords })
    return parsed.success
      ? { value: parsed.data }
      : { error: invalidRequest(parsed.error, partNames[httpPart ?? ''] ?? 'body') }
  })
  app.setSerializerCompiler(serializerCompiler)
}

/** Many clients call everything JSON. Where a body is wanted, one that is announced and not there was lost on its way. */
function parseBody({ routeOptions }: FastifyRequest, body: Buffer): unknown {
  if (body.length > 0) return parseJson(body)
  if (routeOptions.schema?.body === undefined) return undefined
  throw new PharosError('unreadable_body', 'the body is empty, though Content-Type says that it is JSON')
}

/** One shape for every error. What we did not expect is logged with its stack and answered without. */
function sendProblem(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  { isUnavailable, publicUrl }: Pick<AppDeps, 'isUnavailable' | 'publicUrl'>,
): FastifyReply {
  const known = toPharosError(error, isUnavailable)
  if (known.code === 'internal') request.log.error({ err: error, url: request.url }, 'unexpected error')
  const problem = toProblem(known, publicPath(publicUrl, request.url))
  return reply
    .code(problem.status)
    .headers(headersOf(known))
    .type('application/problem+json')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problem)
}

/** By status: a full queue takes longer to change than an outage. */
const retryAfter: Partial<Record<number, Record<string, string>>> = {
  429: { 'retry-after': '10' },
  503: { 'retry-after': '5' },
}

function headersOf(error: PharosError): Record<string, string> {
  if (error instanceof MethodNotAllowed) return { allow: error.allow }
  if (error instanceof TooManyWrongTokens) return { 'retry-after': String(error.retryAfterSeconds) }
  if (error.code === 'unauthorized') return { 'www-authenticate': 'Bearer' }
  return retryAfter[statusOf[error.code]] ?? {}
}
