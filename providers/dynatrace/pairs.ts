/** `key=value` pairs by key, or why the text cannot be parsed. */
export type ParsedPairs =
  | { readonly kind: 'pairs'; readonly pairs: ReadonlyMap<string, string> }
  | { readonly kind: 'invalid'; readonly message: string }

/**
 * Pairs joined by `&`, each split at its first `=`; white space around a pair and empty pairs are ignored. In a value, `%26` is
 * `&` and `%25` is `%`, because Keptn had no way to write an `&`; as in Keptn, nothing else is encoded.
 * Source: keptn-contrib/dynatrace-service 3da42c7, internal/sli/v1/common/sli_parser.go.
 */
export function parsePairs(text: string, keys: readonly string[]): ParsedPairs {
  const pairs = new Map<string, string>()
  for (const chunk of text.trim().split('&')) {
    const pair = chunk.trim()
    if (pair === '') continue
    const at = pair.indexOf('=')
    const key = pair.slice(0, at)
    const value = pair.slice(at + 1)
    if (at < 1 || value === '')
      return invalid(`could not parse 'key=value' pair correctly: ${pair}; write & within a value as %26`)
    if (!keys.includes(key)) return invalid(`unknown key: ${key}; use ${keys.join(', ')}`)
    if (pairs.has(key)) return invalid(`duplicate key '${key}'`)
    pairs.set(key, decoded(value))
  }
  return { kind: 'pairs', pairs }
}

/** Encodes a value for use between `&`; `decoded` returns the original. */
export function encoded(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('&', '%26')
}

/** `%26` is `&`, `%25` is `%`; any other `%` is literal, as in Keptn. */
export function decoded(value: string): string {
  return value.replaceAll(/%2[56]/g, (code) => (code === '%26' ? '&' : '%'))
}

function invalid(message: string): ParsedPairs {
  return { kind: 'invalid', message }
}
