import { nearestWord } from '../../slo/near-miss.ts'

/** The name of `known` that `written` was most likely meant to be, also where two neighbouring letters changed places. */
export function nearestName(written: string, known: readonly string[]): string | undefined {
  const others = known.filter((name) => name !== written)
  return nearestWord(written, others) ?? others.find((name) => isSwapped(written.toLowerCase(), name.toLowerCase()))
}

/** Too many shorter names differ by a swap only. */
const swappedLengthMin = 3

function isSwapped(one: string, other: string): boolean {
  if (one.length !== other.length || one.length < swappedLengthMin) return false
  return Array.from({ length: one.length - 1 }, (_, at) => swapped(one, at)).includes(other)
}

function swapped(name: string, at: number): string {
  return name.slice(0, at) + name.slice(at + 1, at + 2) + name.slice(at, at + 1) + name.slice(at + 2)
}

/** How many names a sentence has. */
const shownMax = 20

/** Names for a sentence. */
export function shownNames(names: readonly string[]): string {
  const more = names.length - shownMax
  const shown = names.slice(0, shownMax).join(', ')
  return more > 0 ? `${shown} and ${more} more` : shown
}
