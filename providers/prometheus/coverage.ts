import type { Coverage } from '../../slo/index.ts'
import { missing, type Answer } from '../answer.ts'
import { isCovered } from '../min-coverage.ts'
import type { PrometheusOptions } from './options.ts'
import { numberOf, type Sample } from './sample.ts'

/**
 * How much of a window several series cover together, since pods come and go during the life of a service. `expected` is the
 * maximum number of samples. Samples that `onEmpty` or `onNaN` replace with a number count as present.
 */
export function coverageOf(
  series: readonly (readonly Sample[])[],
  options: PrometheusOptions,
  expected: number,
): Coverage {
  const { times, nanTimes } = countsOf(series)
  const found = Math.min(times, expected)
  // A range has one more sample than steps; the sample left out must not be the only number.
  const nan = Math.min(nanTimes, nanTimes < times ? found - 1 : found)
  const meant =
    (options.onNaN === 'error' ? 0 : nan) + (options.onEmpty === 'error' ? 0 : Math.max(expected - found, 0))
  return { found, nan, expected, isEnough: isCovered(found - nan + meant, expected, options.minCoverage) }
}

/** Counts the times with a sample, and those at which every sample is NaN. A single series may be large, and has each time once. */
function countsOf(series: readonly (readonly Sample[])[]): { readonly times: number; readonly nanTimes: number } {
  const [only, ...others] = series
  if (only !== undefined && others.length === 0)
    return { times: only.length, nanTimes: only.filter(isNaNSample).length }
  const isNumber = new Map<number, boolean>()
  for (const samples of series) {
    for (const sample of samples) isNumber.set(sample[0], isNumber.get(sample[0]) === true || !isNaNSample(sample))
  }
  let nanTimes = 0
  for (const is of isNumber.values()) if (!is) nanTimes += 1
  return { times: isNumber.size, nanTimes }
}

function isNaNSample([, text]: Sample): boolean {
  return text === 'NaN'
}

/** The answer with its coverage, and a warning if the coverage is enough only because of `onEmpty` or `onNaN`. */
export function withCoverage(answer: Answer, coverage: Coverage, options: PrometheusOptions): Answer {
  if (answer.outcome !== 'measured') return answer
  const { found, nan, expected, isEnough } = coverage
  if (!isEnough || isCovered(found - nan, expected, options.minCoverage)) return { ...answer, coverage }
  const note = `${found} of ${expected} samples, ${nan} of them NaN: accepted because onEmpty or onNaN gives the rest a value`
  return { ...answer, coverage, warnings: [...answer.warnings, note] }
}

/** The numbers of samples, without NaN, the result of dividing zero by zero. */
export function numbersIn(samples: readonly Sample[]): readonly number[] {
  return samples.flatMap(([, text]) => {
    const value = numberOf(text) ?? Number.NaN
    return Number.isNaN(value) ? [] : value
  })
}

/** The answer if a statistic needs more values than any series has. */
export function tooFewValues(reducer: string, needed: number, warnings: readonly string[]): Answer {
  return missing('no_data', `${reducer} needs at least ${needed} values in the window, but there is only one`, warnings)
}
