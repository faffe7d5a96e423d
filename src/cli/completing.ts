import type { Command, Option } from './command.ts'

/** What may stand somewhere: some words, a file, or what nobody can know. */
export type Completed =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files' }
  | { readonly kind: 'free' }

/** What is no command of ours and stands in its place. */
export const furtherWords = [
  { word: 'serve', text: 'Serve the API.' },
  { word: '--help', text: 'List the commands.' },
  { word: '--version', text: 'Print the version.' },
] as const

export const helpOption = { text: 'show all options and examples' } as const

/** Of an option's value; undefined for a switch. */
export function valueOf({ value, words }: Option): Completed | undefined {
  if (value === undefined) return undefined
  return words === undefined ? namedIn(value) : { kind: 'words', words }
}

/** What stands behind a command, beside its options: at first, and then; undefined for nothing. */
export function operandsOf({ operands }: Command): { readonly first: Completed; readonly next: Completed } | undefined {
  if (operands === undefined) return undefined
  const words = operands
    .split('|')
    .map((part) => part.trim().split(' ')[0] ?? '')
    .filter((word) => /^[a-z][a-z-]*$/.test(word))
  const next = namedIn(operands)
  return { first: words.length === 0 ? next : { kind: 'words', words }, next }
}

function namedIn(text: string): Completed {
  return { kind: /\b(?:FILE|DIR)\b/.test(text) ? 'files' : 'free' }
}
