import { createHash } from 'node:crypto'

/** So many parsed texts are kept, the least recently used goes first. */
const textsMax = 64
/** A larger text is parsed each time: what it becomes would need too much memory to be kept. */
const charactersMax = 64 * 1024

/** `parse`, with what recent texts became kept by their digest. Only for a pure `parse` whose values nobody changes. */
export function remember<Parsed>(parse: (text: string) => Parsed): (text: string) => Parsed {
  const kept = new Map<string, Parsed>()
  return (text) => {
    if (text.length > charactersMax) return parse(text)
    const digest = createHash('sha256').update(text).digest('base64')
    const parsed = kept.get(digest) ?? parse(text)
    kept.delete(digest)
    kept.set(digest, parsed)
    const [oldest] = kept.keys()
    if (kept.size > textsMax && oldest !== undefined) kept.delete(oldest)
    return parsed
  }
}
