import type { Candidate, EarlierValue } from './judgement.ts'
import type { Aggregate, Comparison } from './comparison.ts'

/** How many of the earlier evaluations that count are searched for values, even if few of them have one. */
export const lookBackMax = 50

/** What makes two indicators the same over time; the query may change. */
export interface IndicatorIdentity {
  readonly provider: string
  readonly name: string
}

/** What one indicator is compared with. */
export interface Baseline {
  /** Undefined if no earlier value counts. Not finite if earlier values overflow. */
  readonly value: number | undefined
  /** Ids of the evaluations it comes from, newest first. */
  readonly comparedWith: readonly string[]
  /** The distinct queries behind its values, newest first. */
  readonly definitions: readonly (string | null)[]
  /** The values it comes from, newest first. */
  readonly earlier: readonly EarlierValue[]
}

/** The earlier values of every indicator, indexed by provider and name. */
export interface HistoryIndex {
  readonly comparison: Comparison
  readonly byProvider: ReadonlyMap<string, ReadonlyMap<string, EarlierValues>>
}

/** One indicator's earlier values, newest first; evaluations and definitions without duplicates. */
interface EarlierValues {
  readonly values: number[]
  readonly evaluations: string[]
  readonly definitions: (string | null)[]
  readonly earlier: EarlierValue[]
}

const none: Baseline = { value: undefined, comparedWith: [], definitions: [], earlier: [] }

/**
 * The baseline of one indicator: an aggregate of its values in the newest `comparison.resultsMax` candidates that have
 * one. `candidates` are newest first; those whose result `comparison.include` excludes do not count.
 */
export function selectBaseline(
  comparison: Comparison,
  identity: IndicatorIdentity,
  candidates: readonly Candidate[],
): Baseline {
  return baselineOf(indexHistory(comparison, candidates), identity)
}

/** The candidates that count: those with an included result, newest first, at most `lookBackMax`. */
function countingCandidates(comparison: Comparison, candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ result }) => includes(comparison, result)).slice(0, lookBackMax)
}

/** Reads all candidates once, for many calls of `baselineOf`. */
export function indexHistory(comparison: Comparison, candidates: readonly Candidate[]): HistoryIndex {
  const byProvider = new Map<string, Map<string, EarlierValues>>()
  for (const { id, values } of countingCandidates(comparison, candidates)) {
    for (const earlier of values) {
      const { provider, name, definition, value } = earlier
      const known = earlierValuesOf(byProvider, provider, name)
      const isFirstOfEvaluation = known.evaluations.at(-1) !== id
      if (isFirstOfEvaluation && known.evaluations.length === comparison.resultsMax) continue
      if (isFirstOfEvaluation) known.evaluations.push(id)
      if (!known.definitions.includes(definition)) known.definitions.push(definition)
      known.values.push(value)
      known.earlier.push(earlier)
    }
  }
  return { comparison, byProvider }
}

/** The baseline of one indicator in an indexed history. */
export function baselineOf(history: HistoryIndex, identity: IndicatorIdentity): Baseline {
  const earlier = history.byProvider.get(identity.provider)?.get(identity.name)
  if (earlier === undefined) return none
  const { values, evaluations, definitions } = earlier
  const value = aggregateFunctions[history.comparison.aggregate](values)
  return { value, comparedWith: evaluations, definitions, earlier: earlier.earlier }
}

function earlierValuesOf(
  byProvider: Map<string, Map<string, EarlierValues>>,
  provider: string,
  name: string,
): EarlierValues {
  let ofProvider = byProvider.get(provider)
  if (ofProvider === undefined) byProvider.set(provider, (ofProvider = new Map()))
  let known = ofProvider.get(name)
  if (known === undefined) ofProvider.set(name, (known = { values: [], evaluations: [], definitions: [], earlier: [] }))
  return known
}

/**
 * The part of `candidates` that a judgement of `measurements` can depend on, kept so that an evaluation can be judged
 * again: judging with this part gives the same judgement as judging with all of them.
 */
export function trimCandidates(
  slo: { readonly comparison: Comparison },
  measurements: readonly IndicatorIdentity[],
  candidates: readonly Candidate[],
): readonly Candidate[] {
  const history = indexHistory(slo.comparison, candidates)
  const used = new Map<string, Set<string>>()
  for (const { provider, name } of measurements) {
    const evaluations = history.byProvider.get(provider)?.get(name)?.evaluations ?? []
    used.set(JSON.stringify([provider, name]), new Set(evaluations))
  }
  return countingCandidates(slo.comparison, candidates)
    .map(({ id, result, values }) => ({
      id,
      result,
      values: values.filter(({ provider, name }) => used.get(JSON.stringify([provider, name]))?.has(id)),
    }))
    .filter(({ values }) => values.length > 0)
}

/** How earlier values, at least one, become one number. */
export const aggregateFunctions: Readonly<Record<Aggregate, (values: readonly number[]) => number>> = {
  avg: average,
  p50: (values) => percentile(values, 0.5),
  p90: (values) => percentile(values, 0.9),
  p95: (values) => percentile(values, 0.95),
}

/** The arithmetic mean, summed in the given order; 0 for an empty list, as in Keptn. */
export function average(values: readonly number[]): number {
  if (values.length === 0) return 0
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * The value below which `fraction` (0 to 1) of `values` lie: place fraction × (n + 1), interpolated between neighbours,
 * never beyond the first and the last. `values` need not be sorted and is not changed; 0 for an empty list, as in Keptn.
 * Source: keptn 1.4.5, lighthouse-service/event_handler/evaluate_sli_handler.go, calculatePercentile.
 */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  const place = fraction * (sorted.length + 1)
  const below = Math.floor(place)
  const lower = sorted[below - 1]
  const upper = sorted[below]
  if (upper === undefined) return sorted.at(-1) ?? 0
  if (lower === undefined) return upper
  return lower + (place - below) * (upper - lower)
}

function includes(comparison: Comparison, result: Candidate['result']): boolean {
  if (comparison.include === 'all') return true
  return result === 'pass' || (comparison.include === 'pass_or_warn' && result === 'warning')
}
