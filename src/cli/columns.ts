/** Two columns each; of all that people write this is what Unicode's EastAsianWidth says, which no property here tells. */
const wide =
  /^[[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u3000-\u303E\u3099-\u309C\u30FB\u30FC\u3190-\u33FF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]--[\uFF61-\uFFDC\u{1F1E6}-\u{1F1FF}]]$/v
/** No column: what is put upon or joined to the letter before it, and Hangul's parts of a syllable that stand behind the first. */
const joined =
  /^[\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Default_Ignorable_Code_Point}\p{Format}\u1160-\u11FF\uD7B0-\uD7FF]$/u
/** One picture, however many code points it is made of. */
const picture = /^\p{RGI_Emoji}$/v
/** Narrower than this a column of sentences is hard to read. */
const leastRoom = 24
const control = /[\p{Control}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu

/** What others wrote, in one line that commands no terminal. */
export function printable(text: string): string {
  return text.replaceAll(control, '�')
}

const segmenter = new Intl.Segmenter('und')

/** What a reader takes for characters: a letter with its accents is one. */
function charactersOf(text: string): readonly string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  return charactersOf(text).reduce((sum, character) => sum + columnsOf(character), 0)
}

function columnsOf(character: string): number {
  if (picture.test(character)) return 2
  return Array.from(character).reduce((sum, point) => sum + (joined.test(point) ? 0 : wide.test(point) ? 2 : 1), 0)
}

export function padRight(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

export function padLeft(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text
}

/** Without its middle: many names begin alike, and many end alike. */
export function withoutMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  const head = Math.ceil((width - 1) / 2)
  const reversed = fitting(charactersOf(text).toReversed(), width - 1 - head)
  return `${fitting(charactersOf(text), head).join('')}…${reversed.toReversed().join('')}`
}

/** The first of them, as many as have room. */
function fitting(characters: readonly string[], width: number): readonly string[] {
  let used = 0
  const end = characters.findIndex((character) => (used += columnsOf(character)) > width)
  return end === -1 ? characters : characters.slice(0, end)
}

/** Whole words, as many as fit, with a mark that there are more. */
export function withoutEnd(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  const words = text.split(' ')
  while (words.length > 1 && widthOf(words.join(' ')) > width - 2) words.pop()
  const kept = words.join(' ')
  return widthOf(kept) <= width - 2 ? `${kept} …` : `${fitting(charactersOf(text), width - 1).join('')}…`
}

/**
 * Lines of words, no longer than `columns` where words allow it; what continues a line is indented by `hang` more than the
 * line itself.
 */
export function wrapped(text: string, columns: number, hang = 2): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const indent = /^ */.exec(line)?.[0] ?? ''
      const lines: string[] = []
      let current = indent
      for (const word of line.slice(indent.length).split(' ')) {
        const next = current.trim() === '' ? `${current}${word}` : `${current} ${word}`
        if (widthOf(next) > columns && current.trim() !== '') {
          lines.push(current)
          current = `${indent}${' '.repeat(hang)}${word}`
        } else current = next
      }
      return [...lines, current.trimEnd()]
    })
}

/** `label` in a column of its own, and beside it what it is about; below each other where there is no room. */
export function described(label: string, text: string, labelWidth: number, columns: number): readonly string[] {
  const room = columns - labelWidth - 4
  if (room < leastRoom) return [`  ${label}`, ...wrapped(`      ${text}`, columns, 0)]
  const lines = wrapped(text, room, 0)
  return lines.map((line, place) => `  ${padRight(place === 0 ? label : '', labelWidth)}  ${line}`)
}
