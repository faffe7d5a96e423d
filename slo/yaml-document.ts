import {
  Composer,
  Lexer,
  type LineCounter,
  Parser,
  type CST,
  type Document,
  type DocumentOptions,
  type SchemaOptions,
} from 'yaml'
import type { TreeIssue } from './yaml-tree.ts'

/** A place in a text; both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** Something wrong at a place. */
export interface Issue extends Place {
  readonly code: string
  /** A sentence: what is wrong, and what was expected. */
  readonly message: string
  /** What to write instead, if known. */
  readonly fix?: string
}

/** Sorts in the order of the file. */
export function byPlace(one: Place, other: Place): number {
  return one.line - other.line || one.column - other.column
}

/** Limits on how much of a text is passed to the library. */
export interface DocumentLimits {
  /** Names, values, brackets, commas, line breaks and so on, as counted by the library's lexer: time and memory grow with them. */
  readonly lexemesMax: number
  /** Nesting of lists and mappings. */
  readonly depthMax: number
  /** Problems that are reported. */
  readonly issuesMax: number
  /** Aliases, if the caller resolves them in more than linear time; otherwise unlimited. */
  readonly aliasesMax?: number
}

/** A text that is not YAML, or exceeds the limits. */
export class YamlError extends Error {
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super(issues.map(({ line, column, message }) => `${line}:${column}: ${message}`).join('\n'))
    this.name = 'YamlError'
    this.issues = issues
  }
}

export interface FirstDocument {
  /** Undefined if the text has nothing but comments and white space. */
  readonly document: Document.Parsed | undefined
  /** The offset of the next document; undefined if this is the last one. */
  readonly nextAt: number | undefined
}

export interface Reading {
  readonly limits: DocumentLimits
  /** The YAML version and types to read the document with. */
  readonly dialect: Pick<DocumentOptions & SchemaOptions, 'version' | 'schema'>
  /** Counts what has been read so far. */
  readonly read?: { lexemes: number }
}

/**
 * The text's first document; nothing after it is parsed. Throws YamlError if it is nested too deeply, has too many lexemes, or
 * reaches the maximum number of errors. Repeated keys are left to the reader of each mapping, since the library takes quadratic
 * time to find them. `read` counts lexemes for callers that read several texts within one limit.
 */
export function firstDocument(
  text: string,
  lines: LineCounter,
  { limits, dialect, read = { lexemes: 0 } }: Reading,
): FirstDocument {
  const composer = new Composer({ ...dialect, uniqueKeys: false, prettyErrors: false })
  endAtErrors(composer, lines, limits.issuesMax)
  let isInside = false
  let strayCount = 0
  let nextAt: number | undefined
  for (const token of tokensOf(text, lines, limits, read)) {
    if (token.type === 'document' && isInside) {
      nextAt = token.offset
      break
    }
    if (token.type === 'document') isInside = true
    if (token.type === 'error' || token.type === 'directive') strayCount += 1
    // The library creates an Error with a stack for each: half a megabyte of `]` would take half a minute.
    if (strayCount > limits.issuesMax) break
    for (const document of composer.next(token)) return { document, nextAt }
  }
  for (const document of composer.end(strayCount > 0, text.length)) return { document, nextAt }
  return { document: undefined, nextAt }
}

/**
 * Stops composing at the first `max` errors: each is an Error with a stack, and half a million commas would cause as many. The
 * library has no limit of its own; it calls a property for each error that only its types hide.
 */
function endAtErrors(composer: Composer, lines: LineCounter, max: number): void {
  const collect: unknown = Reflect.get(composer, 'onError')
  if (typeof collect !== 'function') throw new Error('the YAML library no longer collects its errors in onError')
  const issues: Issue[] = []
  Reflect.set(composer, 'onError', (source: ErrorSource, code: string, message: string, isWarning?: boolean) => {
    // The library's warnings are never shown, and each is an Error too: there would be one for every unknown tag.
    if (isWarning === true) return
    const error = { code: 'yaml_syntax', message: sentence(message), at: offsetOf(source) }
    issues.push(issueAt(error, (at) => placeIn(lines, at)))
    if (issues.length >= max) throw new YamlError(issues.toSorted(byPlace))
    Reflect.apply(collect, composer, [source, code, message, isWarning])
  })
}

/** Where the library reports an error: an offset, a range that begins with one, or a token. */
type ErrorSource = number | readonly [number, ...number[]] | { readonly offset: number }

function offsetOf(source: ErrorSource): number {
  if (typeof source === 'number') return source
  return 'offset' in source ? source.offset : source[0]
}

/** Checks the limits before any recursive code sees the tokens, so that deep nesting cannot exhaust the stack. */
function* tokensOf(
  text: string,
  lines: LineCounter,
  limits: DocumentLimits,
  read: { lexemes: number },
): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  let aliasesCount = 0
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme)
    read.lexemes += 1
    const at = () => placeIn(lines, parser.offset)
    if (read.lexemes > limits.lexemesMax) {
      const message = `the text has more than ${limits.lexemesMax} parts (names, values, brackets, commas, line breaks), which is the maximum`
      throw problem('too_large', message, at())
    }
    if (parser.stack.length > limits.depthMax) {
      throw problem('too_deep', `lists and mappings are nested more than ${limits.depthMax} deep`, at())
    }
    if (limits.aliasesMax === undefined || !lexeme.startsWith('*')) continue
    aliasesCount += 1
    if (aliasesCount <= limits.aliasesMax) continue
    throw problem('too_many_values', `the text has more than ${limits.aliasesMax} aliases`, at())
  }
  yield* parser.end()
}

export function placeIn(lines: LineCounter, at: number): Place {
  const { line, col } = lines.linePos(at)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** A message may quote the text, which may be long. */
const messageMax = 400

export function issueAt({ code, message, at, fix }: TreeIssue, placeOf: (at: number) => Place): Issue {
  const shown = message.length <= messageMax ? message : `${message.slice(0, messageMax)}…`
  return { code, message: shown, ...(fix !== undefined && { fix }), ...placeOf(at) }
}

export function problem(code: string, message: string, place: Place = { line: 1, column: 1 }): YamlError {
  return new YamlError([{ code, message, ...place }])
}

/** Messages after which the library quotes the text; a file that is not YAML may contain anything, such as a password. */
const quotes =
  /^((?:Unexpected [\w-]+ token in YAML (?:document|stream))|Not a YAML token|Block scalar header includes extra characters): .*$/s

/** The library's message without its quotation, and with the fix for a mistake that criteria invite. */
export function sentence(message: string): string {
  const unquoted = message.replace(quotes, '$1')
  if (!unquoted.startsWith('Block scalar header')) return unquoted
  return `${unquoted} (a > begins a folded string in YAML: write criteria such as ">=5" in quotes)`
}
