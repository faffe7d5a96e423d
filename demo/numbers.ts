/** A number for people: four significant digits, no trailing zeros. Null is a dash. */
export function shownNumber(value: number | null): string {
  if (value === null) return '–'
  return String(Number(value.toPrecision(4)))
}
