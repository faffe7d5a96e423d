/** Longest first, so that `<=` is not read as `<` and a number that begins with `=`. */
export const operators = ['<=', '>=', '<', '=', '>'] as const
export type Operator = (typeof operators)[number]

/** One comparison of a value with a target: `<600` is absolute, `<=+10%` and `<+5` are relative to the baseline. */
export interface Criterion {
  /** As written. */
  readonly text: string
  readonly operator: Operator
  readonly kind: 'absolute' | 'delta' | 'percent'
  /** Finite, with the sign of the direction: -10 for `<=-10%`. */
  readonly amount: number
}

/** A text that is no criterion. */
export interface CriterionError {
  /** `not_a_criterion`: no operator in front. `bad_number`: what follows is no decimal number. */
  readonly error: 'not_a_criterion' | 'bad_number'
  /** A sentence, with the cure where there is a usual one. */
  readonly message: string
}

const decimal = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/

/**
 * The number a decimal text stands for, or undefined when it is none or too large.
 * Narrower than Go's ParseFloat on purpose: no hexadecimal, no underscores, no `inf`, no `nan`.
 */
export function parseDecimal(text: string): number | undefined {
  if (!decimal.test(text)) return undefined
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}

/**
 * Reads `operator [sign] number [%]`; spaces mean nothing, except between digits, where they are an error.
 * A sign or a `%` makes it relative; `10%` is `+10%`; after the sign a second one belongs to the number.
 * Source: keptn 1.4.5, lighthouse-service/event_handler/evaluate_sli_handler.go, parseCriteriaString.
 */
export function parseCriterion(text: string): Criterion | CriterionError {
  const compact = text.replaceAll(' ', '')
  const operator = operators.find((candidate) => compact.startsWith(candidate))
  if (operator === undefined) return notACriterion(text)
  if (/[\d.] +[\d.]/.test(text)) return badNumber(text, 'there is a space inside its number')

  const afterOperator = compact.slice(operator.length)
  const isPercent = afterOperator.endsWith('%')
  const signed = isPercent ? afterOperator.slice(0, -1) : afterOperator
  const sign = signed.startsWith('-') || signed.startsWith('+') ? signed.charAt(0) : ''
  const number = parseDecimal(signed.slice(sign.length))
  if (number === undefined && /["']$/.test(compact))
    return badNumber(text, 'it ends with a quote that was never opened')
  if (number === undefined) return badNumber(text, 'a decimal number was expected after its operator and sign')

  const kind = isPercent ? 'percent' : sign === '' ? 'absolute' : 'delta'
  return { text, operator, kind, amount: sign === '-' ? -number : number }
}

/**
 * The number a value is compared with; undefined for a relative criterion without a baseline. May be infinite.
 * The order of operations is Keptn's: 200 × (100 + 10) ÷ 100 is 220, 200 × 1.1 is 220.00000000000003.
 */
export function targetOf(criterion: Criterion, baseline: number | undefined): number | undefined {
  if (criterion.kind === 'absolute') return criterion.amount
  if (baseline === undefined) return undefined
  if (criterion.kind === 'delta') return baseline + criterion.amount
  return (baseline * (100 + criterion.amount)) / 100
}

/** Whether `value` meets the criterion: always without a target (as in Keptn), never with one that is not finite. */
export function holds(criterion: Criterion, value: number, target: number | undefined): boolean {
  if (target === undefined) return true
  return Number.isFinite(target) && comparisons[criterion.operator](value, target)
}

/** On the unrounded numbers, without tolerance. */
export const comparisons: Readonly<Record<Operator, (value: number, target: number) => boolean>> = {
  '<': (value, target) => value < target,
  '<=': (value, target) => value <= target,
  '=': (value, target) => value === target,
  '>=': (value, target) => value >= target,
  '>': (value, target) => value > target,
}

function notACriterion(text: string): CriterionError {
  const cure =
    text.trim() === ''
      ? 'it is empty: an unquoted > at the start is YAML for a folded text, so write ">5" in quotes'
      : 'it does not begin with <, <=, =, >= or >'
  return { error: 'not_a_criterion', message: `${JSON.stringify(text)} is not a criterion: ${cure}` }
}

function badNumber(text: string, why: string): CriterionError {
  return { error: 'bad_number', message: `${JSON.stringify(text)} is not a criterion: ${why}` }
}
