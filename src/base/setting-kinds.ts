import { z } from 'zod'
import { formatDuration, parseDuration } from './duration.ts'

/** A mapping with these keys and no others. */
export function exactly<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? `is not known here; known are ${keys}` : 'must be a mapping'),
  })
}

/** One of a closed list of words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `must be ${words.join(' or ')}` })
}

/** Milliseconds, from a duration between two lengths. */
export function duration(minMs: number, maxMs: number, example: string) {
  const error = `must be a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as ${example}`
  return z
    .string({ error })
    .refine((text) => {
      const milliseconds = parseDuration(text)
      return milliseconds !== undefined && milliseconds >= minMs && milliseconds <= maxMs
    }, error)
    .transform((text) => parseDuration(text) ?? 0)
}

export const Text = z.string({ error: 'must be a string' }).min(1, 'must not be empty')
