import { z } from 'zod'
import type { Api, Call } from '../../../providers/dynatrace/call.ts'
import { EnvironmentApi } from '../../../providers/dynatrace/client.ts'
import { DynatraceConfig } from '../../../providers/dynatrace/config.ts'
import { redacted } from '../../../providers/credentials.ts'
import { budgetOf } from '../../../providers/http/http.ts'
import type { Environment } from './environment.ts'
import { parametersOf } from './selector.ts'

/** All that an import asks. */
const wholeMs = 120_000
const dayMs = 24 * 60 * 60 * 1000

const metrics: Api = { name: 'Metrics API v2', scope: 'metrics.read' }
const slos: Api = { name: 'Service level objectives API', scope: 'slo.read' }
const sessions: Api = { name: 'User sessions API', scope: 'DTAQLAccess' }

const Definition = z.object({ unit: z.string() })
const Series = z.object({
  result: z.array(z.object({ data: z.array(z.object({ dimensionMap: z.record(z.string(), z.string()) })) })),
})
const Slo = z.object({ name: z.string(), target: z.number(), warning: z.number() })
const Table = z.object({ values: z.array(z.array(z.unknown())) })

export interface OpenEnvironment extends Environment {
  close(): Promise<void>
}

/** The environment at `url`, asked with an API token. A text says what is wrong with the URL. */
export function openEnvironment(url: string, token: string, now: Date): OpenEnvironment | string {
  const config = DynatraceConfig.safeParse({ url })
  if (!config.success) return config.error.issues.map(({ message }) => message).join('; ')
  const endpoint = config.data.url
  const credentials = 'DT_TOKEN'
  const notFoundCure = 'Managed and ActiveGates want /e/<environment id>'
  const api = new EnvironmentApi({
    baseUrl: endpoint,
    concurrency: 2,
    timeoutMs: undefined,
    asked: { endpoint, credentials, notFoundCure },
    random: Math.random,
  })
  const deadline = new Date(Date.now() + wholeMs)
  const conversation = api.begin(token, budgetOf({ signal: new AbortController().signal, deadline }))
  const ask = async <Body>(call: Call, schema: z.ZodType<Body>): Promise<Body | string> => {
    const replied = await conversation.ask(call)
    if (replied.kind === 'refused') return redacted(replied.answer.message, [token])
    const body = schema.safeParse(replied.body)
    return body.success ? body.data : `${endpoint} does not answer as the ${call.api.name} does`
  }
  const [from, to] = [wholeSeconds(now.getTime() - dayMs), wholeSeconds(now.getTime())]
  return {
    unitOf: (selector) =>
      ask({ api: metrics, path: `/api/v2/metrics/${encodeURIComponent(selector)}`, parameters: {} }, Definition),
    seriesOf: async (metric) => {
      const parameters = { ...parametersOf(metric), from, to }
      const reply = await ask({ api: metrics, path: '/api/v2/metrics/query', parameters }, Series)
      if (typeof reply === 'string') return reply
      return reply.result.flatMap(({ data }) => data.map(({ dimensionMap }) => dimensionMap))
    },
    sloOf: (id) => ask({ api: slos, path: `/api/v2/slo/${encodeURIComponent(id)}`, parameters: {} }, Slo),
    rowsOf: async (query) => {
      const parameters = { query, startTimestamp: from, endTimestamp: to, addDeepLinkFields: 'false', explain: 'false' }
      const path = '/api/v1/userSessionQueryLanguage/table'
      const reply = await ask({ api: sessions, path, parameters }, Table)
      if (typeof reply === 'string') return reply
      return reply.values.flatMap(([first]) => (typeof first === 'string' ? [first] : []))
    },
    close: () => api.close(),
  }
}

/** In milliseconds, as the API takes times. */
function wholeSeconds(milliseconds: number): string {
  return String(Math.floor(milliseconds / 1000) * 1000)
}
