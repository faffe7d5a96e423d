/** A frequent YAML slip, recognised by its fix: with the line rewritten, the error is gone. */
export interface Slip {
  /** From 1. */
  readonly line: number
  readonly column: number
  /** A sentence about the mistake. */
  readonly message: string
  /** The line as it should be. */
  readonly fix: string
  /** The whole text without the slip. */
  readonly text: string
}

/** One way to write a line, or a few, as they were probably intended. */
interface Attempt {
  /** From 0. */
  readonly line: number
  readonly lines: readonly string[]
  readonly message: string
  readonly fix: string
}

/** Each attempt reads the text once more. */
const charactersMax = 20_000
const attemptsMax = 40
const shownMax = 160
/** How far back lines are searched for possible indentations. */
const linesBackMax = 30

/**
 * The most likely fix if parsing stops at `errorLine` (from 1). `firstErrorLine` reads a text and answers with the
 * line of its first error. Undefined when no frequent slip explains it.
 */
export function slipAt(
  text: string,
  errorLine: number,
  firstErrorLine: (text: string) => number | undefined,
): Slip | undefined {
  if (text.length > charactersMax) return undefined
  const lines = text.split('\n')
  let furthest: Slip | undefined
  for (const attempt of take(attemptsAt(lines, errorLine - 1), attemptsMax)) {
    const attempted = attempt.lines.join('\n')
    const next = firstErrorLine(attempted)
    const { message, fix } = attempt
    const written = lines[attempt.line] ?? ''
    // A tab in it is a part of the slip.
    const column = (/^ *(?=\t)/.exec(written)?.[0].length ?? indentOf(written)) + 1
    const slip = { line: attempt.line + 1, column, message, fix, text: attempted }
    if (next === undefined) return slip
    // There may be other slips further on; an error on the next line is the same one.
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
  const places = [...new Set(nearby.filter((line) => line !== undefined))]
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

/** The next line in a direction that is not blank. */
function beside(lines: readonly string[], from: number, step: 1 | -1): number | undefined {
  let line = from + step
  while (line >= 0 && line < lines.length && (lines[line] ?? '').trim() === '') line += step
  return line >= 0 && line < lines.length ? line : undefined
}

/** The first line up to the error in which a text in quotes does not end. */
function unendedLine(lines: readonly string[], errorLine: number): number | undefined {
  const line = lines.slice(0, errorLine + 1).findIndex((other) => hasOddQuotes(other) || hasUnendedSingleQuote(other))
  return line < 0 ? undefined : line
}

/** Of texts that begin with a quote: in others it is an apostrophe. */
function hasUnendedSingleQuote(line: string): boolean {
  return /(?<=^|[\s[{,])'/.test(line.replaceAll(/"(?:[^"\\]|\\.)*"|(?<=^|[\s[{,])'[^']*'/g, ''))
}

function hasOddQuotes(line: string): boolean {
  return (line.replaceAll(/\\./g, '').match(/"/g) ?? []).length % 2 === 1
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

interface Rewrite {
  readonly message: string
  /** Undefined when the line is not of that kind. */
  readonly rewrite: (line: string) => string | undefined
}

/** `- `, `key: `, or both. */
const beginning = /^\s*(?:- +)*(?:[A-Za-z_][\w.-]*: +)?/

const rewrites: readonly Rewrite[] = [
  {
    message: 'a text starts with one kind of quote and ends with the other',
    rewrite: (line) => line.replaceAll(/(?<=^|[\s[{,])(["'])([^"']*)(?!\1)["'](?=\s*(?:[,\]}]|$))/g, '$1$2$1'),
  },
  {
    message: 'a text in double quotes has no closing quote',
    rewrite: (line) => (hasOddQuotes(line) ? line.replace(/([\]}\s,]*)$/, '"$1') : undefined),
  },
  {
    message: 'a text in single quotes has no closing quote',
    rewrite: (line) => (hasUnendedSingleQuote(line) ? line.replace(/([\]}\s,]*)$/, "'$1") : undefined),
  },
  {
    message: 'a text in double quotes contains unescaped double quotes',
    rewrite: (line) => {
      const [begin = ''] = beginning.exec(line) ?? []
      const [, inner] = /^"(.*)"\s*$/.exec(line.slice(begin.length)) ?? []
      return inner?.replaceAll('\\"', '').includes('"') === true ? `${begin}${quoted(inner)}` : undefined
    },
  },
  {
    message: 'a text in single quotes contains unescaped single quotes',
    rewrite: (line) => {
      const [begin = ''] = beginning.exec(line) ?? []
      const [, inner] = /^'(.*)'\s*$/.exec(line.slice(begin.length)) ?? []
      return inner?.replaceAll("''", '').includes("'") === true ? `${begin}${quoted(inner)}` : undefined
    },
  },
  {
    message: 'a comma is missing between two texts of a list',
    rewrite: (line) => line.replaceAll(/(?<=[[,]\s*"[^"]*")\s*(?="[^"]*")/g, ', '),
  },
  {
    message: 'a bracket is not closed',
    rewrite: (line) => `${line.trimEnd()}${missingBrackets(line)}`,
  },
  {
    message: 'the brackets of this line do not match',
    rewrite: (line) => {
      const open = line.replace(/[\]}\s]*$/, '')
      return `${open}${missingBrackets(open)}`
    },
  },
  {
    message: 'a space is missing after the colon',
    rewrite: (line) => line.replace(/^(\s*(?:- +)*[A-Za-z_]\w*):(?=\S)/, '$1: '),
  },
  {
    message: 'a colon is missing after the key',
    rewrite: (line) => line.replace(/^(\s*(?:- +)*[A-Za-z_]\w*)\s*$/, '$1:'),
  },
  {
    message: 'a colon is missing after the key',
    rewrite: (line) => line.replace(/^(\s*(?:- +)*[A-Za-z_]\w*) +(?=\S)/, '$1: '),
  },
  {
    message: 'this text needs quotes: it contains characters with a special meaning in YAML',
    rewrite: (line) => {
      const [begin = ''] = beginning.exec(line) ?? []
      const rest = line.slice(begin.length).trimEnd()
      return /^["'[{]|^$/.test(rest) ? undefined : `${begin}${quoted(rest)}`
    },
  },
  {
    message: 'a text of this list needs quotes: it contains characters with a special meaning in YAML',
    rewrite: (line) => line.replaceAll(/(?<=[[,]\s*)[^"'[\]{},\s][^"'[\]{},]*?(?=\s*[,\]])/g, (text) => quoted(text)),
  },
]

/** Without escapes, single quotes hold everything. */
function quoted(text: string): string {
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`
  if (!text.includes('\\')) return `'${text.replaceAll("'", "''")}'`
  return `"${text.replaceAll(/(?<!\\)"/g, '\\"')}"`
}

/** What closes the brackets that a line opens, from the inside out. */
function missingBrackets(line: string): string {
  const open: string[] = []
  for (const character of line.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '')) {
    if (character === '[') open.unshift(']')
    else if (character === '{') open.unshift('}')
    else if (character === open[0]) open.shift()
  }
  return open.join('')
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

/** The line, alone or with the lines nested below it, indented like some line before it, the nearest depth first. */
function* otherDepths(lines: readonly string[], line: number): Generator<Attempt> {
  const written = lines[line] ?? ''
  const own = indentOf(written)
  const before = lines.slice(Math.max(0, line - linesBackMax), line).filter((other) => other.trim() !== '')
  const depths = new Set(before.flatMap((other) => [indentOf(other), /^\s*(?:- +)*/.exec(other)?.[0].length ?? 0]))
  const inOrder = [...depths].toSorted((one, other) => Math.abs(one - own) - Math.abs(other - own) || one - other)
  const after = lines.findIndex((other, place) => place > line && other.trim() !== '' && indentOf(other) <= own)
  const end = after < 0 ? lines.length : after
  for (const depth of inOrder.filter((other) => other !== own)) {
    const message = `this line is indented by ${spaces(own)}, which matches no line before it`
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
