import { z } from 'zod'

/** Seconds since 1970, and the number as text: `NaN`, `+Inf` and `-Inf` are values too. */
export const Sample = z.tuple([z.number(), z.string()])
export type Sample = z.infer<typeof Sample>

/** Undefined when the text is no number of Prometheus'. */
export function numberOf(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }
  if (text === 'NaN') return Number.NaN
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return undefined
}
