import { isNull, type YamlScalar } from './yaml-tree.ts'

/** The type that Keptn's YAML library (go-yaml v3.0.1) gives a scalar if its reader does not ask for one. */
export type ScalarType = 'null' | 'boolean' | 'integer' | 'float' | 'text'

const booleans = new Map([
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
])

/** More words from YAML 1.1; accepted only where a boolean is expected, and there even in quotes. */
const booleanWords = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
])

const float = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/
const notFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const coreTag = 'tag:yaml.org,2002:'

/** Null if its text does not match its tag (`!!int m`). */
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

/** The boolean that a scalar represents; undefined if it is not a boolean. */
export function booleanOf(scalar: YamlScalar): boolean | undefined {
  if (typeOf(scalar) === 'boolean') return booleans.get(scalar.text)
  return typeOf(scalar) === 'text' ? booleanWords.get(scalar.text) : undefined
}

/**
 * The number that a scalar represents, undefined if it is not a number: decimal, `0x10`, `0b11`, `0o17` and `017` (both octal),
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
