/** Nobody is kept waiting longer, in seconds. */
export const waitMaxSeconds = 60

/**
 * The `wait` preference of a Prefer header (RFC 7240) in whole seconds, clamped to `waitMaxSeconds`; undefined without one.
 * A preference is a wish: what cannot be read is no preference, not an error.
 */
export function preferredWait(header: string | string[] | undefined): number | undefined {
  const preferences = [header ?? []].flat().join(',').split(',')
  for (const preference of preferences) {
    const found = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;.*)?$/i.exec(preference)
    if (found) return Math.min(Number(found[1]), waitMaxSeconds)
  }
  return undefined
}
