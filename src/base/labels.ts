import { z } from 'zod'
import { quoted } from './mistakes.ts'

/** Of what is kept with an evaluation; documented in docs/operating.md. */
const labelLimits = { labels: 64, characters: 256 } as const

/** Postgres stores neither NUL nor half of a surrogate pair. */
export function storable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

export const unstorable = 'must not contain NUL or lone surrogates'

/** `storable` as JSON Schema has it, where a pattern is read with the flag `u`. */
export const storablePattern = String.raw`^[^\u0000\ud800-\udfff]*$`

/** Characters as people and JSON Schema count them: a pair of surrogates is one. */
export function charactersIn(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0)
}

/** A text that can be stored, with a number of characters in this range. */
export function textOf({ min = 0, max }: { readonly min?: number; readonly max: number }, params?: { error: Told }) {
  const range = min === 0 ? `at most ${max}` : `at least ${min} and at most ${max}`
  return z
    .string(params)
    .refine(storable, unstorable)
    .refine((text) => isWithin(charactersIn(text), min, max), `must have ${range} characters`)
    .meta({ pattern: storablePattern, ...(min > 0 && { minLength: min }), maxLength: max })
}

type Told = (issue: { readonly input: unknown }) => string

function isWithin(count: number, min: number, max: number): boolean {
  return count >= min && count <= max
}

const LabelName = textOf({ min: 1, max: labelLimits.characters })

const LabelValue = textOf(
  { max: labelLimits.characters },
  { error: ({ input }) => `must be a string: write ${quoted(String(input))}` },
)

/** Free text by name, wherever it comes from. */
export const Labels = z
  .record(LabelName, LabelValue, {
    error: ({ code }) =>
      code === 'invalid_key'
        ? `the name of a label must have 1 to ${labelLimits.characters} characters, without NUL or lone surrogates`
        : 'must map names to texts',
  })
  .refine((labels) => Object.keys(labels).length <= labelLimits.labels, `at most ${labelLimits.labels} labels`)
  .meta({ maxProperties: labelLimits.labels })

/** A commit id, SHA-1 or SHA-256, in full or abbreviated; an empty one counts as absent. */
export const GitCommitId = z
  .string()
  .regex(
    /^(?:[0-9a-fA-F]{7,64})?$/,
    'must be a Git commit id: 40 or 64 hexadecimal digits, or at least the first 7 of them',
  )
  .transform((id) => (id === '' ? undefined : id.toLowerCase()))
