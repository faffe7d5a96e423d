/** What a value may be replaced by, somewhere in a body. */
const intruders: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53 + 2,
  '',
  ' ',
  'x',
  '\0',
  '\u{d800}',
  'é🚀',
  'x'.repeat(3_000),
  '2026-02-30T00:00:00Z',
  '-5m',
  '1e3',
  [],
  {},
  [[]],
  { extra: 1 },
]

export type Mutation =
  | { readonly kind: 'replace'; readonly place: number; readonly intruder: number }
  | { readonly kind: 'remove'; readonly place: number }
  | { readonly kind: 'add'; readonly place: number; readonly intruder: number }

type Path = readonly string[]

/** A copy of `value` with one change at one of its places; places are counted modulo their number. */
export function mutated(value: unknown, mutation: Mutation): unknown {
  const places = placesOf(value)
  const path = places[mutation.place % places.length] ?? []
  if (mutation.kind === 'replace') return changed(value, path, () => intruders[mutation.intruder % intruders.length])
  if (mutation.kind === 'remove') return removed(value, path)
  const more = intruders[mutation.intruder % intruders.length]
  return changed(value, path, (found) => {
    if (Array.isArray(found)) return [...found, more]
    return isObject(found) ? { ...found, extra: more } : more
  })
}

function placesOf(value: unknown, path: Path = []): Path[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((inner, at) => placesOf(inner, [...path, String(at)]))]
  if (!isObject(value)) return [path]
  return [path, ...Object.entries(value).flatMap(([name, inner]) => placesOf(inner, [...path, name]))]
}

function changed(value: unknown, [step, ...rest]: Path, change: (found: unknown) => unknown): unknown {
  if (step === undefined) return change(value)
  if (Array.isArray(value))
    return value.map((inner, at) => (String(at) === step ? changed(inner, rest, change) : inner))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === step ? changed(inner, rest, change) : inner]),
  )
}

function removed(value: unknown, path: Path): unknown {
  const last = path.at(-1)
  if (last === undefined) return null
  return changed(value, path.slice(0, -1), (found) => {
    if (Array.isArray(found)) return found.filter((_, at) => String(at) !== last)
    return isObject(found) ? Object.fromEntries(Object.entries(found).filter(([name]) => name !== last)) : found
  })
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
