/** Digits that say enough to a reader, unless two numbers would then read alike. */
const digitsMin = 4
const digitsMax = 17

/**
 * The numbers as short texts, of which two are alike only where the numbers are equal: 66.666… is 66.67, but beside 66.67
 * it is 66.66666666666667. Whole digits are never rounded away.
 */
export function shownApart(...numbers: readonly number[]): readonly string[] {
  const distinct = [...new Set(numbers)]
  const texts = new Map(distinct.map((number) => [number, textApart(number, distinct)]))
  return numbers.map((number) => texts.get(number) ?? String(number))
}

/** The first of them, apart from the others. */
export function shown(number: number, ...others: readonly number[]): string {
  return textApart(number, others)
}

function textApart(number: number, others: readonly number[]): string {
  return shortestWhere(number, (text, digits) =>
    others.every((other) => other === number || rounded(other, digits) !== text),
  )
}

/** The shortest text of a number that will do, else the number in full. */
export function shortestWhere(number: number, willDo: (text: string, digits: number) => boolean): string {
  for (let digits = digitsMin; digits < digitsMax; digits += 1) {
    const text = rounded(number, digits)
    if (willDo(text, digits)) return text
  }
  return String(number)
}

/** Rounded to so many digits, whole digits in any case. */
export function rounded(number: number, digits: number): string {
  if (Number.isSafeInteger(number)) return String(number)
  const wholeDigits = Math.ceil(Math.log10(Math.abs(number) + 1))
  const precision = Math.min(digitsMax, Math.max(digits, Number.isFinite(wholeDigits) ? wholeDigits : digits))
  return String(Number(number.toPrecision(precision)))
}

/** The nearest larger double. */
export function nextAbove(number: number): number {
  if (number === 0) return Number.MIN_VALUE
  return neighbour(number, number > 0 ? 1n : -1n)
}

/** The nearest smaller double. */
export function nextBelow(number: number): number {
  return 0 - nextAbove(-number)
}

const double = new Float64Array(1)
const bits = new BigInt64Array(double.buffer)

/** Doubles of one sign are ordered as the integers that their bits spell. */
function neighbour(number: number, step: bigint): number {
  double[0] = number
  bits[0] = (bits[0] ?? 0n) + step
  const [next = 0] = double
  return next === 0 ? 0 : next
}
