/**
 * Everything a value depends on, apart from the time at which it was measured. An earlier value with a different basis is
 * still used for comparison, and a reason says so.
 */
export interface Basis {
  /** `sha256:` followed by the hexadecimal digest of the indicator's definition and `parts`. */
  readonly digest: string
  /** Every setting other than the query that differs from its default, by name: `options.reduce` is `avg`. */
  readonly parts: Readonly<Record<string, string>>
  /** Length of the window, in milliseconds. */
  readonly windowMs: number
}

/** How a part of a basis changed; null if it is not set. */
export interface BasisChange {
  readonly part: string
  readonly from: string | null
  readonly to: string | null
}

/** Something with a definition and a basis; values that were pushed, or recorded by older versions, have no basis. */
interface Based {
  readonly definition: string | null
  readonly basis?: Basis
}

/** Window lengths count as different if they differ by more than this share of the current one. */
const lengthTolerance = 0.1

/** What changed from `earlier` to `now`. Unless both have a basis, only the definitions can be compared. */
export function basisChanges(earlier: Based, now: Based): readonly BasisChange[] {
  if (earlier.basis !== undefined && earlier.basis.digest === now.basis?.digest) return []
  const query =
    earlier.definition === now.definition ? [] : [{ part: 'query', from: earlier.definition, to: now.definition }]
  if (earlier.basis === undefined || now.basis === undefined) return query
  const [before, after] = [earlier.basis.parts, now.basis.parts]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
  const parts = names.map((part) => ({ part, from: before[part] ?? null, to: after[part] ?? null }))
  return [...query, ...parts.filter(({ from, to }) => from !== to)]
}

/** Whether the lengths of two windows differ so much that comparing their values needs a reason. */
export function isOtherLength(earlier: Based, now: Based): boolean {
  if (earlier.basis === undefined || now.basis === undefined) return false
  const { windowMs } = now.basis
  return Math.abs(earlier.basis.windowMs - windowMs) > lengthTolerance * windowMs
}

/** A change as text: `options.reduce: avg → max`. For queries and digests, only the name is shown. */
export function changeText({ part, from, to }: BasisChange): string {
  if (part === 'query' || [from, to].some((value) => value?.startsWith('sha256:'))) return part
  return `${part}: ${from ?? 'not set'} → ${to ?? 'not set'}`
}
