import type { z } from 'zod'
import type { Coverage, MissingOutcome, PartialData, QueryRule } from '../slo/index.ts'
import type { Turn } from './http/turn.ts'

/** One indicator to measure. */
export interface IndicatorQuery {
  readonly name: string
  /** Placeholders already resolved, each value escaped by `ProviderKind.escape`. */
  readonly query: string
  /** The indicator's entry in `options.yaml`, as `ProviderKind.options` allows; absent without one. */
  readonly options?: IndicatorOptions
}

export type IndicatorOptions = Readonly<Record<string, unknown>>

export interface MeasureRequest {
  /** Half open, `start` < `end`. */
  readonly window: { readonly start: Date; readonly end: Date }
  readonly indicators: readonly IndicatorQuery[]
  /** The caller gives up; what is still open then is answered with `timeout`. */
  readonly signal: AbortSignal
  /** Hard wall-clock limit of the whole call. */
  readonly deadline: Date
  /**
   * The call's place among others at this instance, for `HttpClient` by way of `budgetOf`: if its first request has to wait for a
   * slot, the call may last longer than `deadline`. Absent for a call outside of any turn.
   */
  readonly turn?: Turn
  /** Called once per indicator as soon as it is known; `index` is its place in `indicators`. */
  readonly onReply?: (index: number, reply: IndicatorReply) => void
  /** Someone wants to see what goes over the network: called for each request that asks for a value. */
  readonly onExchange?: ((exchange: Exchange) => void) | undefined
}

/** One question and its reply as they went over the network, for a person who wants to see for himself. */
export interface Exchange {
  readonly method: string
  /** With its query string. */
  readonly path: string
  /** What was sent beside it; empty without. */
  readonly sent: string
  /** Null when no reply came. */
  readonly status: number | null
  /** The beginning of what came back, or why nothing did. */
  readonly reply: string
  readonly durationMs: number
}

interface Replied {
  /** What was sent, resolved secrets redacted. */
  readonly query: string
  readonly warnings: readonly string[]
  readonly attempts: number
  readonly durationMs: number
}

/** What a provider says of one indicator: a finite number, or a named outcome with a sentence. */
export type IndicatorReply =
  | (Replied & {
      readonly outcome: 'measured'
      readonly value: number
      readonly partial?: PartialData
      readonly coverage?: Coverage
    })
  | (Replied & { readonly outcome: MissingOutcome; readonly message: string })

/** A metrics system that can be asked. */
export interface Provider {
  /** One reply per indicator, in their order. Never rejects: every failure is an outcome of an indicator. */
  measure(request: MeasureRequest): Promise<readonly IndicatorReply[]>
  /** Whether the system answers with these credentials. Never rejects. */
  check(signal: AbortSignal): Promise<ProviderHealth>
  /** Whether the system understands a query, without running it; absent where no system of the kind can say. Never rejects. */
  validateQuery?(query: IndicatorQuery, signal: AbortSignal): Promise<QueryValidation>
  /** Why a query can never be asked, whatever the system answers; its placeholders are not resolved. Absent if the kind cannot tell. */
  unaskable?(asked: Pick<IndicatorQuery, 'query' | 'options'>): string | undefined
  close(): Promise<void>
}

/** `unknown`: this system does not say, or did not answer. */
export type QueryValidation =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string }

/** Something a query says that its author most likely did not mean; the rules of that name say more. */
export interface QueryProblem {
  readonly code: QueryRule
  /** A sentence: what it does. */
  readonly message: string
  /** What to write instead. */
  readonly fix: string
}

/** The window that a query is for; `isKnown` is false for one that only stands in for those to come. */
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

/** Of an SLO: what narrows the series down, as its author wrote it. */
export type SloFilter = readonly (readonly [key: string, value: string])[]

export interface ProviderContext {
  /** The instance's name in `providers`. */
  readonly name: string
  /** Reads a secret reference (`env:NAME`, `file:/path`) at call time; throws an Error that names the reference, never its content. */
  readonly secret: (reference: string) => Promise<string>
  /** 0 to below 1, for the waits between attempts. */
  readonly random: () => number
}

/** A kind of metrics system: one folder in providers/, one line in the registry. */
export interface ProviderKind<Config> {
  readonly kind: string
  readonly contractVersion: 1
  /** Of one instance in `pharos.yaml`, without `kind`. */
  readonly config: z.ZodType<Config>
  /** Of one indicator in `options.yaml`; absent where a query says everything. */
  readonly options?: z.ZodType
  /** Options that decide whether a value counts, but not what it is; absent if there are none. */
  readonly optionsOfUse?: readonly string[]
  /** How long data needs to arrive after a window's end, in milliseconds. */
  readonly settleMs: number
  /** The value as it may stand at that place of a query, or undefined when no escaping makes it safe there. */
  escape(value: string, context: PlaceholderContext, config: Config): string | undefined
  /** Queries by indicator for what no `sli.yaml` says, placeholders in them; absent where a kind has none. */
  pack?(filter: SloFilter, config: Config): ReadonlyMap<string, string>
  /** What may be wrong with a query that a system of this kind may still take, placeholders resolved; of our own kinds only. */
  queryProblems?(asked: Pick<IndicatorQuery, 'query' | 'options'>, window: QueriedWindow): readonly QueryProblem[]
  /** The settings of an instance that change the value of a query, such as a tenant; absent if there are none. */
  settingsOfValue?(config: Config): Readonly<Record<string, unknown>>
  create(config: Config, context: ProviderContext): Provider
}
