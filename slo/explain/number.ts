/** Enough digits for a reader, unless two numbers would then look the same. */
const digitsMin = 4
const digitsMax = 17

/**
 * The numbers as short texts, of which two are the same only if the numbers are equal: 66.666… is 66.67, but beside 66.67 it
 * is 66.66666666666667. The integer part is never rounded.
 */
export function shownApart(...numbers: readonly number[]): readonly string[] {
  const distinct = [...new Set(numbers)]
  const texts = new Map(distinct.map((number) => [number, textApart(number, distinct)]))
  return numbers.map((number) => texts.get(number) ?? String(number))
}

/** The first number, as a short text that differs from those of the others. */
export function shown(number: number, ...others: readonly number[]): string {
  return textApart(number, others)
}

function textApart(number: number, others: readonly number[]): string {
  return shortestWhere(number, (text, digits) =>
    others.every((other) => other === number || rounded(other, digits) !== text),
  )
}

/** The shortest text of a number that satisfies `willDo`, or the number in full. */
export function shortestWhere(number: number, willDo: (text: string, digits: number) => boolean): string {
  for (let digits = digitsMin; digits < digitsMax; digits += 1) {
    const text = rounded(number, digits)
    if (willDo(text, digits)) return text
  }
  return String(number)
}

/** Rounded to `digits` significant digits, without rounding the integer part. */
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

/** Doubles of the same sign are ordered like the integers with the same bits. */
function neighbour(number: number, step: bigint): number {
  double[0] = number
  bits[0] = (bits[0] ?? 0n) + step
  const [next = 0] = double
  return next === 0 ? 0 : next
}
