import { parseSync, Visitor } from 'rolldown/utils'

interface Span {
  readonly start: number
  readonly end: number
}

/**
 * The text in a file that people read: in Markdown all but code, in code the comments and the literals of three words or more.
 * Offsets and lines are those of `source`: code is replaced by NUL characters, so no phrase spans it. Throws an Error if the code
 * cannot be parsed.
 */
export function proseOf(path: string, source: string): string {
  return path.endsWith('.md') ? proseOfMarkdown(source) : proseOfCode(path, source)
}

function proseOfMarkdown(source: string): string {
  return withoutInlineCode(source.replaceAll(/^ *(```|~~~).*?^ *\1/gms, blank)).replaceAll(/^ *>/gm, spaces)
}

function proseOfCode(path: string, source: string): string {
  const { program, comments, errors } = parseSync(path, source)
  const [error] = errors
  if (error !== undefined) throw new Error(`${path}: ${error.message}`)
  const literals: Span[] = []
  const visitor = new Visitor({
    Literal: ({ start, end, value }) => {
      if (typeof value === 'string' && isSentence(value)) literals.push({ start: start + 1, end: end - 1 })
    },
    TemplateLiteral: ({ quasis }) => {
      // An expression counts as a word.
      if (isSentence(quasis.map(({ value }) => value.raw).join('x'))) literals.push(...quasis)
    },
  })
  visitor.visit(program)
  return kept(source, [
    ...comments.map((span) => ({ ...span, prose: proseOfComment(source.slice(span.start, span.end)) })),
    ...literals.map((span) => ({ ...span, prose: proseOfLiteral(source.slice(span.start, span.end)) })),
  ])
}

/** `source` with each span replaced by its prose, and everything else blanked out. */
function kept(source: string, spans: readonly (Span & { readonly prose: string })[]): string {
  const parts: string[] = []
  let at = 0
  for (const { start, end, prose } of spans.toSorted((a, b) => a.start - b.start)) {
    parts.push(blank(source.slice(at, start)), prose)
    at = end
  }
  return [...parts, blank(source.slice(at))].join('')
}

/** Comment markers become spaces, so that a phrase is found across lines. */
function proseOfComment(comment: string): string {
  return withoutInlineCode(comment.replaceAll(/^\/\/|^\/\*+|^\s*\*+\/?|\*+\/$/gm, spaces))
}

function proseOfLiteral(literal: string): string {
  return literal.replaceAll(/\\[nrt]/g, spaces)
}

function withoutInlineCode(text: string): string {
  return text.replaceAll(/(`+)(?:[^\n]|\n(?!\s*\n))+?\1/g, blank)
}

function isSentence(text: string): boolean {
  return text.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length >= 3
}

const blank = (code: string): string => code.replaceAll(/\S/g, '\0')
const spaces = (marker: string): string => marker.replaceAll(/[^\n]/g, ' ')
