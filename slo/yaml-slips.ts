import type { Issue } from './yaml-document.ts'
import { hasOddQuotes, hasUnendedSingleQuote, rewrites } from './yaml-rewrites.ts'

/** A common YAML slip, recognised by its fix: with the line rewritten, the error is gone. */
export interface Slip {
  /** From 1. */
  readonly line: number
  readonly column: number
  /** Describes the mistake. */
  readonly message: string
  /** The line as it should be. */
  readonly fix: string
  /** The whole text with the slip fixed. */
  readonly text: string
  /** The errors that are left in `text`. */
  readonly errors: readonly Issue[]
}

/** One way to rewrite a line, or several, as they were probably intended. */
interface Attempt {
  /** From 0. */
  readonly line: number
  readonly lines: readonly string[]
  readonly message: string
  readonly fix: string
}

/** Each attempt reads the text again. */
const charactersMax = 20_000
const attemptsMax = 40
/** Longer lines are not rewritten: they were not written by hand, and some rewrites take quadratic time. */
const lineCharactersMax = 1000
const shownMax = 160
/** How many earlier lines are searched for possible indentations. */
const linesBackMax = 30

/**
 * The most likely fix if parsing stops at `errorLine` (from 1); undefined if no common slip explains the error. `errorsIn`
 * reads a text and returns its errors in the order of the text, or undefined if no more may be read.
 */
export function slipAt(
  text: string,
  errorLine: number,
  errorsIn: (text: string) => readonly Issue[] | undefined,
): Slip | undefined {
  if (text.length > charactersMax) return undefined
  const lines = text.split('\n')
  let furthest: Slip | undefined
  for (const attempt of take(attemptsAt(lines, errorLine - 1), attemptsMax)) {
    const attempted = attempt.lines.join('\n')
    const errors = errorsIn(attempted)
    if (errors === undefined) break
    const next = errors[0]?.line
    const { message, fix } = attempt
    const written = lines[attempt.line] ?? ''
    // A tab in the indentation is part of the slip.
    const column = (/^ *(?=\t)/.exec(written)?.[0].length ?? indentOf(written)) + 1
    const slip = { line: attempt.line + 1, column, message, fix, text: attempted, errors }
    if (next === undefined) return slip
    // Later errors may be other slips; an error on the next line is still this one.
    if (next > Math.max(errorLine, attempt.line + 1) + 1) furthest ??= slip
  }
  return furthest
}

function* take<Item>(items: Iterable<Item>, max: number): Generator<Item> {
  let count = 0
  for (const item of items) {
    if (count === max) return
    count += 1
    yield item
  }
}

function* attemptsAt(lines: readonly string[], errorLine: number): Generator<Attempt> {
  const nearby = [errorLine, beside(lines, errorLine, -1), unendedLine(lines, errorLine), beside(lines, errorLine, 1)]
  const isShort = (line: number): boolean => (lines[line] ?? '').length <= lineCharactersMax
  const places = [...new Set(nearby.filter((line) => line !== undefined))].filter(isShort)
  yield* withoutTabs(lines, errorLine)
  for (const rewrite of rewrites) {
    for (const line of places) {
      const written = lines[line] ?? ''
      const better = rewrite.rewrite(written)
      if (better === undefined || better === written) continue
      yield { line, lines: lines.with(line, better), message: rewrite.message, fix: `write ${shownLine(better)}` }
    }
  }
  for (const line of places) yield* otherDepths(lines, line)
}

/** The next non-blank line in a direction. */
function beside(lines: readonly string[], from: number, step: 1 | -1): number | undefined {
  let line = from + step
  while (line >= 0 && line < lines.length && (lines[line] ?? '').trim() === '') line += step
  return line >= 0 && line < lines.length ? line : undefined
}

/** The first line up to the error with an unclosed quote. */
function unendedLine(lines: readonly string[], errorLine: number): number | undefined {
  const line = lines.slice(0, errorLine + 1).findIndex((other) => {
    return other.length <= lineCharactersMax && (hasOddQuotes(other) || hasUnendedSingleQuote(other))
  })
  return line < 0 ? undefined : line
}

function* withoutTabs(lines: readonly string[], errorLine: number): Generator<Attempt> {
  if (!/^ *\t/.test(lines[errorLine] ?? '')) return
  for (const width of [2, 4, 8]) {
    const spaced = lines.map((line) => line.replace(/^[ \t]+/, (indent) => indent.replaceAll('\t', ' '.repeat(width))))
    yield {
      line: errorLine,
      lines: spaced,
      message: 'this line is indented with a tab, but YAML allows only spaces',
      fix: `indent it with spaces: ${shownLine(spaced[errorLine] ?? '')}`,
    }
  }
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

/** The line, alone or with the lines nested below it, indented like an earlier line, the nearest depth first. */
function* otherDepths(lines: readonly string[], line: number): Generator<Attempt> {
  const written = lines[line] ?? ''
  const own = indentOf(written)
  const before = lines.slice(Math.max(0, line - linesBackMax), line).filter((other) => other.trim() !== '')
  const depths = new Set(before.flatMap((other) => [indentOf(other), /^\s*(?:- +)*/.exec(other)?.[0].length ?? 0]))
  const inOrder = [...depths].toSorted((one, other) => Math.abs(one - own) - Math.abs(other - own) || one - other)
  const after = lines.findIndex((other, place) => place > line && other.trim() !== '' && indentOf(other) <= own)
  const end = after < 0 ? lines.length : after
  for (const depth of inOrder.filter((other) => other !== own)) {
    const message = `this line is indented by ${spaces(own)}, which does not match any earlier line`
    const fix = `indent it by ${spaces(depth)}: ${shownLine(written)}`
    for (const last of new Set([line + 1, end])) {
      const moved = lines.map((other, place) => {
        const isMoved = place >= line && place < last && other.trim() !== ''
        return isMoved ? ' '.repeat(Math.max(0, indentOf(other) + depth - own)) + other.trimStart() : other
      })
      yield { line, lines: moved, message, fix }
    }
  }
}

function spaces(count: number): string {
  return `${count} ${count === 1 ? 'space' : 'spaces'}`
}

function shownLine(line: string): string {
  const trimmed = line.trim()
  return trimmed.length <= shownMax ? trimmed : `${trimmed.slice(0, shownMax)}…`
}
