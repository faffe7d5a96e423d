import { z } from 'zod'

/** Seconds since 1970, and the number as text: `NaN`, `+Inf` and `-Inf` are values too. */
export const Sample = z.tuple([z.number(), z.string()])
export type Sample = z.infer<typeof Sample>

/** At least one. Checked without zod objects, which would copy ten thousand pairs. */
export const Samples = z.custom<readonly Sample[]>(
  (value) => Array.isArray(value) && value.length > 0 && value.every((pair: unknown) => isSample(pair)),
)

function isSample(pair: unknown): boolean {
  return Array.isArray(pair) && pair.length === 2 && Number.isFinite(pair[0]) && typeof pair[1] === 'string'
}

/** Undefined if the text is not a number in Prometheus' format. */
export function numberOf(text: string): number | undefined {
  if (/^[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }
  if (text === 'NaN') return Number.NaN
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return undefined
}
