import { isAlias, isCollection, isMap, isScalar, LineCounter, visit, Document, type Node } from 'yaml'
import type { z } from 'zod'
import { firstDocument, sentence, YamlError } from '../../slo/yaml-document.ts'
import type { Mistake } from './errors.ts'
import { storable, unstorable } from './labels.ts'
import { mistakesMax, placed, type Path, type PlacedMistake } from './placed-mistake.ts'

/** A settings file is written by hand; more characters than this are a mistake. */
const charactersMax = 256 * 1024

/** `issuesMax` is of the syntax: one slip of the pen can have hundreds of consequences. */
const textLimits = { lexemesMax: 40_000, depthMax: 100, issuesMax: 10, aliasesMax: 100 } as const

export type Settings<Value> = { readonly kind: 'valid'; readonly value: Value } | Invalid

interface Invalid {
  readonly kind: 'invalid'
  /** Never empty; each with line and column, in the order of the file. */
  readonly mistakes: readonly Mistake[]
}

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
  readonly document: Document
  readonly lines: LineCounter
}

function contentOf(text: string): Content | Invalid {
  const lines = new LineCounter()
  if (text.length > charactersMax) {
    const message = `the text has ${text.length} characters, at most ${charactersMax} are read`
    return invalid([{ code: 'too_large', message, at: 0 }], lines)
  }
  const document = documentOf(text, lines)
  if ('kind' in document) return document
  const mistakes = [...wrongKeys(document), ...unstorableTexts(document)]
  if (mistakes.length > 0) return invalid(mistakes, lines)
  return { kind: 'content', unchecked: valueOf(document), document, lines }
}

function settingsOf<Value>(
  parsed: z.ZodSafeParseResult<Value>,
  { unchecked, document, lines }: Content,
): Settings<Value> {
  if (parsed.success) return { kind: 'valid', value: parsed.data }
  const issues = parsed.error.issues.slice(0, mistakesMax)
  return invalid(
    issues.flatMap((issue) => placed(issue, unchecked, document)),
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

/** The only document of a text, or what is wrong with its syntax. */
function documentOf(text: string, lines: LineCounter): Document | Invalid {
  try {
    const { document, nextAt } = firstDocument(text, lines, { limits: textLimits, dialect: { version: '1.2' } })
    const errors =
      document?.errors.map(({ message, pos }) => ({
        code: 'yaml_syntax',
        message: sentence(message),
        at: pos[0],
      })) ?? []
    if (errors.length > 0) return invalid(errors, lines)
    if (nextAt === undefined) return document ?? new Document(null)
    const message = 'a second YAML document begins here: a settings file has only one'
    return invalid([{ code: 'yaml_syntax', message, at: nextAt }], lines)
  } catch (error) {
    if (error instanceof YamlError) return { kind: 'invalid', mistakes: error.issues }
    throw error
  }
}

/**
 * Every key that a mapping has already, or that is no text: of those the library prints the text on standard error. Its own search
 * for repeated keys takes quadratic time.
 */
function wrongKeys(document: Document): readonly PlacedMistake[] {
  const mistakes: PlacedMistake[] = []
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        if (isCollection(key) || isAlias(key)) {
          mistakes.push({ code: 'yaml_syntax', message: 'a key must be a string', at: key.range?.[0] ?? 0 })
        }
        if (!isScalar(key)) continue
        if (seen.has(key.value)) {
          mistakes.push({ code: 'yaml_syntax', message: 'Map keys must be unique', at: key.range?.[0] ?? 0 })
        }
        seen.add(key.value)
      }
    },
  })
  return mistakes
}

/** Escapes such as \0 can produce characters that no database stores. */
function unstorableTexts(document: Document): readonly PlacedMistake[] {
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
function valueOf(document: Document): unknown {
  try {
    return document.toJS() ?? {}
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError) return undefined
    throw error
  }
}

function invalid(mistakes: readonly PlacedMistake[], lines: LineCounter): Invalid {
  const inOrder = mistakes.toSorted((one, other) => one.at - other.at).slice(0, mistakesMax)
  return {
    kind: 'invalid',
    mistakes: inOrder.map(({ code, message, at }) => {
      const { line, col } = lines.linePos(at)
      return { code, message, line: Math.max(line, 1), column: Math.max(col, 1) }
    }),
  }
}
