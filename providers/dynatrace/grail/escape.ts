/** Where a DQL text ends. `nested`: in a string within a string, such as in an entity selector. */
type Place = 'outside' | 'text' | 'nested' | 'escaped' | 'raw text' | 'name' | 'unclear'

/** A name, a number, a duration. */
const plainWord = /^[\w.]+$/

/** Also safe in a language that is nested in a string. */
const nestedText = /^[\w.:\- ]*$/

/** The value, which must not contain control characters, as it can be inserted after `before`; undefined if nothing makes it safe there. */
export function escapeDql(value: string, before: string): string | undefined {
  switch (placeAt(before)) {
    case 'text':
      return value.replaceAll(/[\\"]/g, '\\$&')
    case 'nested':
      return nestedText.test(value) ? value : undefined
    case 'raw text':
      return /["\\]/.test(value) ? undefined : value
    case 'name':
      return /[`\\]/.test(value) ? undefined : value
    case 'escaped':
      return undefined
    case 'outside':
    case 'unclear':
      return plainWord.test(value) ? value : undefined
  }
}

/** What can begin outside of strings, names and comments, the longest first. */
const openings: readonly (readonly [opening: string, closing: string, place: Place])[] = [
  ['"""', '"""', 'raw text'],
  ['"', '"', 'text'],
  ['`', '`', 'name'],
  ['//', '\n', 'unclear'],
  ['/*', '*/', 'unclear'],
]

function placeAt(before: string): Place {
  let at = 0
  while (at < before.length) {
    // DQL has no single quotes; nothing is inserted after one.
    if (before[at] === "'") return 'unclear'
    const [opening, closing, place] = openings.find(([begin]) => before.startsWith(begin, at)) ?? []
    if (opening === undefined || closing === undefined || place === undefined) {
      at += 1
      continue
    }
    const start = at + opening.length
    const end = place === 'text' ? endOfText(before, start) : before.indexOf(closing, start)
    if (end < 0) return place === 'text' ? placeInText(before.slice(start)) : place
    at = end + closing.length
  }
  return 'outside'
}

/** The offset of the closing quote, or -1. */
function endOfText(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at
  }
  return -1
}

function placeInText(inside: string): Place {
  const escapes = inside.match(/\\[^]?/g) ?? []
  if (escapes.at(-1) === '\\') return 'escaped'
  return escapes.filter((escape) => escape === '\\"').length % 2 === 0 ? 'text' : 'nested'
}
