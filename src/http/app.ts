import helmet from '@fastify/helmet'
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
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
import { version } from '../base/version.ts'
import { inOurWords } from '../base/wording.ts'
import { toPharosError } from './known-error.ts'
import { noteActs } from './acts.ts'
import { requireToken, TooManyWrongTokens, type AuthDeps } from './auth.ts'
import { refuseEncodedBody } from './body-encoding.ts'
import { answerClientError, refuseTunnel } from './client-error.ts'
import { createConnections, type ConnectionLimits } from './connections.ts'
import { evaluationRoutes, type EvaluationsResource } from './routes/evaluations.ts'
import { eventStreamRoutes, type EventStreamResource } from './routes/event-stream.ts'
import { eventRoutes, type EventsResource } from './routes/events.ts'
import { healthRoutes, type HealthDeps } from './routes/health.ts'
import { MethodNotAllowed, refuseUnknown } from './known-paths.ts'
import { finishDocument } from './openapi/openapi.ts'
import { invalidRequest, statusOf, toProblem } from './problem.ts'
import { publicPath, withoutPrefix } from './public-path.ts'
import { providerRoutes, type ProvidersResource } from './routes/providers.ts'
import { limits } from './wire/requests.ts'
import { refuseSecondHost, requireSameOrigin } from './same-origin.ts'
import { requireServedHost } from './served-hosts.ts'
import { scoreHistoryRoutes, type ScoreHistoryResource } from './routes/score-history.ts'
import { subscriptionDeliveryRoutes } from './routes/subscription-deliveries.ts'
import { subscriptionKeyRoutes } from './routes/subscription-keys.ts'
import { subscriptionRoutes, type SubscriptionsResource } from './routes/subscriptions.ts'

/** What the framework's parts of a request are called in sentences. */
const partNames: Readonly<Record<string, string>> = { params: 'path', querystring: 'query string', headers: 'header' }

/** What the API serves, one resource for each part of it. */
export interface Resources {
  readonly evaluations: EvaluationsResource
  readonly scoreHistory: ScoreHistoryResource
  readonly events: EventsResource
  readonly eventStream: EventStreamResource
  readonly providers: ProvidersResource
  readonly subscriptions: SubscriptionsResource
}

/** Who may call, under which names and how often. */
export interface Perimeter {
  readonly auth: Omit<AuthDeps, 'log'>
  /** Without a slash at its end; undefined: unknown. */
  readonly publicUrl: string | undefined
  /** Host names besides loopback and that of `publicUrl`. */
  readonly hosts: readonly string[]
  readonly connectionLimits: ConnectionLimits
}

export interface AppDeps {
  readonly resources: Resources
  readonly perimeter: Perimeter
  readonly health: HealthDeps
  /** Whether an error means that storage is away. */
  readonly isUnavailable: (error: unknown) => boolean
  readonly log: Logger
}

/** The HTTP door: routes, tokens, one shape for every error. Not listening yet. */
export async function createApp(deps: AppDeps): Promise<FastifyInstance> {
  const { perimeter, health, log } = deps
  const { auth, publicUrl, hosts } = perimeter
  const app = openServer(deps)
  readAndWriteByZod(app)
  app.setErrorHandler<FastifyError>((error, request, reply) => sendProblem(error, request, reply, deps))
  noteActs(app, log)
  app.addHook('onRequest', async (request) => refuseSecondHost(request))
  const requireServed = requireServedHost({ publicUrl, hosts, isAuthenticated: !auth.tokens.isOpen })
  app.addHook('onRequest', async (request) => requireServed(request))
  refuseUnknown(app, publicPath(publicUrl, '/openapi.json'))
  app.addHook('onSend', async (_request, reply) => {
    const location = reply.getHeader('location')
    if (typeof location === 'string') reply.header('location', publicPath(publicUrl, location))
    // A connection kept alive would keep the server open until its client goes.
    if (health.isStopping()) reply.header('connection', 'close')
  })
  await app.register(helmet)
  await app.register(swagger, documentOptions(publicUrl))
  await app.register(healthRoutes(health))
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', async (request) => requireSameOrigin(request))
    guarded.addHook('onRequest', requireToken({ ...auth, log }))
    guarded.addHook('onRequest', async (request, reply) => refuseEncodedBody(request, reply))
    await registerRoutes(guarded, deps)
    guarded.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  })
  return app
}

function openServer(deps: AppDeps): FastifyInstance {
  const { connectionLimits, publicUrl } = deps.perimeter
  const connections = createConnections(connectionLimits)
  const warnings: FastifyBaseLogger = deps.log.child({}, { level: 'warn' })
  const app = Fastify({
    // Evaluations log their own progress; from here, only what needs attention.
    loggerInstance: warnings,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    routerOptions: { maxParamLength: 512 },
    // Errors before any route is known, such as a URL that cannot be decoded.
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply, deps),
    // Stopping must not wait for idle keep-alive connections.
    forceCloseConnections: 'idle',
    ...connections.options,
    clientErrorHandler: (error, socket) => answerClientError(error, socket, connections.mayBeRefused(socket)),
    rewriteUrl: ({ url = '' }) => withoutPrefix(url, publicUrl),
  })
  connections.watch(app)
  app.server.on('connect', ({ socket }) => refuseTunnel(socket, connections.mayBeRefused(socket)))
  // Node would refuse it without a problem document, and HTTP allows ignoring it.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  return app
}

function documentOptions(publicUrl: string | undefined): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Pharos', description: "Keptn's quality gate without Keptn.", version },
      ...(publicUrl !== undefined && { servers: [{ url: publicUrl }] }),
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      // No token is needed without apiTokens.
      security: [{}, { bearer: [] }],
    },
    transform: createJsonSchemaTransform({}),
    transformObject: (document) => finishDocument(jsonSchemaTransformObject(document)),
  }
}

async function registerRoutes(app: FastifyInstance, { resources, perimeter, isUnavailable }: AppDeps): Promise<void> {
  const { publicUrl, auth } = perimeter
  await app.register(evaluationRoutes(resources.evaluations))
  await app.register(scoreHistoryRoutes(resources.scoreHistory))
  await app.register(eventRoutes(resources.events, { publicUrl, isUnavailable }))
  await app.register(eventStreamRoutes(resources.eventStream, auth.clientAddress))
  await app.register(providerRoutes(resources.providers))
  await app.register(subscriptionRoutes(resources.subscriptions))
  await app.register(subscriptionKeyRoutes(resources.subscriptions))
  await app.register(subscriptionDeliveryRoutes(resources.subscriptions))
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
  { isUnavailable, perimeter }: AppDeps,
): FastifyReply {
  const known = toPharosError(error, isUnavailable)
  if (known.code === 'internal') request.log.error({ err: error, url: request.url }, 'unexpected error')
  const problem = toProblem(known, publicPath(perimeter.publicUrl, request.url))
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
