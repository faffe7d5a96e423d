import { z } from 'zod'
import { missingOutcomes } from '../slo/index.ts'
import { missing } from './answer.ts'
import type { IndicatorReply, MeasureRequest, Provider, ProviderHealth, QueryValidation } from './provider.ts'

type Method = (...args: readonly unknown[]) => unknown

const method = z.custom<Method>((value) => typeof value === 'function', 'must be a function')

const Methods = z.object({ measure: method, check: method, validateQuery: method.optional(), close: method })

const replied = {
  query: z.string(),
  warnings: z.array(z.string()),
  attempts: z.int().min(0),
  durationMs: z.number().min(0),
}

const count = z.int().min(0)

const Coverage = z.object({ found: count, nan: count, expected: count, isEnough: z.boolean() })

const Reply = z.discriminatedUnion('outcome', [
  z.object({
    ...replied,
    outcome: z.literal('measured'),
    /** The caller refuses NaN and infinite numbers, so they are valid here. */
    value: z.custom<number>((value) => typeof value === 'number', 'must be a number'),
    partial: z.enum(['allowed', 'unless_key']).optional(),
    coverage: Coverage.optional(),
  }),
  z.object({ ...replied, outcome: z.enum(missingOutcomes), message: z.string().min(1) }),
])

const Health = z.object({
  ok: z.boolean(),
  message: z.string(),
  version: z.string().optional(),
  latencyMs: z.number().min(0),
})

const Validation = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('valid') }),
  z.object({ kind: z.enum(['invalid', 'unknown']), message: z.string() }),
])

/**
 * Wraps a provider from a module: its replies are parsed, and a breach of the contract becomes an outcome of the indicator.
 * Throws if it is not a provider at all.
 */
export function guarded(foreign: unknown): Provider {
  const methods = Methods.safeParse(foreign)
  if (!methods.success) throw new Error(`it lacks ${methods.error.issues.map(({ path }) => path.join('.')).join(', ')}`)
  const { measure, check, validateQuery, close } = methods.data
  return {
    async measure(request) {
      const onReply: MeasureRequest['onReply'] = (index, reply) => {
        const indicator = request.indicators[index]
        if (indicator !== undefined) request.onReply?.(index, replyOf(reply, indicator.query))
      }
      const replies: unknown = await measure.call(foreign, { ...request, onReply })
      const list: readonly unknown[] = Array.isArray(replies) ? replies : []
      return request.indicators.map(({ query }, index) => replyOf(list[index], query))
    },
    async check(signal) {
      return healthOf(await check.call(foreign, signal))
    },
    ...(validateQuery !== undefined && {
      async validateQuery(query, signal) {
        return validationOf(await validateQuery.call(foreign, query, signal))
      },
    }),
    async close() {
      await close.call(foreign)
    },
  }
}

const notOfContract = 'the provider violates the provider contract'

function replyOf(reply: unknown, query: string): IndicatorReply {
  const parsed = Reply.safeParse(reply)
  if (parsed.success) return withoutUndefined(parsed.data)
  return { ...missing('upstream', `${notOfContract}: ${mistakesIn(parsed.error)}`), query, attempts: 0, durationMs: 0 }
}

/** Removes the undefined values that zod adds for missing keys, to match the type. */
function withoutUndefined(reply: z.infer<typeof Reply>): IndicatorReply {
  if (reply.outcome !== 'measured') return reply
  const { partial, coverage, ...rest } = reply
  return { ...rest, ...(partial !== undefined && { partial }), ...(coverage !== undefined && { coverage }) }
}

function healthOf(health: unknown): ProviderHealth {
  const parsed = Health.safeParse(health)
  if (!parsed.success) return { ok: false, message: `${notOfContract}: ${mistakesIn(parsed.error)}`, latencyMs: 0 }
  const { version, ...rest } = parsed.data
  return version === undefined ? rest : { ...rest, version }
}

function validationOf(validation: unknown): QueryValidation {
  const parsed = Validation.safeParse(validation)
  return parsed.success ? parsed.data : { kind: 'unknown', message: `${notOfContract}: ${mistakesIn(parsed.error)}` }
}

function mistakesIn(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'reply'}: ${message}`).join('; ')
}
