const closing: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' }

/** A text, a comment, a placeholder in braces, or one bracket. */
const part = /"(?:[^"\\]|\\(?:[^]|$))*("|$)|'(?:[^'\\]|\\(?:[^]|$))*('|$)|`[^`]*(`|$)|#[^\n]*|\$\{[^{}]*\}|[(){}[\]]/g

/**
 * What no dialect of PromQL reads, in a sentence: a bracket or a text that is never closed, or a bracket that closes nothing.
 * Placeholders may be in the query: their values are escaped, so that they open and close nothing.
 */
export function unbalanced(query: string): string | undefined {
  const open: { readonly bracket: string; readonly at: number }[] = []
  for (const { 0: found, 1: double, 2: single, 3: tick, index } of query.matchAll(part)) {
    const [first = ''] = found
    const at = index + 1
    if (double === '' || single === '' || tick === '')
      return `the text that starts with ${first} at character ${at} is never closed`
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
