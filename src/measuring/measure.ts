import { neverAsked, type IndicatorReply } from '../../providers/index.ts'
import type { Measurement, Missing, MissingOutcome } from '../../slo/index.ts'
import { askingsOf, askInTime, questionOf, type Asking, type AskingDeps } from './asking.ts'
import { compute } from './computed.ts'
import { pushedProvider, type PlannedFormula, type PlannedIndicator } from './planned.ts'

export type MeasureDeps = AskingDeps

/**
 * Measures a plan: every provider at once, each with all its queries. Answers one measurement per planned indicator, in
 * their order. If data needs time to arrive, its provider is asked only after that. If all slots of a provider are in use, the
 * evaluation waits for its turn, for up to `queueTimeoutMs`; `measureTimeoutMs` begins with its first slot. Informational indicators
 * are waited for until all others are measured, and at least for `informationalTimeoutMs`. Shortly after either time-out, indicators
 * without a reply are missing with `timeout`, or with `upstream` if their provider failed. Rejects with `signal.reason` when
 * `signal` aborts, because that is not an outcome.
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
  if (asking.waitedMs !== undefined && asking.leftAfterMs === undefined) {
    return missing(unreplied, 'timeout', neverAsked(asking.waitedMs))
  }
  if (asking.leftAfterMs !== undefined) {
    const seconds = (asking.leftAfterMs / 1000).toFixed(1)
    const verb = asking.waitedMs === undefined ? 'did not answer' : 'was never asked: it had no free slot'
    const message = `the provider ${verb} within ${seconds} s, the limit for indicators that cannot change the result`
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
