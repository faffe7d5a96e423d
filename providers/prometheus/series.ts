import { z } from 'zod'
import { missing, shortened, type Answer, type MissingAnswer } from '../answer.ts'
import type { PrometheusOptions } from './options.ts'
import { reduced, valuesNeeded, type TimeReducer } from '../reduce.ts'
import { coverageOf, numbersIn, tooFewValues, withCoverage } from './coverage.ts'
import { numberOf, Sample, Samples } from './sample.ts'

const labels = { metric: z.record(z.string(), z.string()) }

/** One series: a value at one time, values over time, or native histograms instead of either. */
const Series = z.union([
  z.object({ ...labels, value: Sample }),
  z.object({ ...labels, values: Samples, histograms: z.unknown().optional() }),
  z.object({ ...labels, histogram: z.unknown() }).refine(({ histogram }) => histogram !== undefined),
  z.object({ ...labels, histograms: z.unknown() }).refine(({ histograms }) => histograms !== undefined),
])
type Series = z.infer<typeof Series>

const shownMax = 120

/** Keptn's own wording. */
const nothing = 'query did not return any values'

/** The answer for a result with at least one series; undefined if it is not in the format of the Prometheus API. */
export function answerOfSeries(
  result: readonly unknown[],
  options: PrometheusOptions,
  warnings: readonly string[],
  expected?: number,
): Answer | undefined {
  const isSingle = options.series === 'single'
  const parsed = z.array(Series).safeParse(isSingle ? result.slice(0, 2) : result)
  if (!parsed.success) return undefined
  const [first, second] = parsed.data
  if (first !== undefined && second !== undefined && isSingle) {
    const names = `first ${nameOf(first)}, ${nameOf(second)}`
    const message = `query did return multiple values: ${result.length} series, ${names}; wrap it in sum() or avg(), or select one`
    return missing('ambiguous', message, warnings)
  }
  if (parsed.data.some((series) => isHistogram(series))) {
    const fix = 'wrap it in histogram_quantile() or histogram_avg()'
    return missing('bad_query', `the query returns a native histogram, not a number: ${fix}`, warnings)
  }
  const reducer = options.reduce ?? 'last'
  const long = parsed.data.filter((series) => !isTooShort(series, reducer))
  const short = parsed.data.length - long.length
  if (long.length === 0) return tooFewValues(reducer, valuesNeeded(reducer), warnings)
  const leftOut =
    short === 0 ? [] : [`${short} of ${result.length} series left out: ${reducer} needs more than one value`]
  const answer = answerOfTexts(
    long.map((series) => textOf(series, reducer)),
    options,
    [...warnings, ...leftOut],
  )
  if (expected === undefined) return answer
  const samples = parsed.data.map((series) => ('values' in series ? series.values : []))
  return withCoverage(answer, coverageOf(samples, options, expected), options)
}

/** Whether it has numbers, but fewer than the statistic needs. */
function isTooShort(series: Series, reducer: TimeReducer): boolean {
  const needed = valuesNeeded(reducer)
  if (needed < 2 || !('values' in series)) return false
  const count = numbersIn(series.values).length
  return count > 0 && count < needed
}

/** Combines one number for each series into one for all. */
function answerOfTexts(texts: readonly string[], options: PrometheusOptions, warnings: readonly string[]): Answer {
  const strange = texts.find((text) => numberOf(text) === undefined)
  if (strange !== undefined) return invalid(JSON.stringify(shortened(strange, shownMax)), warnings)
  const [only] = texts
  if (options.series === 'single' || only === undefined) return answerOfText(only ?? '', options, warnings)
  const numbers = texts.map((text) => numberOf(text) ?? Number.NaN)
  return answerOfText(shownNumber(reduced(numbers, options.series)), options, warnings)
}

export function answerOfScalar([, text]: Sample, options: PrometheusOptions, warnings: readonly string[]): Answer {
  return answerOfText(text, options, warnings)
}

/** Whether there are no series, as opposed to series without a value. */
export function isNothing(answer: Answer): answer is MissingAnswer {
  return answer.outcome === 'no_data' && answer.message.startsWith(nothing)
}

export function nothingFound(options: PrometheusOptions, warnings: readonly string[], expected?: number): Answer {
  const { onEmpty, mode } = options
  const where = mode === 'range' ? 'in the window' : 'at the end of the window'
  if (onEmpty === 'error') return missing('no_data', `${nothing}: no series ${where}`, warnings)
  const coverage = expected === undefined ? {} : { coverage: coverageOf([], options, expected) }
  return { ...instead(onEmpty, `no series ${where}: counted as ${onEmpty} (onEmpty)`, warnings), ...coverage }
}

function answerOfText(text: string, { onNaN }: PrometheusOptions, warnings: readonly string[]): Answer {
  const value = numberOf(text)
  if (value === undefined) return invalid(JSON.stringify(shortened(text, shownMax)), warnings)
  if (Number.isFinite(value)) return { outcome: 'measured', value, warnings }
  if (!Number.isNaN(value)) return invalid(`${text} (division by zero?)`, warnings)
  if (onNaN !== 'error') return instead(onNaN, `NaN: counted as ${onNaN} (onNaN)`, warnings)
  return invalid('NaN (zero divided by zero, without traffic? if that means zero, set onNaN: 0)', warnings)
}

/** A value chosen by the indicator's author, with a warning for the reader. */
function instead(value: number, note: string, warnings: readonly string[]) {
  return { outcome: 'measured' as const, value, warnings: [...warnings, note] }
}

function invalid(what: string, warnings: readonly string[]): Answer {
  return missing('invalid_value', `query did not return valid values: ${what}`, warnings)
}

function isHistogram(series: Series): boolean {
  return !('value' in series) && !('values' in series && series.histograms === undefined)
}

/** One series as the text of one number; values over time are combined without NaN, where there was nothing to divide. */
function textOf(series: Series, reducer: TimeReducer): string {
  if ('value' in series) return series.value[1]
  if (!('values' in series)) return ''
  const strange = series.values.find(([, text]) => numberOf(text) === undefined)
  if (strange !== undefined) return strange[1]
  const numbers = numbersIn(series.values)
  return numbers.length === 0 ? 'NaN' : shownNumber(reduced(numbers, reducer))
}

/** In Prometheus' format, with every digit. */
function shownNumber(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}

function nameOf(series: Series): string {
  const { __name__: name = '', ...others } = series.metric
  const pairs = Object.entries(others).map(([label, value]) => `${label}=${JSON.stringify(value)}`)
  return shortened(`${name}{${pairs.join(', ')}}`, shownMax)
}
