import type { PlaceholderContext } from '../provider.ts'

type Place =
  | { readonly kind: 'outside' }
  | { readonly kind: 'quoted'; readonly quote: '"' | "'" | '`'; readonly isRegex: boolean }
  | { readonly kind: 'escaped' }

/** One token that cannot change the expression around it: a name, an unsigned number or a duration. Names have no signs, dots or dashes. */
const plainWord = /^(?:[A-Za-z_:][A-Za-z0-9_:]*|\d+(?:\.\d+)?|(?:\d+(?:ms|[smhdwy]))+)$/

/**
 * `value` as it can be inserted at that place in a PromQL query, so that it stays inside its quotes and keeps its meaning, even
 * in the regular expressions of `=~` and `!~`. Undefined if nothing makes it safe: more than one plain word outside quotes or
 * in comments, a backtick inside backticks, or a place right after a backslash.
 */
export function escapePromql(value: string, context: PlaceholderContext): string | undefined {
  const place = placeAfter(context.before)
  if (place.kind === 'escaped') return undefined
  if (place.kind === 'outside') return isPlainWord(value, context.before) ? value : undefined
  const text = place.isRegex ? value.replace(/[.+*?()|[\]{}^$\\]/g, '\\$&') : value
  if (place.quote === '`') return text.includes('`') ? undefined : text
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(place.quote, `\\${place.quote}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
}

/** A colon inside a longer word could turn `[5$LABEL.x]` into the subquery `[5m:1m]`. */
function isPlainWord(value: string, before: string): boolean {
  return plainWord.test(value) && !(value.includes(':') && /[\w:]$/.test(before))
}

/** The place at the end of `text`. There are no escapes in backticks and no quotes in comments. */
function placeAfter(text: string): Place {
  let place: Place = { kind: 'outside' }
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (place.kind === 'outside' && char === '#') {
      const lineEnd = text.indexOf('\n', at)
      if (lineEnd === -1) return place
      at = lineEnd
    } else if (char === '\\' && !(place.kind === 'quoted' && place.quote === '`')) {
      at += 1
      if (at === text.length) return { kind: 'escaped' }
    } else if (place.kind === 'outside' && (char === '"' || char === "'" || char === '`')) {
      place = { kind: 'quoted', quote: char, isRegex: /[=!]~\s*$/.test(text.slice(0, at)) }
    } else if (place.kind === 'quoted' && char === place.quote) {
      place = { kind: 'outside' }
    }
  }
  return place
}
