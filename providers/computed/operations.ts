/** An operation that a formula may use. */
export interface Operation {
  /** As it is written: `+`, `max`. */
  readonly name: string
  /** How many values it takes. */
  readonly arities: readonly number[]
  /** A string is the reason why there is no result. */
  readonly apply: (values: readonly number[]) => number | string
}

const most = 20
const any = Array.from({ length: most }, (_, place) => place + 1)

function unary(name: string, apply: (value: number) => number | string): Operation {
  return { name, arities: [1], apply: ([value = Number.NaN]) => apply(value) }
}

function binary(name: string, apply: (one: number, other: number) => number | string): Operation {
  return { name, arities: [2], apply: ([one = Number.NaN, other = Number.NaN]) => apply(one, other) }
}

/** 1 if it holds, otherwise 0. Numbers are equal if they are the same double. */
function comparison(name: string, holds: (one: number, other: number) => boolean): Operation {
  return binary(name, (one, other) => Number(holds(one, other)))
}

const logarithm = (value: number): number | string => (value > 0 ? Math.log(value) : `log of ${value} is undefined`)

/** All operations; any other is refused. */
export const operations: readonly Operation[] = [
  binary('+', (one, other) => one + other),
  unary('+', (value) => value),
  binary('-', (one, other) => one - other),
  unary('-', (value) => 0 - value),
  binary('*', (one, other) => one * other),
  binary('/', (one, other) => (other === 0 ? 'it divides by 0' : one / other)),
  binary('^', (one, other) => (one === 0 && other < 0 ? 'it divides by 0' : one ** other)),
  comparison('<', (one, other) => one < other),
  comparison('<=', (one, other) => one <= other),
  comparison('>', (one, other) => one > other),
  comparison('>=', (one, other) => one >= other),
  comparison('==', (one, other) => one === other),
  comparison('!=', (one, other) => one !== other),
  unary('abs', Math.abs),
  { name: 'min', arities: any, apply: (values) => Math.min(...values) },
  { name: 'max', arities: any, apply: (values) => Math.max(...values) },
  unary('sqrt', (value) => (value >= 0 ? Math.sqrt(value) : `sqrt of ${value} is undefined`)),
  unary('log', logarithm),
  // Rounds halves away from zero, as people do.
  unary('round', (value) => Math.sign(value) * Math.round(Math.abs(value))),
  unary('floor', Math.floor),
  unary('ceil', Math.ceil),
]
