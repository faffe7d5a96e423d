import type { Slo } from '../../slo/index.ts'

/**
 * Indicators that only informational objectives name, and that therefore cannot change the result. If nothing is scored, they can:
 * an evaluation without any value fails, and values are its only purpose.
 */
export function informationalIn({ objectives }: Slo): ReadonlySet<string> {
  const scored = new Set(objectives.flatMap(({ indicator, pass }) => (pass.length > 0 ? [indicator] : [])))
  if (scored.size === 0) return new Set()
  return new Set(objectives.map(({ indicator }) => indicator).filter((indicator) => !scored.has(indicator)))
}
