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
  /** For indicators that cannot change the result, in milliseconds from when they are asked; longer while others are measured. */
  readonly informationalTimeoutMs: number
  /** Indicators of the plan that cannot change the result. */
  readonly informational: ReadonlySet<string>
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
  /** Questions without a reply that the result may depend on. */
  readonly needed: Set<string>
  /** Resolves when none is left. */
  readonly isEnough: PromiseWithResolvers<void>
  /** Milliseconds after which waiting for the rest stopped; undefined if all were waited for. */
  leftAfterMs: number | undefined
}

/** A provider keeps its deadline itself; one that does not loses its turn this much later. */
const graceMs = 250

/**
 * Measures a plan: every provider at once, each with all its queries. Answers one measurement per planned indicator, in
 * their order. If data needs time to arrive, its provider is asked only after that. Informational indicators are waited for
 * until all others are measured, and at least for `informationalTimeoutMs`. Shortly after `measureTimeoutMs`, indicators without
 * a reply are missing with `timeout`, or with `upstream` if their provider failed. Rejects with `signal.reason` when `signal`
 * aborts, because that is not an outcome.
 */
export async function measure(
  plan: readonly PlannedIndicator[],
  window: { readonly start: Date; readonly end: Date },
  deps: MeasureDeps,
  signal: AbortSignal,
): Promise<readonly Measurement[]> {
  signal.throwIfAborted()
  const askings = askingsOf(plan, window.end, deps)
  const isEnough = Promise.all([...askings.values()].map((asking) => asking.isEnough.promise))
  await Promise.all([...askings.values()].map((asking) => askInTime(asking, window, { ...deps, isEnough }, signal)))
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
  { providers, informational, now }: Pick<MeasureDeps, 'providers' | 'informational' | 'now'>,
): ReadonlyMap<string, Asking> {
  const queries = queriesOf(plan)
  const counting = queriesOf(plan.filter(({ indicator }) => !informational.has(indicator)))
  const askings = new Map<string, Asking>()
  for (const [name, ofProvider] of Map.groupBy(queries, ({ provider }) => provider)) {
    const instance = providers.get(name)
    if (instance === undefined) continue
    const { provider, settleMs } = instance
    // By the database's clock the window is over, or nobody would measure; one that is not by ours shows that ours is behind.
    const agoMs = Math.max(now().getTime() - windowEnd.getTime(), 0)
    const settlingMs = Math.max(settleMs - agoMs, 0)
    const distinct = [...Map.groupBy(ofProvider, questionOf).values()].flatMap((same) => same.slice(0, 1))
    const needed = new Set(counting.filter((query) => query.provider === name).map(questionOf))
    const isEnough = Promise.withResolvers<void>()
    if (needed.size === 0) isEnough.resolve()
    const answered = { replies: new Map(), isOver: false, needed, isEnough, leftAfterMs: undefined }
    askings.set(name, { name, provider, settlingMs, queries: distinct, ...answered })
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
  {
    measureTimeoutMs,
    informationalTimeoutMs,
    isEnough,
    now,
    log,
  }: MeasureDeps & { readonly isEnough: Promise<unknown> },
  signal: AbortSignal,
): Promise<void> {
  const { name, settlingMs } = asking
  if (settlingMs > 0) {
    log.info({ provider: name, settlingMs }, 'waiting for data to arrive')
    await after(settlingMs, undefined, { signal }).catch(() => undefined)
  }
  if (signal.aborted) return asking.isEnough.resolve()
  const ended = new AbortController()
  const open = AbortSignal.any([signal, ended.signal])
  const deadline = new Date(now().getTime() + measureTimeoutMs)
  const late = after(measureTimeoutMs + graceMs, undefined, { signal: open }).catch(() => undefined)
  const startedAt = performance.now()
  const patience = Promise.all([after(informationalTimeoutMs, undefined, { signal: open }), isEnough]).then(
    () => (asking.leftAfterMs = performance.now() - startedAt),
    () => undefined,
  )
  await Promise.race([ask(asking, { window, deadline, signal: open }, log), late, patience])
  ended.abort()
  asking.isEnough.resolve()
}

/** Never rejects. A provider that does breaks its contract: logged, and its open indicators become `upstream`. */
async function ask(
  asking: Asking,
  request: Pick<MeasureRequest, 'window' | 'deadline' | 'signal'>,
  log: MeasureDeps['log'],
): Promise<void> {
  const { name, provider, queries, replies, needed, isEnough } = asking
  const keep = (index: number, reply: IndicatorReply) => {
    const planned = queries[index]
    // After waiting has stopped, a provider only reports the abort.
    if (planned === undefined || request.signal.aborted) return
    const question = questionOf(planned)
    replies.set(question, reply)
    if (needed.delete(question) && needed.size === 0) isEnough.resolve()
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
  const asked = { indicator, provider, name, definition, ...basisOf(planned) }
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
  if (asking.leftAfterMs !== undefined) {
    const seconds = (asking.leftAfterMs / 1000).toFixed(1)
    const message = `the provider did not answer within ${seconds} s, the limit for indicators that cannot change the result`
    return missing(unreplied, 'timeout', message)
  }
  return missing(unreplied, 'timeout', `the provider did not answer within ${measureTimeoutMs / 1000} s`)
}

function basisOf(planned: PlannedIndicator): Pick<Measurement, 'basis'> {
  return 'basis' in planned && planned.basis !== undefined ? { basis: planned.basis } : {}
}

function replied(
  asked: Pick<Measurement, 'indicator' | 'provider' | 'name' | 'definition' | 'basis'>,
  reply: IndicatorReply,
  settlingMs: number,
): Measurement {
  const waited = settlingMs > 0 ? [`waited ${(settlingMs / 1000).toFixed(1)} s for the window's data to arrive`] : []
  const whole = { ...asked, query: reply.query, warnings: [...waited, ...reply.warnings] }
  if (reply.outcome !== 'measured') return missing(whole, reply.outcome, reply.message)
  const { value, partial, coverage } = reply
  const part = { ...(partial !== undefined && { partial }), ...(coverage !== undefined && { coverage }) }
  if (Number.isFinite(value)) return { kind: 'measured', ...whole, value, ...part }
  return missing(whole, 'invalid_value', `the provider measured ${reply.value}, which is no finite number`)
}

function missing(
  asked: Omit<Missing, 'kind' | 'outcome' | 'message'>,
  outcome: MissingOutcome,
  message: string,
): Missing {
  return { kind: 'missing', ...asked, outcome, message }
}
