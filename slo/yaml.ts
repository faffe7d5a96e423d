import { LineCounter, type Document } from 'yaml'
import {
  byPlace,
  firstDocument,
  issueAt,
  placeIn,
  problem,
  sentence,
  YamlError,
  type DocumentLimits,
  type Issue,
  type Place,
} from './yaml-document.ts'
import { slipAt } from './yaml-slips.ts'
import { buildTree, type YamlValue } from './yaml-tree.ts'

export { byPlace, issueAt, YamlError, type Issue, type Place } from './yaml-document.ts'

export interface TextLimits extends DocumentLimits {
  /** UTF-16 code units. */
  readonly charactersMax: number
  /** Scalars, lists and mappings, counting each use of an alias. */
  readonly valuesMax: number
}

export const defaultTextLimits: TextLimits = {
  charactersMax: 512 * 1024,
  lexemesMax: 80_000,
  depthMax: 250,
  valuesMax: 100_000,
  issuesMax: 200,
}

/** A text's first document, as a tree without types: every scalar is still a string. */
export interface YamlText {
  /** Undefined if the text has nothing but comments and white space. */
  readonly root: YamlValue | undefined
  readonly placeOf: (at: number) => Place
}

/** Control characters, unpaired surrogates and two characters that are not allowed in Unicode. */
const forbiddenCharacter = /(?![\t\n\r\u0085])\p{Cc}|\p{Cs}|[\uFFFE\uFFFF]/u

/** Reads the first document of a text. Throws YamlError if its syntax is invalid or it exceeds `limits`. */
export function readYaml(text: string, limits: TextLimits = defaultTextLimits): YamlText {
  if (text.length > limits.charactersMax) {
    throw problem('too_large', `the text has ${text.length} characters, at most ${limits.charactersMax} are read`)
  }
  // In YAML 1.1 a lone carriage return breaks a line, but not in the library. Offsets stay the same.
  const lines = new LineCounter()
  const placeOf = (at: number): Place => placeIn(lines, at)
  const normalised = text.replaceAll(/\r(?!\n)/g, '\n')
  const { document } = firstDocument(normalised, lines, { limits, dialect })
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

/** Without YAML's types: once `1.10` is the number 1.1, the original is lost. */
const dialect = { version: '1.1', schema: 'failsafe' } as const

/** Slips are shown as whole lines, and a text without any of these keys may be a file of secrets. */
const isOurs = /^[ "'{-]{0,20}(?:objectives|indicators|total_score|comparison|filter|spec_version)\b/m

/** How many slips are reported for one text. */
const slipsMax = 5

/** How many lexemes are read to find slips, over all attempts: each attempt reads the whole text again. */
const slipLexemesMax = 40_000

/** The mistakes in a text that is not YAML: common slips first, explained once each, then the library's messages. */
function syntaxIssues(
  text: string,
  document: Document.Parsed,
  placeOf: (at: number) => Place,
  limits: TextLimits,
): readonly Issue[] {
  const issues: Issue[] = []
  let current = { text, errors: errorsOf(document, placeOf) }
  const read = { lexemes: 0 }
  const errorsIn = (attempt: string): readonly Issue[] | undefined => {
    const errors = syntaxErrors(attempt, { ...limits, lexemesMax: slipLexemesMax }, read)
    return read.lexemes > slipLexemesMax ? undefined : errors
  }
  while (isOurs.test(text) && issues.length < slipsMax) {
    const [first] = current.errors
    const slip = first && slipAt(current.text, first.line, errorsIn)
    if (slip === undefined) break
    const { line, column, message, fix } = slip
    issues.push({ code: 'yaml_syntax', message, fix, line, column })
    current = slip
  }
  return [...issues, ...current.errors].slice(0, limits.issuesMax)
}

/** The issues of a text that was changed to find a slip, including nesting that is too deep. */
function syntaxErrors(text: string, limits: TextLimits, read: { lexemes: number }): readonly Issue[] {
  const lines = new LineCounter()
  try {
    const { document } = firstDocument(text, lines, { limits, dialect, read })
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
