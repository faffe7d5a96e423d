import { builtInNames, environmentPrefix, isBuiltIn, labelPrefix, type Placeholder } from './placeholder-reading.ts'

/** Why a placeholder cannot be replaced. */
export interface PlaceholderProblem {
  readonly code: 'placeholder_unknown' | 'placeholder_ambiguous' | 'placeholder_unsafe' | 'filter_key_missing'
  /** A description of the problem, without a full stop. */
  readonly message: string
  /** How to fix it. */
  readonly fix: string
}

const shownNamesMax = 20

/** The names that the filter provides. */
export function filterKeysOf(values: ReadonlyMap<string, string>): ReadonlySet<string> {
  return new Set([...values.keys()].filter(isOfFilter))
}

function isOfFilter(name: string): boolean {
  return !isBuiltIn(name) && !name.startsWith(labelPrefix) && !name.startsWith(environmentPrefix)
}

/** Why the placeholder cannot be replaced; undefined if it can, even if only by its default text. */
export function problemOf(
  placeholder: Placeholder,
  values: ReadonlyMap<string, string>,
): PlaceholderProblem | undefined {
  const { written } = placeholder
  if (placeholder.kind === 'unclosed') {
    const message = `placeholder ${written} has no closing brace or contains braces`
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
  const isEmpty = value === '' && !isOfTrigger(name)
  const message = `placeholder ${written} ${isEmpty ? 'is empty, which counts as missing' : whyMissing(name, values)}`
  const code = isOfFilter(name) ? 'filter_key_missing' : 'placeholder_unknown'
  const toGive = isEmpty ? 'give it a value' : howToGive(name)
  const instead = `or write \${${name}:-text} to set a default`
  return { code, message, fix: [toGive, ...shorterName(placeholder, values), instead].join(', ') }
}

/** No escaping makes the value or the default text safe at its place. */
export function unsafe({ written }: Placeholder, what: 'text' | 'value'): PlaceholderProblem {
  return {
    code: 'placeholder_unsafe',
    message: `the ${what} of ${written} cannot be inserted here: escaping cannot make it safe at this point in the query`,
    fix: 'outside quotes, use a single name, number or duration',
  }
}

/** Inserted as text, it would be measured silently: `service!="$LABEL.x"` selects everything. */
export function valueProblem({ written }: Placeholder, value: string): PlaceholderProblem {
  return {
    code: 'filter_key_missing',
    message: `placeholder ${written} has the value ${JSON.stringify(value)} in the SLO's filter, and a placeholder in that value has no value itself`,
    fix: 'provide a value for that placeholder, or write the text itself',
  }
}

/** The same for the text after `:-`. */
export function textProblem({ written }: Placeholder): PlaceholderProblem {
  return {
    code: 'placeholder_unknown',
    message: `the default text of placeholder ${written} contains another placeholder, which is not replaced`,
    fix: 'write a default text without placeholders',
  }
}

function ambiguity({ written, whole, short }: Extract<Placeholder, { kind: 'ambiguous' }>): PlaceholderProblem {
  const [what, key] = short.startsWith(labelPrefix) ? ['label', short.slice(labelPrefix.length)] : ['key', short]
  const rest = whole.slice(short.length)
  const fix = `write \${${whole}} for that ${what}, or \${${short}}${rest} for the ${what} ${key} followed by text`
  return { code: 'placeholder_ambiguous', message: `placeholder ${written} is ambiguous`, fix }
}

/** Whether no placeholder can ever have this name: most likely a typo, which a default text would hide. */
export function isMisnamed(name: string): boolean {
  if (name !== name.trim() || name === labelPrefix) return true
  if (name.startsWith(labelPrefix)) return false
  if (name.startsWith(environmentPrefix)) return !/^ENV\.[A-Za-z_]\w*$/.test(name)
  const [first = ''] = /^\w*/.exec(name) ?? []
  if (isBuiltIn(first)) return first !== name
  return !/^[\p{L}_]/u.test(name) || /^[A-Z0-9_]+$/.test(name) || isBuiltIn(name.toUpperCase())
}

export function isOfTrigger(name: string): boolean {
  return ['CONTEXT', 'EVENT', 'SOURCE', 'TESTSTRATEGY'].includes(name)
}

function whyMissing(name: string, values: ReadonlyMap<string, string>): string {
  if (isOfTrigger(name)) return 'has no value: the request or event that started the evaluation did not provide one'
  if (name.startsWith(labelPrefix)) {
    const labels = namesWith(labelPrefix, values)
    return `has no value: the request has ${labels === '' ? 'no labels' : `the labels ${labels}`}`
  }
  if (name.startsWith(environmentPrefix)) {
    const allowed = namesWith(environmentPrefix, values)
    return `is not allowed: placeholders.environment in pharos.yaml lists ${allowed === '' ? 'no variables' : `only ${allowed}`}`
  }
  const keys = writtenKeys(values).join(', ')
  return `has no value: the SLO's filter has ${keys === '' ? 'no keys' : `only ${keys}`}`
}

function howToGive(name: string): string {
  if (isOfTrigger(name)) return 'start the evaluation with an event that provides one'
  if (name.startsWith(labelPrefix)) return 'send it with the request'
  return name.startsWith(environmentPrefix) ? 'add it there' : 'add it to the filter'
}

/** `$LABEL.version-5m` may be intended as the label `version` followed by text, which needs braces. */
function shorterName(
  { written, name }: { readonly written: string; readonly name: string },
  values: ReadonlyMap<string, string>,
): readonly string[] {
  if (written !== `$${name}`) return []
  for (let end = name.lastIndexOf('-'); end > 0; end = name.lastIndexOf('-', end - 1)) {
    const short = name.slice(0, end)
    if (values.has(short)) return [`write \${${short}}${name.slice(end)} for the value of ${short} followed by text`]
  }
  return []
}

/** All valid names, as a list for a sentence. */
function namesIn(values: ReadonlyMap<string, string>): string {
  const names = [...builtInNames, ...writtenKeys(values), 'LABEL.<key>'].map((name) => `$${name}`)
  return `${names.join(', ')} or $ENV.<name>`
}

/** The first keys of the filter in alphabetical order, as written, without their upper-case variants. */
function writtenKeys(values: ReadonlyMap<string, string>): readonly string[] {
  const keys = [...filterKeysOf(values)]
  const upperCases = new Set(keys.filter((key) => key !== key.toUpperCase()).map((key) => key.toUpperCase()))
  return keys
    .filter((key) => !upperCases.has(key))
    .toSorted()
    .slice(0, shownNamesMax)
}

/** The first names with `prefix`, as a list for a sentence. */
function namesWith(prefix: string, values: ReadonlyMap<string, string>): string {
  const names = [...values.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
  return names.slice(0, shownNamesMax).join(', ')
}
