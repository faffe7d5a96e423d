/**
 * What a value depends on beside the moment at which it was measured. An earlier value of another basis is compared all the
 * same, and a reason says so.
 */
export interface Basis {
  /** `sha256:` and the hexadecimal digest of the indicator's definition and of `parts`. */
  readonly digest: string
  /** Everything but the query that is set and not the default, by name: `options.reduce` is `avg`. */
  readonly parts: Readonly<Record<string, string>>
  /** Length of the window, in milliseconds. */
  readonly windowMs: number
}

/** How a part of a basis changed; null where it is not set. */
export interface BasisChange {
  readonly part: string
  readonly from: string | null
  readonly to: string | null
}

/** Something with a definition and, unless it was recorded before there was one or was pushed, a basis. */
interface Based {
  readonly definition: string | null
  readonly basis?: Basis
}

/** Windows whose lengths differ by more than this share of the present one are of another length. */
const lengthTolerance = 0.1

/** What changed from `earlier` to `now`. Without a basis on both sides the definition is all that can be compared. */
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

/** A change for a person: `options.reduce: avg → max`. For queries and digests only the name is shown. */
export function changeText({ part, from, to }: BasisChange): string {
  if (part === 'query' || [from, to].some((value) => value?.startsWith('sha256:'))) return part
  return `${part}: ${from ?? 'not set'} → ${to ?? 'not set'}`
}
