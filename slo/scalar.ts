import { isNull, type YamlScalar } from './yaml-tree.ts'

/** How Keptn's YAML library (go-yaml v3.0.1) types a scalar without a wish of its reader. */
export type ScalarType = 'null' | 'boolean' | 'integer' | 'float' | 'text'

const booleans = new Map([
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
])

/** YAML 1.1's further words; only where a boolean is expected, and there also in quotes. */
const booleanWords = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
])

const float = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/
const notFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const coreTag = 'tag:yaml.org,2002:'

/** Null when its text cannot be what its tag says (`!!int m`). */
export function typeOf(scalar: YamlScalar): ScalarType | null {
  const tag = scalar.tag?.startsWith(coreTag) ? scalar.tag.slice(coreTag.length) : undefined
  switch (tag) {
    case 'null':
      return isNull(scalar) ? 'null' : null
    case 'bool':
      return booleans.has(scalar.text) ? 'boolean' : null
    case 'int':
      return numberOf(scalar.text) === undefined ? null : 'integer'
    case 'float':
      return numberOf(scalar.text) === undefined && !notFinite.test(scalar.text) ? null : 'float'
    case 'binary':
      return null
    case undefined:
      return scalar.isPlain ? plainType(scalar) : 'text'
    default:
      return 'text'
  }
}

/** The boolean a scalar stands for, or undefined when it is none. */
export function booleanOf(scalar: YamlScalar): boolean | undefined {
  if (typeOf(scalar) === 'boolean') return booleans.get(scalar.text)
  return typeOf(scalar) === 'text' ? booleanWords.get(scalar.text) : undefined
}

/**
 * The number a scalar stands for, or undefined when it is none: decimal, `0x10`, `0b11`, `0o17` and `017` (both octal),
 * with `_` between digits.
 */
export function numberOfScalar(scalar: YamlScalar): number | undefined {
  const type = typeOf(scalar)
  return type === 'integer' || type === 'float' ? numberOf(scalar.text) : undefined
}

function plainType(scalar: YamlScalar): ScalarType {
  if (isNull(scalar)) return 'null'
  if (booleans.has(scalar.text)) return 'boolean'
  const number = numberOf(scalar.text)
  if (number === undefined) return notFinite.test(scalar.text) ? 'float' : 'text'
  return Number.isInteger(number) ? 'integer' : 'float'
}

function numberOf(text: string): number | undefined {
  const digits = text.replaceAll('_', '')
  const [, sign = '', unsigned = ''] = /^([-+]?)(.*)$/.exec(digits) ?? []
  const octal = /^0[oO]?([0-7]+)$/.exec(unsigned)
  const magnitude = /^0[xXbB]/.test(unsigned)
    ? Number(unsigned)
    : octal
      ? Number.parseInt(octal[1] ?? '', 8)
      : float.test(digits)
        ? Number(unsigned)
        : Number.NaN
  if (Number.isNaN(magnitude)) return undefined
  return sign === '-' ? -magnitude : magnitude
}
