import type { PlaceholderContext } from '../provider.ts'
import type { Language } from './config.ts'
import { escapeDql } from './grail/escape.ts'
import { encoded } from './pairs.ts'
import { languageOf } from './query.ts'

const controlCharacter = /\p{Cc}/u

/** A name, a number, a duration. */
const plainWord = /^[\w.]+$/

/** Also safe in an entity selector without quotes: no comma, parenthesis, equals sign or question mark. */
const selectorText = /^[\w.:\- ]*$/

/** The same for a string within a string, where the quotes also protect `&` and `%`. */
const nestedText = /^[\w.:\- &%]*$/

/**
 * `value` as it can be inserted at that place in a query, so that it stays inside its quotes and keeps its meaning. Undefined
 * if nothing makes it safe: control characters, or anything but a name outside quotes.
 */
export function escapeDynatrace(
  value: string,
  { before }: PlaceholderContext,
  { language }: { readonly language: Language },
): string | undefined {
  if (controlCharacter.test(value)) return undefined
  if (languageOf(before, language) === 'dql') return escapeDql(value, before)
  return before.startsWith('USQL') ? escapeUsql(value, before) : escapeSelector(value, before)
}

/**
 * In a selector, `~` escapes, and an escaped quote opens a string within the string. Between quotes, `&` and `%` are encoded as
 * an author would write them. The id of an SLO is not a selector, and is never decoded.
 */
function escapeSelector(value: string, before: string): string | undefined {
  const depth = quoteDepth(before)
  if (depth === 'escaped') return undefined
  if (depth === 'outside' || before.startsWith('SLO')) return selectorText.test(value) ? value : undefined
  if (depth === 'nested') return nestedText.test(value) ? encoded(value) : undefined
  // In the form without keys, the first ? ends the selector, even inside quotes.
  if (value.includes('?') && !before.includes('=')) return undefined
  return encoded(value.replace(/[~"]/g, '~$&'))
}

function quoteDepth(before: string): 'outside' | 'quoted' | 'nested' | 'escaped' {
  let isQuoted = false
  let isNested = false
  for (let at = 0; at < before.length; at++) {
    const char = before[at]
    if (char === '"') {
      isQuoted = !isQuoted
      isNested = false
    } else if (char === '~' && isQuoted) {
      at += 1
      if (at === before.length) return 'escaped'
      if (before[at] === '"') isNested = !isNested
    }
  }
  if (!isQuoted) return 'outside'
  return isNested ? 'nested' : 'quoted'
}

/** Before the third semicolon, the dimension is taken literally; in the query, quotes are doubled. */
function escapeUsql(value: string, before: string): string | undefined {
  const [, , dimension, ...query] = before.split(';')
  if (query.length === 0) return dimension === undefined || value.includes(';') ? undefined : value
  const quote = openQuote(query.join(';'))
  if (quote === undefined) return plainWord.test(value) ? value : undefined
  return value.includes('\\') ? undefined : value.replaceAll(quote, quote + quote)
}

function openQuote(text: string): string | undefined {
  let open: string | undefined
  for (const char of text) {
    if (open === undefined && (char === "'" || char === '"')) open = char
    else if (char === open) open = undefined
  }
  return open
}
