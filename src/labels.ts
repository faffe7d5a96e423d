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

/** A full commit id, SHA-1 or SHA-256. */
export const GitCommitId = z
  .string()
  .regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, 'must be a full Git commit id: 40 or 64 hexadecimal digits')
