import { Composer, Lexer, LineCounter, Parser, type CST, type Document } from 'yaml'
import { slipAt } from './yaml-slips.ts'
import { buildTree, type TreeIssue, type YamlValue } from './yaml-tree.ts'

/** A place in a text; both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** Something wrong at a place. */
export interface Issue extends Place {
  readonly code: string
  /** A sentence: what, and what was expected. */
  readonly message: string
  /** What to write instead, where that can be told. */
  readonly fix?: string
}

/** The order of a file. */
export function byPlace(one: Place, other: Place): number {
  return one.line - other.line || one.column - other.column
}

export interface TextLimits {
  /** UTF-16 units. */
  readonly charactersMax: number
  /** Lists and mappings within each other. */
  readonly depthMax: number
  /** Scalars, lists and mappings, those that an alias stands for each time. */
  readonly valuesMax: number
  /** Problems that are listed. */
  readonly issuesMax: number
}

export const defaultTextLimits: TextLimits = {
  charactersMax: 512 * 1024,
  depthMax: 250,
  valuesMax: 500_000,
  issuesMax: 200,
}

/** A text's first document, as a tree without types: every scalar is still text. */
export interface YamlText {
  /** Undefined when the text holds comments and blanks only. */
  readonly root: YamlValue | undefined
  readonly placeOf: (at: number) => Place
}

/** A text that is no YAML, or too much of it. */
export class YamlError extends Error {
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super(issues.map(({ line, column, message }) => `${line}:${column}: ${message}`).join('\n'))
    this.name = 'YamlError'
    this.issues = issues
  }
}

/** Control characters, half surrogate pairs and the two characters Unicode rules out. */
const forbiddenCharacter = /(?![\t\n\r\u0085])\p{Cc}|\p{Cs}|[\uFFFE\uFFFF]/u

/** Reads the first document of a text. Throws YamlError for bad syntax and beyond `limits`. */
export function readYaml(text: string, limits: TextLimits = defaultTextLimits): YamlText {
  if (text.length > limits.charactersMax) {
    throw problem('too_large', `the text has ${text.length} characters, at most ${limits.charactersMax} are read`)
  }
  // YAML 1.1 breaks lines at a lone carriage return, the library does not. Offsets stay what they are.
  const lines = new LineCounter()
  const placeOf = (at: number): Place => placeIn(lines, at)
  const normalised = text.replaceAll(/\r(?!\n)/g, '\n')
  const document = firstDocument(normalised, lines, limits)
  const forbidden = forbiddenCharacter.exec(normalised)
  if (forbidden) {
    const code = forbidden[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
    throw problem('bad_character', `the character U+${code} is not allowed in YAML`, placeOf(forbidden.index))
  }
  if (document === undefined) return { root: undefined, placeOf }
  if (document.errors.length > 0) throw new YamlError(syntaxIssues(normalised, document, placeOf, limits))
  const tree = buildTree(document, limits.valuesMax)
  if (tree.issues.length > 0) {
    throw new YamlError(tree.issues.slice(0, limits.issuesMax).map((issue) => issueAt(issue, placeOf)))
  }
  return { root: tree.root, placeOf }
}

/** So many slips are looked for in one text. */
const slipsMax = 5

/** What is wrong in a text that is no YAML: frequent slips in words of their own, once each, the rest in the library's. */
function syntaxIssues(
  text: string,
  document: Document.Parsed,
  placeOf: (at: number) => Place,
  limits: TextLimits,
): readonly Issue[] {
  const issues: Issue[] = []
  let current = { text, errors: errorsOf(document, placeOf) }
  const firstErrorLine = (attempt: string): number | undefined => syntaxErrors(attempt, limits)[0]?.line
  while (issues.length < slipsMax) {
    const [first] = current.errors
    const slip = first && slipAt(current.text, first.line, firstErrorLine)
    if (slip === undefined) break
    const { line, column, message, fix } = slip
    issues.push({ code: 'yaml_syntax', message, fix, line, column })
    current = { text: slip.text, errors: syntaxErrors(slip.text, limits) }
  }
  return [...issues, ...current.errors].slice(0, limits.issuesMax)
}

/** Those of a text that was changed to find a slip; too deep a nesting is one as well. */
function syntaxErrors(text: string, limits: TextLimits): readonly Issue[] {
  const lines = new LineCounter()
  try {
    const document = firstDocument(text, lines, limits)
    return document === undefined ? [] : errorsOf(document, (at) => placeIn(lines, at))
  } catch (error) {
    if (error instanceof YamlError) return error.issues
    throw error
  }
}

function errorsOf({ errors }: Document.Parsed, placeOf: (at: number) => Place): readonly Issue[] {
  return errors
    .map(({ message, pos }) => issueAt({ code: 'yaml_syntax', message: sentence(message), at: pos[0] }, placeOf))
    .toSorted(byPlace)
}

/** The text's first document, parsed no further than its end; throws YamlError when it is nested too deeply. */
function firstDocument(text: string, lines: LineCounter, limits: TextLimits): Document.Parsed | undefined {
  // Of YAML's types none is wanted: a `1.10` that became 1.1 could not be told from it. Repeated keys are found by
  // the reader of each mapping, in linear time.
  const composer = new Composer({ version: '1.1', schema: 'failsafe', uniqueKeys: false, prettyErrors: false })
  endAtErrors(composer, lines, limits.issuesMax)
  let isInside = false
  let strayCount = 0
  for (const token of tokensOf(text, lines, limits)) {
    if (token.type === 'document' && isInside) break
    if (token.type === 'document') isInside = true
    if (token.type === 'error' || token.type === 'directive') strayCount += 1
    // Each costs the library an Error with a stack: half a megabyte of `]` would take half a minute.
    if (strayCount > limits.issuesMax) break
    for (const document of composer.next(token)) return document
  }
  for (const document of composer.end(strayCount > 0, text.length)) return document
  return undefined
}

/**
 * Ends composing with the first `max` errors: each is an Error with a stack, and half a million commas would be as many. The library has no
 * limit of its own; what it calls for each error is a property that only its types hide.
 */
function endAtErrors(composer: Composer, lines: LineCounter, max: number): void {
  const collect: unknown = Reflect.get(composer, 'onError')
  if (typeof collect !== 'function') throw new Error('the YAML library collects its errors in another way')
  const issues: Issue[] = []
  Reflect.set(composer, 'onError', (source: ErrorSource, code: string, message: string, isWarning?: boolean) => {
    if (isWarning !== true) {
      const error = { code: 'yaml_syntax', message: sentence(message), at: offsetOf(source) }
      issues.push(issueAt(error, (at) => placeIn(lines, at)))
    }
    if (issues.length >= max) throw new YamlError(issues.toSorted(byPlace))
    Reflect.apply(collect, composer, [source, code, message, isWarning])
  })
}

/** Where the library means: an offset, a range that begins with one, or a token. */
type ErrorSource = number | readonly [number, ...number[]] | { readonly offset: number }

function offsetOf(source: ErrorSource): number {
  if (typeof source === 'number') return source
  return 'offset' in source ? source.offset : source[0]
}

/** Before anything recursive looks at them, so that no depth can exhaust the stack. */
function* tokensOf(text: string, lines: LineCounter, limits: TextLimits): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme)
    if (parser.stack.length > limits.depthMax) {
      const message = `lists and mappings are nested more than ${limits.depthMax} deep`
      throw problem('too_deep', message, placeIn(lines, parser.offset))
    }
  }
  yield* parser.end()
}

function placeIn(lines: LineCounter, at: number): Place {
  const { line, col } = lines.linePos(at)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** A message may quote what was written, which may be long. */
const messageMax = 400

export function issueAt({ code, message, at, fix }: TreeIssue, placeOf: (at: number) => Place): Issue {
  const shown = message.length <= messageMax ? message : `${message.slice(0, messageMax)}…`
  return { code, message: shown, ...(fix !== undefined && { fix }), ...placeOf(at) }
}

function problem(code: string, message: string, place: Place = { line: 1, column: 1 }): YamlError {
  return new YamlError([{ code, message, ...place }])
}

/** The library's messages, with the cure for the mistake this grammar invites. */
function sentence(message: string): string {
  if (!message.startsWith('Block scalar header')) return message
  return `${message} (a > begins a folded text in YAML: write criteria such as ">=5" in quotes)`
}
