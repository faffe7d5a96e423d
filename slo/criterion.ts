/** Longest first, so that `<=` is not read as `<` followed by a number that begins with `=`. */
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

/** Why a text is not a criterion. */
export interface CriterionError {
  /** `not_a_criterion`: it does not begin with an operator. `bad_number`: no decimal number follows. */
  readonly error: 'not_a_criterion' | 'bad_number'
  /** A sentence, with the usual fix if there is one. */
  readonly message: string
}

const decimal = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/

/**
 * The number that a decimal text represents; undefined if it is not a decimal number or is too large.
 * Deliberately narrower than Go's ParseFloat: no hexadecimal, no underscores, no `inf`, no `nan`.
 */
export function parseDecimal(text: string): number | undefined {
  if (!decimal.test(text)) return undefined
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}

/**
 * Reads `operator [sign] number [%]`; spaces are ignored, except between digits, where they are an error.
 * A sign or a `%` makes it relative; `10%` is `+10%`; a second sign belongs to the number.
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
  if (number === undefined && /["']$/.test(compact)) return badNumber(text, 'it ends with an unmatched quote')
  if (number === undefined) return badNumber(text, 'its operator and sign must be followed by a decimal number')

  const kind = isPercent ? 'percent' : sign === '' ? 'absolute' : 'delta'
  return { text, operator, kind, amount: sign === '-' ? -number : number }
}

/**
 * The number that a value is compared with; undefined for a relative criterion without a baseline. May be infinite.
 * The order of operations is Keptn's: 200 × (100 + 10) ÷ 100 is 220, 200 × 1.1 is 220.00000000000003.
 */
export function targetOf(criterion: Criterion, baseline: number | undefined): number | undefined {
  if (criterion.kind === 'absolute') return criterion.amount
  if (baseline === undefined) return undefined
  if (criterion.kind === 'delta') return baseline + criterion.amount
  return (baseline * (100 + criterion.amount)) / 100
}

/** Whether `value` meets the criterion: always if there is no target (as in Keptn), never if the target is not finite. */
export function holds(criterion: Criterion, value: number, target: number | undefined): boolean {
  if (target === undefined) return true
  return Number.isFinite(target) && comparisons[criterion.operator](value, target)
}

/** Compare the unrounded numbers, without tolerance. */
export const comparisons: Readonly<Record<Operator, (value: number, target: number) => boolean>> = {
  '<': (value, target) => value < target,
  '<=': (value, target) => value <= target,
  '=': (value, target) => value === target,
  '>=': (value, target) => value >= target,
  '>': (value, target) => value > target,
}

function notACriterion(text: string): CriterionError {
  const why =
    text.trim() === ''
      ? 'it is empty: an unquoted > at the start begins a folded string in YAML, so write ">5" in quotes'
      : 'it does not begin with <, <=, =, >= or >'
  return { error: 'not_a_criterion', message: `${JSON.stringify(text)} is not a criterion: ${why}` }
}

function badNumber(text: string, why: string): CriterionError {
  return { error: 'bad_number', message: `${JSON.stringify(text)} is not a criterion: ${why}` }
}
