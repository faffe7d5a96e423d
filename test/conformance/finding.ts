import type { Deviation } from './deviations.ts'

/** What running one case came to: passed when nothing differs, deviations or not. */
export interface Finding {
  readonly deviations: Set<Deviation>
  readonly differences: string[]
}

export function newFinding(): Finding {
  return { deviations: new Set(), differences: [] }
}

/** Notes a difference when the two are not the same; numbers may differ by a relative 1e-9. */
export function same(finding: Finding, what: string, actual: unknown, expected: unknown): void {
  if (isSame(actual, expected)) return
  finding.differences.push(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`)
}

function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number') return isClose(one, other)
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') return one === other
  const ones = Object.entries(one)
  const others = new Map(Object.entries(other))
  return ones.length === others.size && ones.every(([key, value]) => others.has(key) && isSame(value, others.get(key)))
}

function isClose(one: number, other: number): boolean {
  return one === other || Math.abs(one - other) <= 1e-9 * Math.max(Math.abs(one), Math.abs(other))
}
