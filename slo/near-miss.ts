/** How many letters longer than the intended word a written word may be (`pass_or_warning`). */
const surplusMax = 4

/** The word of `known` that was most likely meant by `written`; undefined if none is similar. */
export function nearestWord(written: string, known: readonly string[]): string | undefined {
  const plain = plainWord(written)
  const plains = plainWords(known)
  const near = known.filter((_, place) => isNear(plain, plains[place] ?? ''))
  const [nearest] = near.toSorted((one, other) => lengthGap(plain, one) - lengthGap(plain, other))
  return nearest
}

/** The same, but only for differences in case, separators and one or two typos, not for words cut short or lengthened. */
export function slippedWord(written: string, known: readonly string[]): string | undefined {
  const plain = plainWord(written)
  const plains = plainWords(known)
  return (
    known.find((_, place) => plains[place] === plain) ?? known.find((_, place) => isSlip(plain, plains[place] ?? ''))
  )
}

function lengthGap(plain: string, word: string): number {
  return Math.abs(plainWord(word).length - plain.length)
}

/** Cached by the list itself: a file may have tens of thousands of words to look up in one list. */
const plainLists = new WeakMap<readonly string[], readonly string[]>()

function plainWords(known: readonly string[]): readonly string[] {
  const plains = plainLists.get(known) ?? known.map(plainWord)
  plainLists.set(known, plains)
  return plains
}

function plainWord(word: string): string {
  return word.toLowerCase().replaceAll(/[\s_-]/g, '')
}

/** Whether they are the same, or one is cut short or lengthened, or one or two typos apart. */
function isNear(written: string, word: string): boolean {
  if (written === word) return true
  if (written.length >= 3 && word.startsWith(written)) return true
  if (word.length >= 4 && written.startsWith(word) && written.length - word.length <= surplusMax) return true
  return isSlip(written, word)
}

/** One typo is allowed from four letters on, two from six. */
function isSlip(written: string, word: string): boolean {
  const slipsMax = written.length >= 6 ? 2 : written.length >= 4 ? 1 : 0
  return Math.abs(written.length - word.length) <= slipsMax && editDistance(written, word) <= slipsMax
}

/** Letters to insert, delete or replace (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let line = 0; line < one.length; line++) {
    const next = [line + 1]
    for (let column = 0; column < other.length; column++) {
      const replaced = (row[column] ?? 0) + (one[line] === other[column] ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
