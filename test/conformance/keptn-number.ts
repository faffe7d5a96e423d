/** Go's ParseFloat, as far as files write it: decimals, hexadecimal floats, underscores, `inf`, `nan`. Undefined: an error. */
function goFloat(text: string): number | undefined {
  const [, sign = '', unsigned = ''] = /^([-+]?)([^]*)$/.exec(text) ?? []
  const magnitude = goMagnitude(unsigned)
  if (magnitude === undefined) return undefined
  return sign === '-' ? -magnitude : magnitude
}

/** Whether Pharos reads it too (Q27, Q55: decimals only). */
export function isDecimal(text: string): boolean {
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)
}

function goMagnitude(text: string): number | undefined {
  if (/^inf(inity)?$/i.test(text)) return Infinity
  if (/^nan$/i.test(text)) return Number.NaN
  if (text.includes('_') && !/^(0[xX])?_?[^_]/.test(text)) return undefined
  if (/__|_$|_[.eEpP]|[.eEpP+-]_/.test(text) || text.startsWith('_')) return undefined
  const plain = text.replaceAll('_', '')
  const number = isDecimal(plain) && !/^[-+]/.test(plain) ? Number(plain) : hexadecimalFloat(plain)
  return number === undefined || !Number.isFinite(number) ? undefined : number
}

function hexadecimalFloat(text: string): number | undefined {
  const [, whole = '', fraction = '', exponent] =
    /^0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([-+]?\d+)$/.exec(text) ?? []
  if (exponent === undefined || whole + fraction === '') return undefined
  return Number.parseInt(whole + fraction, 16) * 2 ** (Number(exponent) - 4 * fraction.length)
}

/** A criterion as Keptn 1.4.5 reads it; undefined where it is an error. */
export interface KeptnCriterion {
  readonly operator: '<' | '<=' | '=' | '>=' | '>'
  readonly number: number
  readonly sign: '' | '+' | '-'
  readonly isPercent: boolean
  /** What follows operator, sign and without `%`, spaces removed. */
  readonly digits: string
}

export function keptnCriterion(text: string): KeptnCriterion | undefined {
  const compact = text.replaceAll(' ', '')
  const operator = (['<=', '>=', '<', '=', '>'] as const).find((candidate) => compact.startsWith(candidate))
  if (operator === undefined) return undefined
  const payload = compact.slice(operator.length)
  const isPercent = payload.endsWith('%')
  const signed = isPercent ? payload.slice(0, -1) : payload
  const sign = signed.startsWith('-') ? '-' : signed.startsWith('+') ? '+' : ''
  const digits = signed.slice(sign.length)
  const number = goFloat(digits)
  return number === undefined ? undefined : { operator, number, sign, isPercent, digits }
}

/** Why Pharos refuses a criterion; undefined when it does not. */
export function criterionDeviation(text: string): 'unreadable' | 'not_decimal' | 'spaced_digits' | undefined {
  const criterion = keptnCriterion(text)
  if (criterion === undefined) return 'unreadable'
  if (!isDecimal(criterion.digits)) return 'not_decimal'
  return /[0-9.] +[0-9.]/.test(text) ? 'spaced_digits' : undefined
}

/** `total_score.pass` or `.warning` as Keptn reads it. */
export function keptnThreshold(text: string): number | undefined {
  return goFloat(text.endsWith('%') ? text.slice(0, -1) : text)
}
