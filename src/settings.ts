import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml'
import { z } from 'zod'
import { formatDuration, parseDuration } from './duration.ts'
import type { Mistake } from './errors.ts'
import { storable, unstorable } from './labels.ts'

/** A settings file is written by hand; more characters than this are a mistake. */
const charactersMax = 256 * 1024

/** One slip of the pen can have hundreds of consequences. */
const syntaxErrorsMax = 10

export type Settings<Value> =
  | { readonly kind: 'valid'; readonly value: Value }
  /** Never empty; each with line and column, in the order of the file. */
  | { readonly kind: 'invalid'; readonly mistakes: readonly Mistake[] }

type Path = readonly PropertyKey[]

/**
 * Reads a YAML text as settings. Never throws: every mistake is reported at once, with its place. A text without content is
 * an empty mapping. `schemaFor` is given the unchecked value, so that one part can be checked against another.
 */
export function readSettings<Value>(
  text: string,
  schemaFor: (unchecked: unknown) => z.ZodType<Value>,
): Settings<Value> {
  const read = contentOf(text)
  if (read.kind === 'invalid') return read
  return settingsOf(schemaFor(read.unchecked).safeParse(read.unchecked), read)
}

/** `readSettings` with a schema that may have to wait. */
export async function readSettingsAsync<Value>(
  text: string,
  schemaFor: (unchecked: unknown) => z.ZodType<Value>,
): Promise<Settings<Value>> {
  const read = contentOf(text)
  if (read.kind === 'invalid') return read
  return settingsOf(await schemaFor(read.unchecked).safeParseAsync(read.unchecked), read)
}

interface Content {
  readonly kind: 'content'
  readonly unchecked: unknown
  readonly document: Document.Parsed
  readonly lines: LineCounter
}

function contentOf(text: string): Content | Extract<Settings<never>, { readonly kind: 'invalid' }> {
  const lines = new LineCounter()
  if (text.length > charactersMax) {
    const message = `the text has ${text.length} characters, at most ${charactersMax} are read`
    return invalid([{ code: 'too_large', message, at: 0 }], lines)
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const errors = document.errors.slice(0, syntaxErrorsMax)
  if (errors.length > 0) {
    const mistakes = errors.map(({ message, pos }) => ({ code: 'yaml_syntax', message, at: pos[0] }))
    return invalid(mistakes, lines)
  }
  const characters = unstorableTexts(document)
  if (characters.length > 0) return invalid(characters, lines)
  return { kind: 'content', unchecked: valueOf(document), document, lines }
}

function settingsOf<Value>(
  parsed: z.ZodSafeParseResult<Value>,
  { unchecked, document, lines }: Content,
): Settings<Value> {
  if (parsed.success) return { kind: 'valid', value: parsed.data }
  return invalid(
    parsed.error.issues.flatMap((issue) => placed(issue, unchecked, document)),
    lines,
  )
}

/** Where each key of the mapping at `path` stands; nothing where there is none, or of a text that cannot be read. */
export function placesOfKeys(
  text: string,
  path: Path,
): ReadonlyMap<string, { readonly line: number; readonly column: number }> {
  const read = contentOf(text)
  if (read.kind === 'invalid') return new Map()
  const { document, lines } = read
  const mapping = document.getIn(path, true)
  if (!isMap<Node, Node>(mapping)) return new Map()
  return new Map(
    mapping.items.map(({ key }) => {
      const { line, col } = lines.linePos(key.range?.[0] ?? 0)
      return [isScalar(key) ? String(key.value) : '', { line, column: col }]
    }),
  )
}

/** A mapping with these keys and no others. */
export function exactly<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? `is not known here; known are ${keys}` : 'must be a mapping'),
  })
}

/** One of a closed list of words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `must be ${words.join(' or ')}` })
}

/** Milliseconds, from a duration between two lengths. */
export function duration(minMs: number, maxMs: number, example: string) {
  const error = `must be a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as ${example}`
  return z
    .string({ error })
    .refine((text) => {
      const milliseconds = parseDuration(text)
      return milliseconds !== undefined && milliseconds >= minMs && milliseconds <= maxMs
    }, error)
    .transform((text) => parseDuration(text) ?? 0)
}

export const Text = z.string({ error: 'must be a text' }).min(1, 'must not be empty')

interface PlacedMistake {
  readonly code: string
  readonly message: string
  readonly at: number
}

/** Escapes such as \0 can produce characters that no database stores. */
function unstorableTexts(document: Document.Parsed): readonly PlacedMistake[] {
  const mistakes: PlacedMistake[] = []
  visit(document, {
    Scalar: (_, { value, range }) => {
      if (typeof value !== 'string' || storable(value)) return
      mistakes.push({ code: 'bad_character', message: `a text ${unstorable}`, at: range?.[0] ?? 0 })
    },
  })
  return mistakes
}

/** Undefined beyond the library's limits: too many aliases, too deep a nesting. */
function valueOf(document: Document.Parsed): unknown {
  try {
    return document.toJS() ?? {}
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError) return undefined
    throw error
  }
}

function invalid(
  mistakes: readonly PlacedMistake[],
  lines: LineCounter,
): Extract<Settings<never>, { readonly kind: 'invalid' }> {
  const inOrder = mistakes.toSorted((one, other) => one.at - other.at)
  return {
    kind: 'invalid',
    mistakes: inOrder.map(({ code, message, at }) => {
      const { line, col } = lines.linePos(at)
      return { code, message, line: Math.max(line, 1), column: Math.max(col, 1) }
    }),
  }
}

function placed(issue: z.core.$ZodIssue, unchecked: unknown, document: Document.Parsed): readonly PlacedMistake[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key]
      return { code: 'unknown_key', message: `${path.join('.')} ${issue.message}`, at: placeOf(path, 'key', document) }
    })
  }
  const name = issue.path.join('.') || 'the file'
  if (issue.code === 'invalid_key') {
    const message = `${name}: ${issue.issues.map((nested) => nested.message).join(', ')}`
    return [{ code: 'invalid_name', message, at: placeOf(issue.path, 'key', document) }]
  }
  if (issue.code === 'invalid_type' && !has(unchecked, issue.path)) {
    return [{ code: 'missing', message: `${name} is missing`, at: placeOf(issue.path, 'value', document) }]
  }
  const isSentence = issue.code === 'custom' && issue.params?.['isSentence'] === true
  const message = `${name}${isSentence ? ':' : ''} ${issue.message}`
  return [{ code: 'invalid_value', message, at: placeOf(issue.path, 'value', document) }]
}

function has(unchecked: unknown, path: Path): boolean {
  let value = unchecked
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false
    value = Reflect.get(value, key)
  }
  return true
}

/** The offset of the key or the value at a path or, where it has none, of what should hold it. */
function placeOf(path: Path, part: 'key' | 'value', document: Document.Parsed): number {
  let node: Node | null | undefined = document.contents
  let at = node?.range?.[0] ?? 0
  for (const key of path) {
    const entry = entryOf(node, key)
    if (entry === undefined) return at
    const isKeyWanted = part === 'key' && key === path.at(-1)
    at = (isKeyWanted ? entry.key : (entry.value ?? entry.key))?.range?.[0] ?? at
    node = entry.value
  }
  return at
}

function entryOf(
  node: Node | null | undefined,
  key: PropertyKey,
): { key: Node | null; value: Node | null } | undefined {
  if (isSeq<Node>(node)) {
    const value = node.items[Number(key)]
    return value && { key: null, value }
  }
  if (!isMap<Node, Node>(node)) return undefined
  return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))
}
