import {
  filterKeysOf,
  isMisnamed,
  isOfTrigger,
  problemOf,
  textProblem,
  unsafe,
  valueProblem,
  type PlaceholderProblem,
} from './placeholder-problem.ts'
import {
  builtInNames,
  environmentPrefix,
  labelPrefix,
  placeholdersIn,
  type Placeholder,
} from './placeholder-reading.ts'

export type { PlaceholderProblem } from './placeholder-problem.ts'

/** What a query's placeholders stand for. */
export interface PlaceholderSource {
  readonly project: string
  readonly stage: string
  readonly service: string
  readonly labels: Readonly<Record<string, string>>
  /** The SLO's `filter`; of two keys that mean one placeholder the first counts. */
  readonly filter: readonly (readonly [key: string, value: string])[]
  /** The variables of the environment that queries may see. */
  readonly environment: Readonly<Record<string, string>>
  /** What triggered the evaluation; absent if nothing did. */
  readonly trigger?: TriggerValues
  /** Half open, `start` < `end`. */
  readonly window: { readonly start: Date; readonly end: Date }
}

/** What a request or an event says about itself; empty if it says nothing. */
export interface TriggerValues {
  /** Keptn's `shkeptncontext`, as given. */
  readonly context: string
  /** An event's type. */
  readonly event: string
  /** An event's source. */
  readonly source: string
  readonly testStrategy: string
}

/** A query ready to be sent, or the first reasons why it is not: sentences for a person. */
export type ResolvedQuery =
  | { readonly kind: 'resolved'; readonly query: string }
  | { readonly kind: 'unresolved'; readonly problems: readonly string[] }

/**
 * `value` as it may stand between the resolved text `before` it and the text `after` it, undefined when nothing makes it
 * safe there. Every provider brings its own. Never asked about an empty value.
 */
export type EscapeValue = (
  value: string,
  context: { readonly before: string; readonly after: string },
) => string | undefined

/** What is known about placeholders before there is a request. */
export interface KnownNames {
  readonly filter: PlaceholderSource['filter']
  /** Names of the variables that queries may use; undefined if that is not known. */
  readonly environment: readonly string[] | undefined
}

/** A query may contain tens of thousands of placeholders; after this many problems, checking stops. */
const problemsMax = 20
const nothingBrought: TriggerValues = { context: '', event: '', source: '', testStrategy: '' }

/**
 * What each placeholder stands for, by its name without `$`. `DURATION_SECONDS` is the window's length, rounded up, with
 * its unit (`300s`); `START` and `END` are RFC 3339, `START_MS` and `END_MS` milliseconds since 1970. A key of the filter is
 * known as it is written and in upper case, without the quotes in its value, and comes before everything else unless it is empty;
 * placeholders in its value are replaced, as in Keptn, but for keys of the filter.
 * Sources: keptn-contrib/prometheus-service 7a5e26d, utils/prometheus/prometheus.go (`$DEPLOYMENT`: the label, else primary);
 * keptn-contrib/dynatrace-service 479d2f2, internal/common/common.go (`$CONTEXT` to `$TESTSTRATEGY`).
 */
export function placeholderValues(source: PlaceholderSource): ReadonlyMap<string, string> {
  const { labels, trigger = nothingBrought } = source
  const { start, end } = source.window
  const builtIn: Readonly<Record<(typeof builtInNames)[number], string>> = {
    PROJECT: source.project,
    STAGE: source.stage,
    SERVICE: source.service,
    DEPLOYMENT: labels['deployment'] || 'primary',
    CONTEXT: trigger.context,
    EVENT: trigger.event,
    SOURCE: trigger.source,
    TESTSTRATEGY: trigger.testStrategy,
    DURATION_SECONDS: `${Math.ceil((end.getTime() - start.getTime()) / 1000)}s`,
    START: start.toISOString(),
    END: end.toISOString(),
    START_MS: String(start.getTime()),
    END_MS: String(end.getTime()),
  }
  return withFilter(source.filter, [
    ...Object.entries(builtIn),
    ...Object.entries(labels).map(([key, value]): [string, string] => [labelPrefix + key, value]),
    ...Object.entries(source.environment).map(([key, value]): [string, string] => [environmentPrefix + key, value]),
  ])
}

/**
 * Puts `values` (by name without `$`, labels as `LABEL.<key>`, the environment as `ENV.<name>`) in the place of `$NAME` and
 * `${NAME}`, each through `escape`; an empty value counts as none, since it would widen what the query selects.
 * `${NAME:-text}` puts the text there where NAME has no value.
 * Read once, left to right: inserted text is never looked at again, so that a label cannot bring placeholders of its own.
 * A name that has no value is a problem: left as it is, it would look like missing data, or select everything (`!=`).
 */
export function resolvePlaceholders(
  text: string,
  values: ReadonlyMap<string, string>,
  escape: EscapeValue,
): ResolvedQuery {
  const { query, problems } = filledIn(text, values, escape)
  if (problems.length === 0) return { kind: 'resolved', query }
  return { kind: 'unresolved', problems: problems.map(({ message, fix }) => `${message}; ${fix}`) }
}

/** The query is complete if there are no problems; each of these is there once. */
function filledIn(
  text: string,
  values: ReadonlyMap<string, string>,
  escape: EscapeValue,
): { readonly query: string; readonly problems: readonly PlaceholderProblem[] } {
  const problems = new Map<string, PlaceholderProblem>()
  let query = ''
  let position = 0
  for (const placeholder of placeholdersIn(text, filterKeysOf(values))) {
    query += text.slice(position, placeholder.at)
    position = placeholder.at + placeholder.written.length
    const filled = fill(placeholder, values, (value) => escape(value, { before: query, after: text.slice(position) }))
    if (typeof filled === 'string') query += filled
    else problems.set(filled.message, filled)
    if (problems.size === problemsMax) break
  }
  return { query: query + text.slice(position), problems: [...problems.values()] }
}

/**
 * Problems that prevent a query's placeholders from being resolved for any request, each once: unknown names, names that the filter
 * lacks or leaves empty, ambiguous names, and values of the filter or default texts that `escape` refuses at their place.
 */
export function placeholderProblems(
  text: string,
  known: KnownNames,
  escape: EscapeValue = (value) => value,
): readonly PlaceholderProblem[] {
  const { problems } = filledIn(text, standInsFor(text, known), (value, context) =>
    value === standIn ? value : escape(value, context),
  )
  return problems
}

/** Stands in for a value that only an evaluation has: one word, so that the rest keeps its context. */
const standIn = 'value_to_come'

/** The query of some request: `word` for what only an evaluation has, `duration` for the window's length. Undefined if there is none. */
export function withStandIns(
  text: string,
  known: KnownNames,
  { word, duration, escape }: { readonly word: string; readonly duration: string; readonly escape: EscapeValue },
): string | undefined {
  const values = [...standInsFor(text, known)].map(([name, value]): [string, string] => {
    if (value !== standIn) return [name, value]
    return [name, name === 'DURATION_SECONDS' ? duration : word]
  })
  const isOurs = (value: string) => value === word || value === duration
  const { query, problems } = filledIn(text, new Map(values), (value, at) =>
    isOurs(value) ? value : escape(value, at),
  )
  return problems.length === 0 ? query : undefined
}

/** Only for placeholders without a default text: with one, a value may be missing. */
function standInsFor(text: string, { filter, environment }: KnownNames): ReadonlyMap<string, string> {
  const keys = new Set(valuesOfFilter(filter).map(([name]) => name))
  const placeholders = [text, ...filter.map(([, value]) => value)].flatMap((one) => placeholdersIn(one, keys))
  const ofRequest = placeholders.flatMap((placeholder) => {
    if (placeholder.kind !== 'named' || placeholder.text !== undefined || isMisnamed(placeholder.name)) return []
    const { name } = placeholder
    const isOfEnvironment = environment === undefined && name.startsWith(environmentPrefix)
    return name.startsWith(labelPrefix) || isOfEnvironment || isOfTrigger(name) ? [name] : []
  })
  const ofAll = builtInNames.filter((name) => !isOfTrigger(name))
  const ofServer = (environment ?? []).map((name) => environmentPrefix + name)
  return withFilter(
    filter,
    [...ofAll, ...ofServer, ...ofRequest].map((name) => [name, standIn] as const),
  )
}

/**
 * The values of the filter before and after all `others`. One in which a placeholder has no value stays as it is written, which
 * is a problem where it is used.
 */
function withFilter(
  filter: PlaceholderSource['filter'],
  others: readonly (readonly [name: string, value: string])[],
): ReadonlyMap<string, string> {
  const known = new Map(others)
  const ofFilter = valuesOfFilter(filter).map(([name, value]) => {
    const { query, problems } = filledIn(value, known, (text) => text)
    return [name, problems.length === 0 ? query : value] as const
  })
  return new Map([
    ...ofFilter.filter(([, value]) => value === ''),
    ...others,
    ...ofFilter.filter(([, value]) => value !== ''),
  ])
}

/** If two keys mean one placeholder, the first one wins: it comes last. */
function valuesOfFilter(filter: PlaceholderSource['filter']): readonly (readonly [name: string, value: string])[] {
  return filter.toReversed().flatMap(([key, value]) => {
    const unquoted = value.replaceAll(/['"]/g, '')
    return [[key, unquoted] as const, [key.toUpperCase(), unquoted] as const]
  })
}

/** A value as it can be inserted into the query, or why it cannot. */
function fill(
  placeholder: Placeholder,
  values: ReadonlyMap<string, string>,
  escape: (value: string) => string | undefined,
): string | PlaceholderProblem {
  const problem = problemOf(placeholder, values)
  if (problem !== undefined) return problem
  const { name, text } = placeholder.kind === 'named' ? placeholder : { name: '', text: '' }
  const own = values.get(name) ?? ''
  if (isPlaceholderIn(text ?? '')) return textProblem(placeholder)
  if (mayBeOfFilter(name) && isPlaceholderIn(own)) return valueProblem(placeholder, own)
  const value = own === '' ? (text ?? '') : own
  const escaped = value === '' ? '' : escape(value)
  return escaped ?? unsafe(placeholder, own === '' ? 'text' : 'value')
}

/** What is neither a key of the request nor a variable can only hold a `$` if the filter brings it. */
function mayBeOfFilter(name: string): boolean {
  return !name.startsWith(labelPrefix) && !name.startsWith(environmentPrefix) && !isOfTrigger(name)
}

const noKeys: ReadonlySet<string> = new Set()

function isPlaceholderIn(text: string): boolean {
  return text.includes('$') && placeholdersIn(text, noKeys).length > 0
}
