import type { z } from 'zod'
import type { Coverage, MissingOutcome, PartialData, QueryRule } from '../slo/index.ts'
import type { Turn } from './http/turn.ts'

/** One indicator to measure. */
export interface IndicatorQuery {
  readonly name: string
  /** Placeholders already resolved, each value escaped by `ProviderKind.escape`. */
  readonly query: string
  /** The indicator's entry in `options.yaml`, valid for `ProviderKind.options`; absent if there is none. */
  readonly options?: IndicatorOptions
}

export type IndicatorOptions = Readonly<Record<string, unknown>>

export interface MeasureRequest {
  /** Half open, `start` < `end`. */
  readonly window: { readonly start: Date; readonly end: Date }
  readonly indicators: readonly IndicatorQuery[]
  /** Aborts when the caller gives up; pending indicators then get the outcome `timeout`. */
  readonly signal: AbortSignal
  /** The hard wall-clock limit of the whole call. */
  readonly deadline: Date
  /**
   * The call's place among others at this instance, for `HttpClient` through `budgetOf`: if its first request has to wait for a
   * slot, the call may last longer than `deadline`. Absent for calls that do not take turns.
   */
  readonly turn?: Turn
  /** Called once for each indicator as soon as its reply is known; `index` is its place in `indicators`. */
  readonly onReply?: (index: number, reply: IndicatorReply) => void
  /** Called for each request for a value, so that users can see the network traffic. */
  readonly onExchange?: ((exchange: Exchange) => void) | undefined
}

/** One request and its reply as sent over the network, to be shown to users. */
export interface Exchange {
  readonly method: string
  /** Including the query string. */
  readonly path: string
  /** The body of the request; empty if there is none. */
  readonly sent: string
  /** Null if there was no reply. */
  readonly status: number | null
  /** The beginning of the reply, or why there was none. */
  readonly reply: string
  readonly durationMs: number
}

interface Replied {
  /** The query that was sent, with secrets redacted. */
  readonly query: string
  readonly warnings: readonly string[]
  readonly attempts: number
  readonly durationMs: number
}

/** A provider's reply for one indicator: a finite number, or a named outcome with a sentence. */
export type IndicatorReply =
  | (Replied & {
      readonly outcome: 'measured'
      readonly value: number
      readonly partial?: PartialData
      readonly coverage?: Coverage
    })
  | (Replied & { readonly outcome: MissingOutcome; readonly message: string })

/** A metrics system that can be queried. */
export interface Provider {
  /** One reply for each indicator, in order. Never rejects: every failure is an outcome of an indicator. */
  measure(request: MeasureRequest): Promise<readonly IndicatorReply[]>
  /** Whether the system answers with these credentials. Never rejects. */
  check(signal: AbortSignal): Promise<ProviderHealth>
  /** Whether the system accepts a query, without running it; absent if no system of the kind can do that. Never rejects. */
  validateQuery?(query: IndicatorQuery, signal: AbortSignal): Promise<QueryValidation>
  /** Why a query with unresolved placeholders can never be run; undefined if it might. Absent if the kind cannot check that. */
  unaskable?(asked: Pick<IndicatorQuery, 'query' | 'options'>): string | undefined
  close(): Promise<void>
}

/** `unknown`: this system cannot validate queries, or did not respond. */
export type QueryValidation =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string }

/** Something in a query that its author most likely did not mean; see the rule of the same name. */
export interface QueryProblem {
  readonly code: QueryRule
  /** A sentence: what the query does. */
  readonly message: string
  /** What to write instead. */
  readonly fix: string
}

/** The window of a query; `isKnown` is false if it only stands in for future windows. */
export interface QueriedWindow {
  readonly lengthMs: number
  readonly isKnown: boolean
}

export interface ProviderHealth {
  readonly ok: boolean
  readonly message: string
  readonly version?: string
  readonly latencyMs: number
}

/** The text right before and right after a placeholder, for escaping by quoting context. */
export interface PlaceholderContext {
  readonly before: string
  readonly after: string
}

/** The filter of an SLO, which narrows the series down, as its author wrote it. */
export type SloFilter = readonly (readonly [key: string, value: string])[]

export interface ProviderContext {
  /** The instance's name in `providers`. */
  readonly name: string
  /** Reads a secret reference (`env:NAME`, `file:/path`) at call time; throws an Error that names the reference, never its content. */
  readonly secret: (reference: string) => Promise<string>
  /** From 0 up to but not including 1, for the waits between attempts. */
  readonly random: () => number
}

/** A kind of metrics system: one folder in providers/ and one line in index.ts. */
export interface ProviderKind<Config> {
  readonly kind: string
  readonly contractVersion: 1
  /** The schema for one instance in `pharos.yaml`, without `kind`. */
  readonly config: z.ZodType<Config>
  /** The schema for one indicator in `options.yaml`; absent if the kind has no options. */
  readonly options?: z.ZodType
  /** Options that affect whether a value counts, but not the value itself; absent if there are none. */
  readonly optionsOfUse?: readonly string[]
  /** How long data takes to arrive after a window's end, in milliseconds. */
  readonly settleMs: number
  /** The value as it can be inserted at that place in a query, or undefined if no escaping makes it safe there. */
  escape(value: string, context: PlaceholderContext, config: Config): string | undefined
  /** Queries for indicators that are not in any `sli.yaml`, with placeholders; absent if the kind has none. */
  pack?(filter: SloFilter, config: Config): ReadonlyMap<string, string>
  /** Possible problems of a query with resolved placeholders, which a system of this kind may still accept; for built-in kinds only. */
  queryProblems?(asked: Pick<IndicatorQuery, 'query' | 'options'>, window: QueriedWindow): readonly QueryProblem[]
  /** The settings of an instance that change the value of a query, such as a tenant; absent if there are none. */
  settingsOfValue?(config: Config): Readonly<Record<string, unknown>>
  create(config: Config, context: ProviderContext): Provider
}
