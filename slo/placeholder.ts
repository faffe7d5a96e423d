import {
  builtInNames,
  environmentPrefix,
  isBuiltIn,
  labelPrefix,
  placeholdersIn,
  type Placeholder,
} from './placeholder-reading.ts'

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
  /** What set the evaluation off; absent where nothing did. */
  readonly trigger?: TriggerValues
  /** Half open, `start` < `end`. */
  readonly window: { readonly start: Date; readonly end: Date }
}

/** What a request or an event says of itself; empty where it says nothing. */
export interface TriggerValues {
  /** Keptn's `shkeptncontext`, as given. */
  readonly context: string
  /** An event's type. */
  readonly event: string
  /** An event's source. */
  readonly source: string
  readonly testStrategy: string
}

/** A query ready to be sent, or every reason why it is not: sentences for a person. */
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

/** Why a placeholder has no value in any evaluation by this SLO, or none that could be told from another one. */
export interface PlaceholderProblem {
  readonly code: 'placeholder_unknown' | 'placeholder_ambiguous'
  /** What is wrong, without a full stop. */
  readonly message: string
  /** What to do about it. */
  readonly fix: string
}

/** What is known of placeholders before there is a request. */
export interface KnownNames {
  readonly filter: PlaceholderSource['filter']
  /** Names of the variables that queries may see; undefined where that is not known. */
  readonly environment: readonly string[] | undefined
}

const shownNamesMax = 20
const nothingBrought: TriggerValues = { context: '', event: '', source: '', testStrategy: '' }

/**
 * What each placeholder stands for, by its name without `$`. `DURATION_SECONDS` is the window's length, rounded up, with
 * its unit (`300s`); `START` and `END` are RFC 3339, `START_MS` and `END_MS` milliseconds since 1970. A key of the filter is
 * known as it is written and in upper case, without the quotes in its value, and comes before everything else unless it is empty.
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
  const ofFilter = valuesOfFilter(source.filter)
  return new Map([
    ...ofFilter.filter(([, value]) => value === ''),
    ...Object.entries(builtIn),
    ...Object.entries(labels).map(([key, value]): [string, string] => [labelPrefix + key, value]),
    ...Object.entries(source.environment).map(([key, value]): [string, string] => [environmentPrefix + key, value]),
    ...ofFilter.filter(([, value]) => value !== ''),
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
  const problems = new Set<string>()
  let query = ''
  let position = 0
  for (const placeholder of placeholdersIn(text, filterKeysOf(values))) {
    query += text.slice(position, placeholder.at)
    position = placeholder.at + placeholder.written.length
    const filled = fill(placeholder, values, (value) => escape(value, { before: query, after: text.slice(position) }))
    if ('problem' in filled) problems.add(filled.problem)
    else query += filled.value
  }
  if (problems.size > 0) return { kind: 'unresolved', problems: [...problems] }
  return { kind: 'resolved', query: query + text.slice(position) }
}

/**
 * What keeps the placeholders of a query from being resolved whatever a request brings, each once: names that nothing knows,
 * that the filter lacks or leaves empty, or that could be read in two ways.
 */
export function placeholderProblems(text: string, known: KnownNames): readonly PlaceholderProblem[] {
  const values = new Map([
    ...valuesOfFilter(known.filter).filter(([, value]) => value === ''),
    ...[...builtInNames, ...(known.environment ?? []).map((name) => environmentPrefix + name)].map(
      (name) => [name, unknownValue] as const,
    ),
    ...valuesOfFilter(known.filter).filter(([, value]) => value !== ''),
  ])
  const problems = placeholdersIn(text, filterKeysOf(values)).flatMap((placeholder) => {
    if (placeholder.kind === 'named' && isLeftToRequest(placeholder.name, known)) return []
    return problemOf(placeholder, values) ?? []
  })
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()]
}

/** Stands for a value that an evaluation will have. */
const unknownValue = 'value'

function isLeftToRequest(name: string, { environment }: KnownNames): boolean {
  if (isMisnamed(name)) return false
  return name.startsWith(labelPrefix) || (environment === undefined && name.startsWith(environmentPrefix))
}

/** Of two keys that mean one placeholder, the first comes last: it counts. */
function valuesOfFilter(filter: PlaceholderSource['filter']): readonly (readonly [name: string, value: string])[] {
  return filter.toReversed().flatMap(([key, value]) => {
    const unquoted = value.replaceAll(/['"]/g, '')
    return [[key, unquoted] as const, [key.toUpperCase(), unquoted] as const]
  })
}

function filterKeysOf(values: ReadonlyMap<string, string>): ReadonlySet<string> {
  const isOfFilter = (name: string): boolean =>
    !isBuiltIn(name) && !name.startsWith(labelPrefix) && !name.startsWith(environmentPrefix)
  return new Set([...values.keys()].filter(isOfFilter))
}

/** A value as it may stand in the query, or a sentence why there is none. */
function fill(
  placeholder: Placeholder,
  values: ReadonlyMap<string, string>,
  escape: (value: string) => string | undefined,
): { readonly value: string } | { readonly problem: string } {
  const problem = problemOf(placeholder, values)
  if (problem !== undefined) return { problem: `${problem.message}; ${problem.fix}` }
  const { name, text } = placeholder.kind === 'named' ? placeholder : { name: '', text: '' }
  const own = values.get(name) ?? ''
  const value = own === '' ? (text ?? '') : own
  const escaped = value === '' ? '' : escape(value)
  if (escaped !== undefined) return { value: escaped }
  const what = own === '' ? 'text' : 'value'
  return {
    problem: `the ${what} of ${placeholder.written} is not allowed here: no escaping makes it safe at this place of the query`,
  }
}

/** Why nothing can be put there; undefined where something can, if only the placeholder's own text. */
function problemOf(placeholder: Placeholder, values: ReadonlyMap<string, string>): PlaceholderProblem | undefined {
  const { written } = placeholder
  if (placeholder.kind === 'unclosed') {
    const message = `placeholder ${written} has no closing brace, or braces within its own`
    return { code: 'placeholder_unknown', message, fix: 'write ${NAME} or ${NAME:-text}' }
  }
  if (placeholder.kind === 'ambiguous') return ambiguity(placeholder)
  const { name, text } = placeholder
  const value = values.get(name)
  if (value !== undefined && value !== '') return undefined
  if (value === undefined && isMisnamed(name)) {
    return {
      code: 'placeholder_unknown',
      message: `placeholder ${written} is unknown`,
      fix: `use one of ${namesIn(values)}`,
    }
  }
  if (text !== undefined) return undefined
  const message = `placeholder ${written} ${value === '' && !isOfTrigger(name) ? 'is empty, which counts as missing' : whyMissing(name, values)}`
  const instead = `write \${${name}:-text} for a text instead`
  return { code: 'placeholder_unknown', message, fix: `${shorterName(placeholder, values)}${instead}` }
}

function ambiguity({ written, whole, short }: Extract<Placeholder, { kind: 'ambiguous' }>): PlaceholderProblem {
  const [what, key] = short.startsWith(labelPrefix) ? ['label', short.slice(labelPrefix.length)] : ['key', short]
  const rest = whole.slice(short.length)
  const fix = `write \${${whole}} for that ${what}, or \${${short}}${rest} for the ${what} ${key} and a text`
  return { code: 'placeholder_ambiguous', message: `placeholder ${written} is ambiguous`, fix }
}

/** Whether nothing can ever have this name: most likely a slip, which a text instead of a value would hide. */
function isMisnamed(name: string): boolean {
  if (name !== name.trim() || name === labelPrefix) return true
  if (name.startsWith(labelPrefix)) return false
  if (name.startsWith(environmentPrefix)) return !/^ENV\.[A-Za-z_]\w*$/.test(name)
  const [first = ''] = /^\w*/.exec(name) ?? []
  if (isBuiltIn(first)) return first !== name
  return !/^[\p{L}_]/u.test(name) || /^[A-Z0-9_]+$/.test(name) || isBuiltIn(name.toUpperCase())
}

function isOfTrigger(name: string): boolean {
  return ['CONTEXT', 'EVENT', 'SOURCE', 'TESTSTRATEGY'].includes(name)
}

function whyMissing(name: string, values: ReadonlyMap<string, string>): string {
  if (isOfTrigger(name)) return 'has no value: the request or event that started the evaluation brought none'
  if (name.startsWith(labelPrefix)) {
    const labels = namesWith(labelPrefix, values)
    return `has no value: the request carries ${labels === '' ? 'no labels' : `labels ${labels}`}`
  }
  if (name.startsWith(environmentPrefix)) {
    const allowed = namesWith(environmentPrefix, values)
    return `is not allowed: placeholders.environment of pharos.yaml names ${allowed === '' ? 'no variable' : `only ${allowed}`}`
  }
  const keys = writtenKeys(values).join(', ')
  return `has no value: the SLO's filter has ${keys === '' ? 'no keys' : `only ${keys}`}`
}

/** `$LABEL.version-5m` may be meant as the label `version` and a text: that needs braces. */
function shorterName(
  { written, name }: { readonly written: string; readonly name: string },
  values: ReadonlyMap<string, string>,
): string {
  if (written !== `$${name}`) return ''
  for (let end = name.lastIndexOf('-'); end > 0; end = name.lastIndexOf('-', end - 1)) {
    const short = name.slice(0, end)
    if (values.has(short)) return `write \${${short}}${name.slice(end)} for the value of ${short} and a text, or `
  }
  return ''
}

/** Everything that may be written, for a sentence. */
function namesIn(values: ReadonlyMap<string, string>): string {
  const names = [...builtInNames, ...writtenKeys(values), 'LABEL.<key>'].map((name) => `$${name}`)
  return `${names.join(', ')} or $ENV.<name>`
}

/** The first keys of the filter as the filter has them, without what is only their upper case. */
function writtenKeys(values: ReadonlyMap<string, string>): readonly string[] {
  const keys = [...filterKeysOf(values)]
  const upperCases = new Set(keys.filter((key) => key !== key.toUpperCase()).map((key) => key.toUpperCase()))
  return keys.filter((key) => !upperCases.has(key)).slice(0, shownNamesMax)
}

/** The first of the names behind `prefix`, as a list for a sentence. */
function namesWith(prefix: string, values: ReadonlyMap<string, string>): string {
  const names = [...values.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
  return names.slice(0, shownNamesMax).join(', ')
}
