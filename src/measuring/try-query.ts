import { setTimeout as after } from 'node:timers/promises'
import type { Exchange, IndicatorReply, ProviderInstance } from '../../providers/index.ts'
import type { Coverage, MissingOutcome } from '../../slo/index.ts'
import { computedProvider } from '../definitions/answer.ts'
import type { Definition, DefinitionRequest } from '../definitions/load.ts'
import { PharosError } from '../base/errors.ts'
import type { PlannedIndicator } from './planned.ts'
import { planIndicators, type EscapeFor } from './plan.ts'
import type { Instances } from './instances.ts'
import type { ServiceKey } from '../base/names.ts'
import { excessMistakes, lengthMistakes, resolveWindow, type Window, type WindowRequest } from '../base/window.ts'

/** One indicator of one service, to be asked of one provider without judging anything. */
export interface QueryCommand {
  readonly provider: string
  readonly service: ServiceKey
  /** Its name in the provider's `sli.yaml`. */
  readonly indicator: string
  readonly window: WindowRequest
  readonly labels: Readonly<Record<string, string>>
}

/** What was asked, what came back, and what an evaluation would have made of it. */
export interface Queried {
  readonly provider: string
  readonly indicator: string
  readonly window: Window
  readonly definition: string | null
  readonly query: string | null
  readonly outcome: 'measured' | MissingOutcome
  readonly value: number | null
  readonly message: string
  /** How much of the window the value is based on, if many samples became one. */
  readonly coverage?: Coverage
  readonly warnings: readonly string[]
  readonly attempts: number
  readonly durationMs: number
  readonly exchanges: readonly Exchange[]
}

export interface QueryDeps {
  readonly providers: Instances
  readonly define: (request: DefinitionRequest) => Promise<Definition>
  /** The folder that holds an instance's files in a stage. */
  readonly folderOf: (service: ServiceKey, instance: string) => Promise<string>
  readonly escapeFor: EscapeFor
  /** The variables of the environment that queries may see. */
  readonly environment: Readonly<Record<string, string>>
  /** For the answer, in milliseconds. */
  readonly timeoutMs: number
  /** No window is longer. */
  readonly windowMaxMs: number
  readonly now: () => Date
}

/** A project's `window.minimum` may allow it. */
const shortestMs = 10_000

/** Someone waits for it. */
export const queryMsMax = 30_000

/** A provider keeps its deadline itself; one that does not loses its turn this much later. */
const graceMs = 250

/**
 * Defines, resolves and asks one indicator as an evaluation would, now: nothing waits for data to arrive, nothing is stored.
 * Throws PharosError for everything a caller can fix.
 */
export async function queryIndicator(command: QueryCommand, deps: QueryDeps): Promise<Queried> {
  if (command.provider === computedProvider) {
    const message = 'formulas are computed, nobody is asked for them: ask for an indicator that the formula is made of'
    throw new PharosError('provider_not_found', message)
  }
  const instance = deps.providers.get(command.provider)
  if (instance === undefined) throw new PharosError('provider_not_found', `there is no provider ${command.provider}`)
  const window = resolveWindow(command.window, deps.now())
  const mistakes =
    'mistakes' in window
      ? window.mistakes
      : [...lengthMistakes(window, shortestMs), ...excessMistakes(window, deps.windowMaxMs)]
  if ('mistakes' in window || mistakes.length > 0) {
    throw new PharosError('invalid_window', 'the window is not valid', { mistakes })
  }
  const planned = await planOne(command, window, deps)
  const { provider, indicator } = command
  const asked = { provider, indicator, window }
  if (planned.kind !== 'asked') {
    const message = planned.kind === 'unanswered' ? planned.message : `${indicator} is not asked of a provider`
    const definition = planned.kind === 'unanswered' ? planned.definition : null
    return { ...asked, definition, ...unasked(message), exchanges: [] }
  }
  const exchanges: Exchange[] = []
  const reply = await ask(instance, planned, window, deps, (exchange) => exchanges.push(exchange))
  const early = warningOf(instance, window, deps.now())
  const warnings = [...early, ...reply.warnings]
  return { ...asked, definition: planned.definition, ...valueOf(reply), warnings, exchanges }
}

/** By an SLO of this one objective, and the filter of the service's own. */
async function planOne(
  { provider, service, indicator, labels }: QueryCommand,
  window: Window,
  deps: QueryDeps,
): Promise<PlannedIndicator> {
  const sli = `${await deps.folderOf(service, provider)}:${indicator}`
  const request = { service, pushedMetrics: [], gitCommitId: undefined }
  const filter = Object.fromEntries((await sloOf(request, deps))?.filter ?? [])
  const sloText = JSON.stringify({ filter, objectives: [{ sli }], total_score: { pass: '100%' } })
  const definition = await deps.define({ ...request, sloText })
  const values = { service, labels, environment: deps.environment, pushed: [], reported: [] }
  const [planned] = planIndicators(definition, values, window, deps.escapeFor)
  if (planned === undefined) throw new Error(`an SLO of ${sli} alone planned nothing`)
  const answering = planned.kind === 'asked' || planned.kind === 'unanswered' ? planned.provider : provider
  if (answering === provider) return planned
  const message = `in stage ${service.stage} of project ${service.project}, ${provider} stands for ${answering}: ask that one`
  throw new PharosError('provider_not_found', message)
}

async function sloOf(request: Omit<DefinitionRequest, 'sloText'>, { define }: QueryDeps): Promise<Definition['slo']> {
  try {
    return (await define({ ...request, sloText: undefined })).slo
  } catch (error) {
    if (error instanceof PharosError && error.code === 'slo_not_found') return null
    throw error
  }
}

/** Never rejects. */
async function ask(
  { provider, name }: ProviderInstance,
  { query, options, indicator }: Extract<PlannedIndicator, { kind: 'asked' }>,
  window: Window,
  { timeoutMs, now }: QueryDeps,
  onExchange: (exchange: Exchange) => void,
): Promise<IndicatorReply> {
  const startedAt = performance.now()
  const missing = (outcome: MissingOutcome, message: string): IndicatorReply => {
    return { outcome, message, query, warnings: [], attempts: 0, durationMs: performance.now() - startedAt }
  }
  const ended = new AbortController()
  const { signal } = ended
  const indicators = [options === undefined ? { name: indicator, query } : { name: indicator, query, options }]
  const deadline = new Date(now().getTime() + timeoutMs)
  const late = after(timeoutMs + graceMs, undefined, { signal }).then(
    () => [missing('timeout', `${name} did not answer within ${timeoutMs / 1000} s`)],
    () => [],
  )
  try {
    const [reply] = await Promise.race([provider.measure({ window, indicators, signal, deadline, onExchange }), late])
    return reply ?? missing('upstream', `${name} did not reply to its one indicator`)
  } catch (error) {
    return missing('upstream', `${name} failed: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    ended.abort()
  }
}

function warningOf({ settleMs }: ProviderInstance, { end }: Window, now: Date): readonly string[] {
  const restMs = end.getTime() + settleMs - now.getTime()
  if (restMs <= 0) return []
  return [`asked ${Math.ceil(restMs / 1000)} s before the window's data is there: an evaluation waits for it`]
}

function unasked(message: string) {
  return { query: null, outcome: 'config', value: null, message, warnings: [], attempts: 0, durationMs: 0 } as const
}

function valueOf(reply: IndicatorReply) {
  const { query, attempts, durationMs } = reply
  if (reply.outcome !== 'measured') {
    return { query, attempts, durationMs, outcome: reply.outcome, value: null, message: reply.message }
  }
  const { value, coverage } = reply
  const whole = { query, attempts, durationMs, ...(coverage !== undefined && { coverage }) }
  if (Number.isFinite(value)) return { ...whole, outcome: reply.outcome, value, message: '' }
  const message = `the provider measured ${value}, which is no finite number`
  return { query, attempts, durationMs, outcome: 'invalid_value' as const, value: null, message }
}
