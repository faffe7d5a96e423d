const closing: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' }

/** A string, a comment, a placeholder in braces, or a bracket. */
const part = /"(?:[^"\\]|\\(?:[^]|$))*("|$)|'(?:[^'\\]|\\(?:[^]|$))*('|$)|`[^`]*(`|$)|#[^\n]*|\$\{[^{}]*\}|[(){}[\]]/g

/**
 * Describes a mistake that no dialect of PromQL accepts: a bracket or string that is never closed, or an unmatched closing
 * bracket. The query may contain placeholders: their values are escaped, so they cannot open or close anything.
 */
export function unbalanced(query: string): string | undefined {
  const open: { readonly bracket: string; readonly at: number }[] = []
  for (const { 0: found, 1: double, 2: single, 3: tick, index } of query.matchAll(part)) {
    const [first = ''] = found
    const at = index + 1
    if (double === '' || single === '' || tick === '')
      return `the string that starts with ${first} at character ${at} is never closed`
    if (first in closing && found.length === 1) open.push({ bracket: first, at })
    if (!')}]'.includes(first)) continue
    const last = open.pop()
    if (last === undefined) return `"${first}" at character ${at} has nothing to close`
    if (closing[last.bracket] !== first)
      return `"${first}" at character ${at} closes "${last.bracket}" at character ${last.at}`
  }
  const last = open.at(-1)
  return last && `"${last.bracket}" at character ${last.at} is never closed`
}
