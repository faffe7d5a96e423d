import type { z } from 'zod'
import type { Mistake } from './errors.ts'

/** What zod found, each with a JSON pointer below what was parsed; none without an error. */
export function mistakesOf(error: z.core.$ZodError | undefined): (Mistake & { readonly pointer: string })[] {
  return error?.issues.flatMap((issue) => toMistakes(issue)) ?? []
}

function toMistakes(issue: z.core.$ZodIssue): (Mistake & { readonly pointer: string })[] {
  if (issue.code !== 'unrecognized_keys') {
    return [{ pointer: toPointer(issue.path), code: codeOf(issue), message: issue.message }]
  }
  return issue.keys.map((key) => ({
    pointer: toPointer([...issue.path, key]),
    code: 'unknown_field',
    message: issue.message,
  }))
}

/** What a schema for JSON cannot express has a code of its own. */
function codeOf(issue: z.core.$ZodIssue): string {
  const code: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined
  return typeof code === 'string' ? code : 'invalid_value'
}

/** A name that somebody made up may be a megabyte long. */
const stepCharactersMax = 200

/** RFC 6901, a step that is too long cut off. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path
    .map((step) => `/${shortened(String(step), stepCharactersMax).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
}

/** What somebody wrote, for a sentence about it. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(text, quotedCharactersMax))
}

const quotedCharactersMax = 100

function shortened(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text
}
