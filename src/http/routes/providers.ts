import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import { z } from 'zod'
import { missingOutcomes } from '../../../slo/index.ts'
import { PharosError } from '../../base/errors.ts'
import type { CheckedHealth, ProviderState } from '../../measuring/instance-health.ts'
import type { Queried, QueryCommand } from '../../measuring/try-query.ts'
import { Timestamp } from '../formats.ts'
import { ProviderQueryRequest } from '../wire/requests.ts'
import { CoverageWire, WindowWire } from '../wire/evaluation.ts'

export interface ProvidersResource {
  readonly list: () => Promise<readonly ProviderState[]>
  /** Undefined when there is none of that name. */
  readonly check: (name: string) => Promise<CheckedHealth | undefined>
  readonly query: (command: QueryCommand) => Promise<Queried>
}

const HealthWire = z
  .object({
    ok: z.boolean().describe('It answers, with these credentials'),
    message: z.string(),
    version: z.string().nullable(),
    latencyMs: z.number(),
    checkedAt: Timestamp,
  })
  .meta({ id: 'ProviderHealth' })

const ProviderWire = z
  .object({
    name: z.string(),
    kind: z.string(),
    settleMs: z.number().describe("How long a window's data needs to arrive"),
    health: HealthWire,
    lastError: z
      .object({ at: Timestamp, outcome: z.enum(missingOutcomes), message: z.string() })
      .nullable()
      .describe('What last kept an indicator from being asked by this process'),
    lastMeasuredAt: Timestamp.nullable().describe('When this process last measured an indicator'),
  })
  .meta({ id: 'Provider' })

const QueriedWire = z
  .object({
    provider: z.string(),
    indicator: z.string(),
    window: WindowWire,
    definition: z.string().nullable().describe('As sli.yaml has it'),
    query: z.string().nullable().describe('As it was sent; null when nothing was'),
    outcome: z.enum(['measured', ...missingOutcomes]),
    value: z.number().nullable(),
    message: z.string(),
    coverage: CoverageWire.optional(),
    warnings: z.array(z.string()),
    attempts: z.int(),
    durationMs: z.number(),
    exchanges: z.array(
      z.object({
        method: z.string(),
        path: z.string(),
        sent: z.string(),
        status: z.int().nullable().describe('Null when no reply came'),
        reply: z.string().describe('Its beginning, or why there is none; what was sent in headers is redacted'),
        durationMs: z.number(),
      }),
    ),
  })
  .meta({ id: 'ProviderQueried' })

const ProviderPath = z.object({ name: z.string().meta({ minLength: 1 }) })

/** GET /v1/providers, and POST …/{name}/check and …/{name}/query: nothing is judged, nothing is stored. */
export function providerRoutes(providers: ProvidersResource): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/providers',
      {
        schema: {
          summary: 'The configured providers, and how they are',
          description: 'Each is checked unless it was within the last 30 s.',
          response: { 200: z.object({ items: z.array(ProviderWire) }).meta({ id: 'Providers' }) },
        },
      },
      async () => ({ items: (await providers.list()).map(toWire) }),
    )

    app.post(
      '/v1/providers/:name/check',
      { schema: { summary: 'Check a provider now', params: ProviderPath, response: { 200: HealthWire } } },
      async (request) => {
        const { params } = request
        const health = await providers.check(params.name)
        if (health === undefined) throw new PharosError('provider_not_found', `there is no provider ${params.name}`)
        request.noteAct('provider checked', { provider: params.name, ok: health.ok })
        return healthToWire(health)
      },
    )

    app.post(
      '/v1/providers/:name/query',
      {
        schema: {
          summary: 'Ask one indicator, and see what goes over the network',
          description:
            'Defined, resolved and asked as an evaluation of that service would; nothing is judged or stored. Only indicators of the definitions can be asked: a token does not open the metrics system.',
          params: ProviderPath,
          body: ProviderQueryRequest,
          response: { 200: QueriedWire },
        },
      },
      async (request) => {
        const { params, body } = request
        const { project, stage, service, indicator, window = {}, labels = {} } = body
        const command = { provider: params.name, service: { project, stage, service }, indicator, window, labels }
        const queried = await providers.query(command)
        const { outcome } = queried
        request.noteAct('provider queried', { provider: params.name, ...command.service, indicator, outcome })
        return queriedToWire(queried)
      },
    )
  }
}

function toWire({ health, lastError, lastMeasuredAt, ...state }: ProviderState): z.infer<typeof ProviderWire> {
  return {
    ...state,
    health: healthToWire(health),
    lastError: lastError && { ...lastError, at: lastError.at.toISOString() },
    lastMeasuredAt: lastMeasuredAt?.toISOString() ?? null,
  }
}

function healthToWire({ version, checkedAt, ...health }: CheckedHealth): z.infer<typeof HealthWire> {
  return { ...health, version: version ?? null, checkedAt: checkedAt.toISOString() }
}

function queriedToWire({ window, warnings, exchanges, ...queried }: Queried): z.infer<typeof QueriedWire> {
  const { start, end, source } = window
  return {
    ...queried,
    window: { start: start.toISOString(), end: end.toISOString(), source },
    warnings: [...warnings],
    exchanges: [...exchanges],
  }
}
