/** Names with a fixed meaning, unlike lower-case keys of the filter. */
export const builtInNames = [
  'PROJECT',
  'STAGE',
  'SERVICE',
  'DEPLOYMENT',
  'CONTEXT',
  'EVENT',
  'SOURCE',
  'TESTSTRATEGY',
  'DURATION_SECONDS',
  'START',
  'END',
  'START_MS',
  'END_MS',
] as const

export const labelPrefix = 'LABEL.'
export const environmentPrefix = 'ENV.'

/** A part of a query to replace; `at` is its offset, `written` its text in the query. */
export type Placeholder = { readonly at: number; readonly written: string } & (
  | {
      readonly kind: 'named'
      /** Without `$`, braces and default text; labels as `LABEL.<key>`, the environment as `ENV.<name>`. */
      readonly name: string
      /** In `${NAME:-text}`, the text that is used if NAME has no value. */
      readonly text: string | undefined
    }
  /** It could end in two places: `whole` is the longer name, `short` the shorter one. */
  | { readonly kind: 'ambiguous'; readonly whole: string; readonly short: string }
  | { readonly kind: 'unclosed' }
)

const letter = String.raw`[\p{L}\p{M}\p{N}_]`
const bareName = String.raw`[\p{L}_]${letter}*(?:[./-]+${letter}+)*`
const placeholderPattern = new RegExp(
  String.raw`\$(?:\{(?<braced>[^{}]*)\}|(?<unclosed>\{[\p{L}_][^\s{}"'()[\],:]*)|(?<bare>${bareName}))`,
  'gu',
)
const word = new RegExp(`^${letter}+`, 'u')
const hyphened = new RegExp(`^${letter}+(?:-+${letter}+)*`, 'u')
const variable = /^ENV\.\w+/
const textMark = ':-'

/**
 * Every placeholder of a query, in order. `filterKeys` are the names of the SLO's filter. Nothing else affects where a name
 * ends, especially not the labels of a request: otherwise a missing label could turn another label's name into a shorter
 * name followed by text.
 * A `$` before digits is left alone, and so is the name of a group that the query's own regular expression captures.
 */
export function placeholdersIn(query: string, filterKeys: ReadonlySet<string>): readonly Placeholder[] {
  const groups = new Set(Array.from(query.matchAll(/\(\?P?<(\w+)>/g), ([, name]) => name))
  return [...query.matchAll(placeholderPattern)].flatMap(({ 0: matched, index, groups: parts }): Placeholder[] => {
    const { braced, unclosed, bare = '' } = parts ?? {}
    if (unclosed !== undefined) return [{ kind: 'unclosed', at: index, written: matched }]
    const found = braced === undefined ? bareAt(bare, index, filterKeys) : bracedAt(matched, braced, index)
    if (found.kind === 'named' && !filterKeys.has(found.name)) {
      const [first = ''] = word.exec(found.name) ?? []
      if (/^[\d,]*$/.test(found.name) || groups.has(first)) return []
    }
    return [found]
  })
}

function bracedAt(written: string, inside: string, at: number): Placeholder {
  const mark = inside.indexOf(textMark)
  const [name, text] = mark < 0 ? [inside, undefined] : [inside.slice(0, mark), inside.slice(mark + textMark.length)]
  return { kind: 'named', at, written, name, text }
}

/**
 * Label keys consist of letters, digits, `_` and `-`; variables and built-in names end at the first character that they
 * cannot contain. Filter keys are like label keys, but may contain dots if the filter has such a key.
 */
function bareAt(bare: string, at: number, filterKeys: ReadonlySet<string>): Placeholder {
  const named = (name: string): Placeholder => ({ kind: 'named', at, written: `$${name}`, name, text: undefined })
  if (bare.startsWith(labelPrefix)) {
    const key = bare.slice(labelPrefix.length)
    const short = labelPrefix + (hyphened.exec(key)?.[0] ?? key)
    return short === bare ? named(bare) : { kind: 'ambiguous', at, written: `$${bare}`, whole: bare, short }
  }
  const [environment] = variable.exec(bare) ?? []
  if (environment !== undefined) return named(environment)
  const [dotted = bare] = bare.split('/')
  if (filterKeys.has(dotted)) return named(dotted)
  const [first = bare] = word.exec(bare) ?? []
  if (isBuiltIn(first)) return named(first)
  const [short = bare] = hyphened.exec(dotted) ?? []
  if (short === dotted || !filterKeys.has(short)) return named(short)
  return { kind: 'ambiguous', at, written: `$${dotted}`, whole: dotted, short }
}

export function isBuiltIn(name: string): boolean {
  return builtInNames.some((builtIn) => builtIn === name)
}
