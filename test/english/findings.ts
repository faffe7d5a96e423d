import type { Sources } from '../support/house.ts'
import { proseOf } from './prose.ts'
import { signs } from './signs.ts'

export interface Finding {
  readonly path: string
  readonly line: number
  readonly sign: string
  /** The line of the file, trimmed. */
  readonly text: string
}

/** A line of allowed.txt. */
export interface Allowance {
  readonly line: number
  readonly text: string
}

/** Every sign in every file, once per line, in the order of lines. */
export function findingsIn(sources: Sources): readonly Finding[] {
  return [...sources].flatMap(([path, source]) => {
    const lines = source.split('\n')
    const prose = proseOf(path, source)
    return signs
      .flatMap(({ name, pattern }) => linesOf(prose, pattern).map((line) => ({ sign: name, line })))
      .map(({ sign, line }) => ({ path, line, sign, text: (lines[line - 1] ?? '').trim() }))
      .toSorted((a, b) => a.line - b.line)
  })
}

/** The lines in which a match of `pattern` begins. */
function linesOf(prose: string, pattern: RegExp): readonly number[] {
  const matches = [...prose.matchAll(acrossLines(pattern))]
  return [...new Set(matches.map(({ index }) => prose.slice(0, index).split('\n').length))]
}

/** Indented lines are allowed ones, word for word; the unindented lines above them give the reason. Throws if there is no reason. */
export function readAllowances(text: string): readonly Allowance[] {
  const lines = text.split('\n').map((line, index) => ({ line: index + 1, text: line }))
  const isAllowed = ({ text: line }: Allowance): boolean => line.startsWith('  ')
  const [first] = lines.filter(({ text: line }) => line !== '')
  if (first !== undefined && isAllowed(first))
    throw new Error(`allowed.txt:${first.line}: the reason for this line is missing`)
  return lines.filter(isAllowed).map(({ line, text: allowed }) => ({ line, text: allowed.trim() }))
}

/** The findings that are not allowed, and the allowances that match nothing. */
export function compared(
  findings: readonly Finding[],
  allowances: readonly Allowance[],
): { readonly refused: readonly Finding[]; readonly unused: readonly Allowance[] } {
  const allowed = new Set(allowances.map(({ text }) => text))
  const found = new Set(findings.map(({ text }) => text))
  return {
    refused: findings.filter(({ text }) => !allowed.has(text)),
    unused: allowances.filter(({ text }) => !found.has(text)),
  }
}

/** A space in a pattern also matches a line break. */
function acrossLines({ source, flags }: RegExp): RegExp {
  return new RegExp(source.replaceAll(' ', String.raw`\s+`), flags)
}
