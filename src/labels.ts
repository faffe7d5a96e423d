import { z } from 'zod'
import { quoted } from './mistakes.ts'

/** Of what is kept with an evaluation; documented in docs/operating.md. */
const labelLimits = { labels: 64, characters: 256 } as const

/** Postgres stores neither NUL nor half of a surrogate pair. */
export function storable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

export const unstorable = 'must not contain NUL or lone surrogates'

const LabelName = z.string().refine(storable, unstorable).min(1).max(labelLimits.characters)

const LabelValue = z
  .string({ error: ({ input }) => `must be a string: write ${quoted(String(input))}` })
  .max(labelLimits.characters, `must have at most ${labelLimits.characters} characters`)
  .refine(storable, unstorable)

/** Free text by name, wherever it comes from. */
export const Labels = z
  .record(LabelName, LabelValue, {
    error: ({ code }) =>
      code === 'invalid_key'
        ? `the name of a label must have 1 to ${labelLimits.characters} characters, without NUL or lone surrogates`
        : 'must map names to texts',
  })
  .refine((labels) => Object.keys(labels).length <= labelLimits.labels, `at most ${labelLimits.labels} labels`)

/** A commit id, SHA-1 or SHA-256, in full or abbreviated; an empty one counts as absent. */
export const GitCommitId = z
  .string()
  .regex(
    /^(?:[0-9a-f]{7,64})?$/i,
    'must be a Git commit id: 40 or 64 hexadecimal digits, or at least the first 7 of them',
  )
  .transform((id) => (id === '' ? undefined : id.toLowerCase()))
