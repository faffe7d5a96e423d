import { createHash } from 'node:crypto'

/** So many parsed texts are kept, the least recently used goes first. */
const textsMax = 64
/** A larger text is parsed each time: what it becomes would need too much memory to be kept. */
const charactersMax = 64 * 1024

/**
 * `parse`, with what recent texts became kept by their digest, and that of whatever else it depends on. Only for a pure
 * `parse` whose values nobody changes.
 */
export function remember<Parsed, Rest extends readonly string[] = []>(
  parse: (text: string, ...rest: Rest) => Parsed,
): (text: string, ...rest: Rest) => Parsed {
  const kept = new Map<string, Parsed>()
  return (text, ...rest) => {
    if (text.length > charactersMax) return parse(text, ...rest)
    const digest = createHash('sha256')
      .update(JSON.stringify([text, ...rest]))
      .digest('base64')
    const parsed = kept.get(digest) ?? parse(text, ...rest)
    kept.delete(digest)
    kept.set(digest, parsed)
    const [oldest] = kept.keys()
    if (kept.size > textsMax && oldest !== undefined) kept.delete(oldest)
    return parsed
  }
}
