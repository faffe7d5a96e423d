import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import { createTurn, type IndicatorReply, type MeasureRequest, type ProviderInstance } from '../../providers/index.ts'
import { queriesOf, type PlannedIndicator, type PlannedQuery } from './planned.ts'

export interface AskingDeps {
  /** By instance name. */
  readonly providers: ReadonlyMap<string, Instance>
  /** Whose turn it is at an instance that is busy. */
  readonly project: string
  /** For one provider's replies, in milliseconds from the first slot that the evaluation gets there. */
  readonly measureTimeoutMs: number
  /** For waiting until that first slot, in milliseconds. */
  readonly queueTimeoutMs: number
  /**
   * For indicators that cannot change the result, in milliseconds from when their provider is asked, or waited for; longer while
   * others are measured.
   */
  readonly informationalTimeoutMs: number
  /** Indicators of the plan that cannot change the result. */
  readonly informational: ReadonlySet<string>
  /** Called with the first slot at each provider. */
  readonly onBegin?: () => void
  readonly now: () => Date
  readonly log: Record<'info' | 'error', (fields: object, sentence: string) => void>
}

type Instance = Pick<ProviderInstance, 'provider' | 'settleMs'>

/** What one provider is asked, each question once, and what is known of it so far. */
export interface Asking {
  readonly name: string
  readonly provider: Instance['provider']
  /** Milliseconds until the window's data has arrived there. */
  readonly settlingMs: number
  /** Those that the result may depend on first. */
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
  /** Milliseconds for which a slot was waited for in vain; undefined if the provider was asked. */
  waitedMs: number | undefined
}

/** A provider keeps its deadline itself; one that does not loses its turn this much later. */
const graceMs = 250

/** What each provider of a plan is to be asked, by its name. */
export function askingsOf(
  plan: readonly PlannedIndicator[],
  windowEnd: Date,
  { providers, informational, now }: Pick<AskingDeps, 'providers' | 'informational' | 'now'>,
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
    const needed = new Set(counting.filter((query) => query.provider === name).map(questionOf))
    const distinct = [...Map.groupBy(ofProvider, questionOf).values()].flatMap((same) => same.slice(0, 1))
    const [first, rest] = parted(distinct, (query) => needed.has(questionOf(query)))
    const isEnough = Promise.withResolvers<void>()
    if (needed.size === 0) isEnough.resolve()
    const answered = {
      replies: new Map(),
      isOver: false,
      needed,
      isEnough,
      leftAfterMs: undefined,
      waitedMs: undefined,
    }
    askings.set(name, { name, provider, settlingMs, queries: [...first, ...rest], ...answered })
  }
  return askings
}

/** The same query with other options is another question. */
export function questionOf({ query, options = {} }: PlannedQuery): string {
  return JSON.stringify([query, options])
}

/** Waits for the data, then asks, for no longer than there is time. Never rejects. */
export async function askInTime(
  asking: Asking,
  window: MeasureRequest['window'],
  deps: AskingDeps & { readonly isEnough: Promise<unknown> },
  signal: AbortSignal,
): Promise<void> {
  const { name, settlingMs } = asking
  const { project, measureTimeoutMs, queueTimeoutMs, informationalTimeoutMs, onBegin, isEnough, now, log } = deps
  if (settlingMs > 0) {
    log.info({ provider: name, settlingMs }, 'waiting for data to arrive')
    await after(settlingMs, undefined, { signal }).catch(() => undefined)
  }
  if (signal.aborted) return asking.isEnough.resolve()
  const ended = new AbortController()
  const open = AbortSignal.any([signal, ended.signal])
  const begun = onBegin && { onBegin }
  const turn = createTurn({ project, timeMs: measureTimeoutMs, queueMs: queueTimeoutMs, ...begun })
  const deadline = new Date(now().getTime() + measureTimeoutMs)
  const late = once(turn.late, 'abort', { signal: open })
    .then(() => after(graceMs, undefined, { signal: open }))
    .catch(() => undefined)
  const startedAt = performance.now()
  const patience = Promise.all([after(informationalTimeoutMs, undefined, { signal: open }), isEnough]).then(
    () => (asking.leftAfterMs = performance.now() - startedAt),
    () => undefined,
  )
  await Promise.race([ask(asking, { window, deadline, turn, signal: open }, log), late, patience])
  asking.waitedMs = turn.waitedMs()
  ended.abort()
  turn.end()
  asking.isEnough.resolve()
}

/** Never rejects. A provider that does breaks its contract: logged, and its open indicators become `upstream`. */
async function ask(
  asking: Asking,
  request: Omit<MeasureRequest, 'indicators' | 'onReply' | 'onExchange'>,
  log: AskingDeps['log'],
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

function parted<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [readonly Item[], readonly Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}
