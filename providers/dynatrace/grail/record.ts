import { missing, shortened, type Answer, type MissingAnswer } from '../../answer.ts'
import { isCovered } from '../../min-coverage.ts'
import { reduced, valuesNeeded } from '../../reduce.ts'
import type { DynatraceOptions } from '../options.ts'
import type { FieldType } from './result.ts'

/** One field of a record. `unknown`: it is null, and its type is not known either. */
interface Field {
  readonly name: string
  readonly kind: 'number' | 'numbers' | 'duration' | 'durations' | 'unknown' | 'other'
  readonly value: unknown
}

/** The order of preference among fields; only one field may have the preferred kind. */
const kinds = ['number', 'numbers', 'duration', 'durations', 'unknown'] as const

/**
 * The one number of a record: its only numeric field, with the points of a timeseries combined by `reduce`. The order of fields
 * does not matter. Durations are nanoseconds.
 */
export function numberOf(
  record: Readonly<Record<string, unknown>>,
  types: Readonly<Record<string, FieldType>>,
  options: DynatraceOptions,
): Answer {
  const fields = Object.entries(record).map(([name, value]) => ({ name, value, kind: kindOf(value, types[name]) }))
  const field = options.field === undefined ? onlyFieldOf(fields) : fieldNamed(options.field, fields)
  if ('outcome' in field) return field
  return Array.isArray(field.value) ? pointsOf(field.name, field.value, options) : scalarOf(field.name, field.value)
}

function kindOf(value: unknown, type: FieldType | undefined): Field['kind'] {
  if (type === undefined || type.type === 'undefined') return kindByLook(value)
  if (type.type === 'array') {
    const elements = (type.types ?? []).flatMap(({ mappings }) =>
      Object.values(mappings).map((element) => element.type),
    )
    if (elements.length === 0) return kindByLook(value)
    if (elements.every((element) => isNumeric(element) || element === 'undefined')) return 'numbers'
    return elements.every((element) => element === 'duration' || element === 'undefined') ? 'durations' : 'other'
  }
  if (isNumeric(type.type)) return 'number'
  return type.type === 'duration' ? 'duration' : 'other'
}

function isNumeric(type: string): boolean {
  return type === 'double' || type === 'long'
}

function kindByLook(value: unknown): Field['kind'] {
  if (value === null) return 'unknown'
  if (Array.isArray(value)) return value.every((point) => point === null || looksNumeric(point)) ? 'numbers' : 'other'
  return looksNumeric(value) ? 'number' : 'other'
}

function looksNumeric(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+$/.test(value))
}

function onlyFieldOf(fields: readonly Field[]): Field | MissingAnswer {
  // The fields timeframe and interval describe a timeseries.
  const isTimeseries = fields.some(({ name }) => name === 'timeframe')
  const candidates = fields.filter(({ name }) => !isTimeseries || (name !== 'timeframe' && name !== 'interval'))
  for (const kind of kinds) {
    const [field, ...more] = candidates.filter((candidate) => candidate.kind === kind)
    if (field === undefined) continue
    if (more.length === 0) return field
    const names = namesOf([field, ...more])
    const fix = 'keep one of them with | fields, or name it in the option field'
    return missing('ambiguous', `the record has ${more.length + 1} numeric fields (${names}): ${fix}`)
  }
  return missing('bad_query', `the record has no numeric field${fields.length === 0 ? '' : `: ${namesOf(fields)}`}`)
}

function fieldNamed(name: string, fields: readonly Field[]): Field | MissingAnswer {
  const field = fields.find((one) => one.name === name)
  if (field === undefined) {
    return missing(
      'bad_query',
      `the record has no field ${JSON.stringify(name)}, as named in the option field, but has: ${namesOf(fields)}`,
    )
  }
  if (field.kind !== 'other') return field
  return missing('bad_query', `the field ${JSON.stringify(name)}, as named in the option field, is not numeric`)
}

function namesOf(fields: readonly Field[]): string {
  return shortened(fields.map(({ name }) => name).join(', '))
}

function pointsOf(name: string, points: readonly unknown[], { reduce, minCoverage }: DynatraceOptions): Answer {
  const values: number[] = []
  const warnings: string[] = []
  for (const point of points) {
    if (point === null) continue
    const answer = scalarOf(name, point)
    if (answer.outcome !== 'measured') return answer
    values.push(answer.value)
    warnings.push(...answer.warnings)
  }
  const [only, ...more] = values
  if (only === undefined)
    return missing('no_data', `no data: all ${points.length} points of ${shortened(name)} are null`)
  if (reduce !== undefined && values.length < valuesNeeded(reduce)) {
    return missing(
      'no_data',
      `${reduce} needs at least ${valuesNeeded(reduce)} values in the window, but there is only one`,
    )
  }
  if (reduce !== undefined) {
    const [found, expected] = [values.length, points.length]
    const coverage = { found, nan: 0, expected, isEnough: isCovered(found, expected, minCoverage) }
    return { outcome: 'measured', value: reduced(values, reduce), coverage, warnings }
  }
  if (more.length === 0) return { outcome: 'measured', value: only, warnings }
  const fix = 'request one number with scalar: true, or combine them with the option reduce'
  return missing('ambiguous', `the timeseries has ${values.length} points: ${fix}`)
}

/** A `long` is sent as a string, so that it keeps all digits. */
function scalarOf(name: string, value: unknown): Answer {
  if (value === null) return missing('no_data', `no data: ${shortened(name)} is null`)
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    return missing('invalid_value', `${shortened(name)} is ${shortened(JSON.stringify(value))}, not a finite number`)
  }
  const isRounded = typeof value === 'string' && !Number.isSafeInteger(number)
  const warnings = isRounded ? [`${value} has too many digits for a number and was rounded to ${number}`] : []
  return { outcome: 'measured', value: number, warnings }
}
