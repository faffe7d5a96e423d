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
  /** Half open, `start` < `end`. */
  readonly window: { readonly start: Date; readonly end: Date }
}

/** A query ready to be sent, or every reason why it is not: sentences for a person. */
export type ResolvedQuery =
  | { readonly kind: 'resolved'; readonly query: string }
  | { readonly kind: 'unresolved'; readonly problems: readonly string[] }

/**
 * `value` as it may stand between the resolved text `before` it and the text `after` it, undefined when nothing makes it
 * safe there. Every provider brings its own.
 */
export type EscapeValue = (
  value: string,
  context: { readonly before: string; readonly after: string },
) => string | undefined

const labelPrefix = 'LABEL.'
const environmentPrefix = 'ENV.'
const shownNamesMax = 20

/** Braces may hold any name; without them it ends where the longest name that has a value ends. */
const placeholderPattern = /\$(?:\{(?<braced>[^{}]*)\}|(?<bare>[A-Za-z_][A-Za-z0-9_.-]*))/g

/**
 * What each placeholder stands for, by its name without `$`. `DURATION_SECONDS` is the window's length, rounded up, with
 * its unit (`300s`); `START` and `END` are RFC 3339, `START_MS` and `END_MS` milliseconds since 1970. A key of the filter is
 * known as it is written and in upper case, without the quotes in its value, and comes before everything else.
 * Source: keptn-contrib/prometheus-service 7a5e26d, utils/prometheus/prometheus.go (`$DEPLOYMENT`: the label, else primary).
 */
export function placeholderValues(source: PlaceholderSource): ReadonlyMap<string, string> {
  const { start, end } = source.window
  return new Map([
    ['PROJECT', source.project],
    ['STAGE', source.stage],
    ['SERVICE', source.service],
    ['DEPLOYMENT', source.labels['deployment'] ?? 'primary'],
    ['DURATION_SECONDS', `${Math.ceil((end.getTime() - start.getTime()) / 1000)}s`],
    ['START', start.toISOString()],
    ['END', end.toISOString()],
    ['START_MS', String(start.getTime())],
    ['END_MS', String(end.getTime())],
    ...Object.entries(source.labels).map(([key, value]): [string, string] => [labelPrefix + key, value]),
    ...Object.entries(source.environment).map(([key, value]): [string, string] => [environmentPrefix + key, value]),
    ...source.filter.toReversed().flatMap(([key, value]): [string, string][] => {
      const unquoted = value.replaceAll(/['"]/g, '')
      return [
        [key, unquoted],
        [key.toUpperCase(), unquoted],
      ]
    }),
  ])
}

/**
 * Puts `values` (by name without `$`, labels as `LABEL.<key>`, the environment as `ENV.<name>`) in the place of `$NAME` and `${NAME}`, each through `escape`.
 * Read once, left to right: inserted text is never looked at again, so that a label cannot bring placeholders of its own.
 * A `$` that begins no name of ours stays, because regular expressions use it (`=~"a$"`, `$1`). A name in upper case that
 * nobody knows is a problem: left as it is, a typing mistake would look like missing data.
 */
export function resolvePlaceholders(
  text: string,
  values: ReadonlyMap<string, string>,
  escape: EscapeValue,
): ResolvedQuery {
  const problems = new Set<string>()
  let query = ''
  let position = 0
  for (const { 0: matched, index, groups } of text.matchAll(placeholderPattern)) {
    const name = groups?.['braced'] ?? knownName(groups?.['bare'] ?? '', values)
    const written = groups?.['braced'] === undefined ? `$${name}` : matched
    query += text.slice(position, index)
    position = index + written.length
    const value = values.get(name)
    if (value === undefined && !/^[A-Z]/.test(name)) {
      query += written
      continue
    }
    const escaped = value === undefined ? undefined : escape(value, { before: query, after: text.slice(position) })
    if (escaped === undefined) problems.add(problemOf(written, name, values))
    query += escaped ?? ''
  }
  if (problems.size > 0) return { kind: 'unresolved', problems: [...problems] }
  return { kind: 'resolved', query: query + text.slice(position) }
}

/** `$LABEL.version-5m` may mean the label `version-5m` or `version` and a text: the longest name that has a value, in whole words. */
function knownName(bare: string, values: ReadonlyMap<string, string>): string {
  for (let end = bare.length; end > 0; end--) {
    const name = bare.slice(0, end)
    if (values.has(name) && !/^\w/.test(bare.slice(end))) return name
  }
  const [unknown = bare] = /^(?:LABEL\.[\w.-]*\w|ENV\.\w+|\w+)/.exec(bare) ?? []
  return unknown
}

function problemOf(written: string, name: string, values: ReadonlyMap<string, string>): string {
  if (values.has(name))
    return `the value of ${written} is not allowed here: no escaping makes it safe at this place of the query`
  if (name.startsWith(labelPrefix)) {
    const labels = namesWith(labelPrefix, values)
    return `placeholder ${written} has no value: the request carries ${labels === '' ? 'no labels' : `labels ${labels}`}`
  }
  if (name.startsWith(environmentPrefix)) {
    const allowed = namesWith(environmentPrefix, values)
    return `environment placeholder ${written} is not allowed: placeholders.environment of pharos.yaml names ${allowed === '' ? 'none' : allowed}`
  }
  const known = [...values.keys()].filter((key) => !key.startsWith(labelPrefix) && !key.startsWith(environmentPrefix))
  return `placeholder ${written} is unknown: there are ${known.map((key) => `$${key}`).join(', ')} and $LABEL.<key>`
}

/** The first of the names behind `prefix`, as a list for a sentence. */
function namesWith(prefix: string, values: ReadonlyMap<string, string>): string {
  const names = [...values.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
  return names.slice(0, shownNamesMax).join(', ')
}
