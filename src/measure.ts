import { setTimeout as after } from 'node:timers/promises'
import type { IndicatorReply, MeasureRequest, ProviderInstance } from '../providers/index.ts'
import type { Measurement, Missing, MissingOutcome } from '../slo/index.ts'
import { compute } from './compute.ts'
import { pushedProvider, type PlannedFormula, type PlannedIndicator, type PlannedQuery } from './planned.ts'

export interface MeasureDeps {
  /** By instance name. */
  readonly providers: ReadonlyMap<string, Instance>
  /** Wall clock for everything together once the data is there, in milliseconds. */
  readonly measureTimeoutMs: number
  readonly now: () => Date
  readonly log: Record<'info' | 'error', (fields: object, sentence: string) => void>
}

type Instance = Pick<ProviderInstance, 'provider' | 'settleMs'>

/** What one provider is asked, each question once, and what is known of it so far. */
interface Asking {
  readonly name: string
  readonly provider: Instance['provider']
  /** Milliseconds until the window's data has arrived there. */
  readonly settlingMs: number
  readonly queries: readonly PlannedQuery[]
  /** By question. */
  readonly replies: Map<string, IndicatorReply>
  /** The provider returned or failed: nothing more will come. */
  isOver: boolean
}

/** A provider keeps its deadline itself; one that does not loses its turn this much later. */
const graceMs = 250

/**
 * Measures a plan: every provider at once, each with all its queries. Answers one measurement per planned indicator, in
 * their order. Where data needs time to arrive, its provider is asked only then. At the latest a moment after
 * `measureTimeoutMs` from there, what a provider owes is missing with `timeout`, what it owes after a failure with `upstream`. Rejects with `signal.reason` when `signal` aborts, because that is no outcome.
 */
export async function measure(
  plan: readonly PlannedIndicator[],
  window: { readonly start: Date; readonly end: Date },
  deps: MeasureDeps,
  signal: AbortSignal,
): Promise<readonly Measurement[]> {
  signal.throwIfAborted()
  const askings = askingsOf(plan, window.end, deps)
  await Promise.all([...askings.values()].map((asking) => askInTime(asking, window, deps, signal)))
  signal.throwIfAborted()
  return Promise.all(plan.map((planned) => settled(planned, askings, deps.measureTimeoutMs)))
}

/** A formula's inputs first, then what they come to. */
async function settled(
  planned: PlannedIndicator,
  askings: ReadonlyMap<string, Asking>,
  measureTimeoutMs: number,
): Promise<Measurement> {
  if (planned.kind !== 'computed') return measurementOf(planned, askings, measureTimeoutMs)
  return compute(planned, await Promise.all(planned.inputs.map((input) => settled(input, askings, measureTimeoutMs))))
}

/** Everything that must be asked, also for formulas. */
function queriesOf(plan: readonly PlannedIndicator[]): readonly PlannedQuery[] {
  return plan.flatMap((planned) => {
    if (planned.kind === 'computed') return queriesOf(planned.inputs)
    return planned.kind === 'asked' ? [planned] : []
  })
}

function askingsOf(
  plan: readonly PlannedIndicator[],
  windowEnd: Date,
  { providers, now }: Pick<MeasureDeps, 'providers' | 'now'>,
): ReadonlyMap<string, Asking> {
  const queries = queriesOf(plan)
  const askings = new Map<string, Asking>()
  for (const [name, ofProvider] of Map.groupBy(queries, ({ provider }) => provider)) {
    const instance = providers.get(name)
    if (instance === undefined) continue
    const { provider, settleMs } = instance
    // By the database's clock the window is over, or nobody would measure; one that is not by ours shows that ours is behind.
    const agoMs = Math.max(now().getTime() - windowEnd.getTime(), 0)
    const settlingMs = Math.max(settleMs - agoMs, 0)
    const distinct = [...Map.groupBy(ofProvider, questionOf).values()].flatMap((same) => same.slice(0, 1))
    askings.set(name, { name, provider, settlingMs, queries: distinct, replies: new Map(), isOver: false })
  }
  return askings
}

/** The same query with other options is another question. */
function questionOf({ query, options = {} }: PlannedQuery): string {
  return JSON.stringify([query, options])
}

/** Waits for the data, then asks, for no longer than there is time. Never rejects. */
async function askInTime(
  asking: Asking,
  window: MeasureRequest['window'],
  { measureTimeoutMs, now, log }: MeasureDeps,
  signal: AbortSignal,
): Promise<void> {
  const { name, settlingMs } = asking
  if (settlingMs > 0) {
    log.info({ provider: name, settlingMs }, 'waiting for data to arrive')
    await after(settlingMs, undefined, { signal }).catch(() => undefined)
  }
  if (signal.aborted) return
  const ended = new AbortController()
  const open = AbortSignal.any([signal, ended.signal])
  const deadline = new Date(now().getTime() + measureTimeoutMs)
  const late = after(measureTimeoutMs + graceMs, undefined, { signal: open }).catch(() => undefined)
  await Promise.race([ask(asking, { window, deadline, signal: open }, log), late])
  ended.abort()
}

/** Never rejects. A provider that does breaks its contract: logged, and its open indicators become `upstream`. */
async function ask(
  asking: Asking,
  request: Pick<MeasureRequest, 'window' | 'deadline' | 'signal'>,
  log: MeasureDeps['log'],
): Promise<void> {
  const { name, provider, queries, replies } = asking
  const keep = (index: number, reply: IndicatorReply) => {
    const planned = queries[index]
    if (planned !== undefined) replies.set(questionOf(planned), reply)
  }
  try {
    const indicators = queries.map(({ name: indicator, query, options }) =>
      options === undefined ? { name: indicator, query } : { name: indicator, query, options },
    )
    const answered = await provider.measure({ ...request, indicators, onReply: keep })
    answered.forEach((reply, index) => keep(index, reply))
  } catch (error) {
    if (!request.signal.aborted) log.error({ provider: name, err: error }, 'provider failed')
  }
  asking.isOver = true
}

function measurementOf(
  planned: Exclude<PlannedIndicator, PlannedFormula>,
  askings: ReadonlyMap<string, Asking>,
  measureTimeoutMs: number,
): Measurement {
  const { kind, indicator } = planned
  if (kind === 'pushed') {
    const asked = { indicator, provider: pushedProvider, name: indicator, definition: null, query: null, warnings: [] }
    return { kind: 'measured', ...asked, value: planned.value }
  }
  const { provider, name, definition } = planned
  const asked = { indicator, provider, name, definition }
  if (kind === 'unanswered') return missing({ ...asked, query: null, warnings: [] }, 'config', planned.message)

  const asking = askings.get(provider)
  if (asking === undefined) {
    const message = `no provider is configured under the name ${JSON.stringify(provider)}`
    return missing({ ...asked, query: null, warnings: [] }, 'config', message)
  }
  const reply = asking.replies.get(questionOf(planned))
  if (reply !== undefined) return replied(asked, reply, asking.settlingMs)
  const unreplied = { ...asked, query: planned.query, warnings: [] }
  if (asking.isOver)
    return missing(unreplied, 'upstream', 'the provider failed before it answered this; the log says how')
  return missing(unreplied, 'timeout', `the provider did not answer within ${measureTimeoutMs / 1000} s`)
}

function replied(
  asked: Pick<Measurement, 'indicator' | 'provider' | 'name' | 'definition'>,
  reply: IndicatorReply,
  settlingMs: number,
): Measurement {
  const waited = settlingMs > 0 ? [`waited ${(settlingMs / 1000).toFixed(1)} s for the window's data to arrive`] : []
  const whole = { ...asked, query: reply.query, warnings: [...waited, ...reply.warnings] }
  if (reply.outcome !== 'measured') return missing(whole, reply.outcome, reply.message)
  const { value, partial } = reply
  if (Number.isFinite(value)) return { kind: 'measured', ...whole, value, ...(partial !== undefined && { partial }) }
  return missing(whole, 'invalid_value', `the provider measured ${reply.value}, which is no finite number`)
}

function missing(
  asked: Omit<Missing, 'kind' | 'outcome' | 'message'>,
  outcome: MissingOutcome,
  message: string,
): Missing {
  return { kind: 'missing', ...asked, outcome, message }
}
