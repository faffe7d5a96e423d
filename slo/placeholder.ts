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

/** The values that can replace a query's placeholders. */
export interface PlaceholderSource {
  readonly project: string
  readonly stage: string
  readonly service: string
  readonly labels: Readonly<Record<string, string>>
  /** The SLO's `filter`; if two keys stand for the same placeholder, the first one counts. */
  readonly filter: readonly (readonly [key: string, value: string])[]
  /** The environment variables that queries may use. */
  readonly environment: Readonly<Record<string, string>>
  /** Details of the trigger; absent if nothing triggered the evaluation. */
  readonly trigger?: TriggerValues
  /** Half open, `start` < `end`. */
  readonly window: { readonly start: Date; readonly end: Date }
}

/** What a request or an event says about itself; each is empty if not given. */
export interface TriggerValues {
  /** Keptn's `shkeptncontext`, as given. */
  readonly context: string
  /** An event's type. */
  readonly event: string
  /** An event's source. */
  readonly source: string
  readonly testStrategy: string
}

/** A query ready to be sent, or the first problems that prevent it, as sentences. */
export type ResolvedQuery =
  | { readonly kind: 'resolved'; readonly query: string }
  | { readonly kind: 'unresolved'; readonly problems: readonly string[] }

/**
 * `value` as it can be inserted between the resolved text `before` it and the text `after` it; undefined if nothing makes it
 * safe there. Every provider has its own. Never called with an empty value.
 */
export type EscapeValue = (
  value: string,
  context: { readonly before: string; readonly after: string },
) => string | undefined

/** The values of placeholders that are known before there is a request. */
export interface KnownNames {
  readonly filter: PlaceholderSource['filter']
  /** Names of the variables that queries may use; undefined if that is not known. */
  readonly environment: readonly string[] | undefined
}

/** A query may contain tens of thousands of placeholders; after this many problems, checking stops. */
const problemsMax = 20
const nothingBrought: TriggerValues = { context: '', event: '', source: '', testStrategy: '' }

/**
 * The value of each placeholder, by its name without `$`. `DURATION_SECONDS` is the window's length, rounded up, with its
 * unit (`300s`); `START` and `END` are RFC 3339, `START_MS` and `END_MS` milliseconds since 1970. A key of the filter can be
 * used as written and in upper case, its value without quotes, and takes precedence over everything else unless it is empty;
 * placeholders in its value are replaced, as in Keptn, except those for other keys of the filter.
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
 * Replaces `$NAME` and `${NAME}` with `values` (by name without `$`, labels as `LABEL.<key>`, the environment as
 * `ENV.<name>`), each passed through `escape`; an empty value counts as missing, since it would widen the query's selection.
 * `${NAME:-text}` inserts the text if NAME has no value.
 * The query is read once, left to right: inserted text is never read again, so that a label cannot introduce placeholders.
 * A name without a value is a problem: left in place, it would look like missing data, or select everything (`!=`).
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

/** The query is complete if there are no problems; problems are listed once each. */
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
 * Problems that prevent a query's placeholders from being resolved for any request, each once: unknown names, names that the
 * filter lacks or leaves empty, ambiguous names, and filter values or default texts that `escape` refuses in their place.
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

/** Stands in for a value that only an evaluation has: a single word, so that the rest keeps its context. */
const standIn = 'value_to_come'

/** The query with `word` for values that only an evaluation has, and `duration` for the window's length. Undefined if it has problems. */
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
 * All `others` with the values of the filter before and after them. A value in which a placeholder has no value is kept as it
 * is written, which is a problem wherever it is used.
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

/** If two keys stand for the same placeholder, the first one wins: it comes last. */
function valuesOfFilter(filter: PlaceholderSource['filter']): readonly (readonly [name: string, value: string])[] {
  return filter.toReversed().flatMap(([key, value]) => {
    const unquoted = value.replaceAll(/['"]/g, '')
    return [[key, unquoted] as const, [key.toUpperCase(), unquoted] as const]
  })
}

/** A value as it can be inserted into the query, or the problem that prevents it. */
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

/** Other than labels, variables and trigger values, only filter values can contain a `$`. */
function mayBeOfFilter(name: string): boolean {
  return !name.startsWith(labelPrefix) && !name.startsWith(environmentPrefix) && !isOfTrigger(name)
}

const noKeys: ReadonlySet<string> = new Set()

function isPlaceholderIn(text: string): boolean {
  return text.includes('$') && placeholdersIn(text, noKeys).length > 0
}
