import { fieldsOf, insteadOf, scalarOf, textOf, type Note, type Notes } from './fields.ts'
import { sloMappings } from './known-keys.ts'
import { numberOfScalar } from './scalar.ts'
import { isNull, type YamlValue } from './yaml-tree.ts'

export const aggregates = ['avg', 'p50', 'p90', 'p95'] as const
export type Aggregate = (typeof aggregates)[number]

const includedResults = ['all', 'pass', 'pass_or_warn'] as const

/** Which earlier evaluations an SLO compares with, and how. */
export interface Comparison {
  /** 1 to 100 evaluations, each holding a value of the indicator. */
  readonly resultsMax: number
  /** Which overall results an earlier evaluation may have had. */
  readonly include: (typeof includedResults)[number]
  /** How several earlier values become one number. */
  readonly aggregate: Aggregate
}

/** The comparison of a file without `comparison`. */
const absent: Comparison = { resultsMax: 1, include: 'all', aggregate: 'avg' }

/** Keptn's number for a `comparison` without one. */
const resultsDefault = 3
/** The largest number that Keptn's event store accepts. */
const resultsLimit = 100

/** Reads `comparison` and adds its mistakes to `notes`. */
export function comparisonOf(value: YamlValue | undefined, notes: Notes): Comparison {
  if (value === undefined || isNull(value)) return absent
  const fields = fieldsOf(value, sloMappings.comparison, notes)
  const number = resultsNumberOf(fields.get('number_of_comparison_results'), notes)
  return {
    resultsMax: resultsMaxOf(value, fields.get('compare_with'), number, notes),
    include: wordOf(fields.get('include_result_with_score'), 'include_result_with_score', includedResults, notes, true),
    aggregate: wordOf(fields.get('aggregate_function'), 'aggregate_function', aggregates, notes, false),
  }
}

/** `single_result` is 1, `several_results` the given number. Without `compare_with` it is always 3, as in Keptn. */
function resultsMaxOf(
  comparison: YamlValue,
  field: YamlValue | undefined,
  number: { readonly count: number; readonly at: number },
  notes: Notes,
): number {
  const word = textOf(field, 'compare_with', notes)
  if (word === 'single_result') return 1
  if (word === 'several_results') {
    if (number.count >= 1 && number.count <= resultsLimit) return number.count
    const message = `number_of_comparison_results must be 1 to ${resultsLimit}, not ${number.count}`
    notes.issues.push({ code: 'comparison_number_invalid', message, at: number.at })
    return resultsDefault
  }
  if (word === '') {
    const message = `compare_with is missing, so ${resultsDefault} earlier results are compared regardless of number_of_comparison_results, as in Keptn; write single_result or several_results`
    notes.findings.push({ code: 'compare_with_missing', message, at: comparison.at })
    return resultsDefault
  }
  notes.issues.push(unknownWord(field ?? comparison, 'compare_with', word, ['single_result', 'several_results']))
  return resultsDefault
}

/** If it is absent or 0, Keptn's 3. */
function resultsNumberOf(field: YamlValue | undefined, notes: Notes): { readonly count: number; readonly at: number } {
  if (field === undefined) return { count: resultsDefault, at: 0 }
  const scalar = scalarOf(field, 'number_of_comparison_results', 'a whole number', notes)
  if (scalar === undefined) return { count: resultsDefault, at: field.at }
  const count = numberOfScalar(scalar)
  if (count !== undefined && Number.isInteger(count))
    return { count: count === 0 ? resultsDefault : count, at: field.at }
  const message = `number_of_comparison_results must be a whole number without quotes, not ${JSON.stringify(scalar.text)}`
  notes.issues.push({ code: 'comparison_number_invalid', message, at: field.at })
  return { count: resultsDefault, at: field.at }
}

/** One of a closed list of words; the first one if the field is absent. */
function wordOf<Word extends string>(
  field: YamlValue | undefined,
  key: string,
  words: readonly [Word, ...Word[]],
  notes: Notes,
  ignoresCase: boolean,
): Word {
  const written = textOf(field, key, notes)
  if (field === undefined || written === '') return words[0]
  const word = words.find((candidate) => candidate === (ignoresCase ? written.toLowerCase() : written))
  if (word === undefined) notes.issues.push(unknownWord(field, key, written, words))
  return word ?? words[0]
}

function unknownWord(field: YamlValue, key: string, written: string, words: readonly string[]): Note {
  const message = `${key} must be ${words.join(' or ')}, not ${JSON.stringify(written)}`
  return { code: 'unknown_word', message, at: field.at, ...insteadOf(written, words) }
}
