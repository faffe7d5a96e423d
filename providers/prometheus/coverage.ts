import type { Coverage } from '../../slo/index.ts'
import { missing, type Answer } from '../answer.ts'
import { isCovered } from '../min-coverage.ts'
import type { PrometheusOptions } from './options.ts'
import { numberOf, type Sample } from './sample.ts'

/**
 * How much of a window several series cover together: pods come and go while their service stays. `expected` is the number of
 * samples there can be. Samples that `onEmpty` or `onNaN` replace by a number count as present.
 */
export function coverageOf(
  series: readonly (readonly Sample[])[],
  options: PrometheusOptions,
  expected: number,
): Coverage {
  const isNumber = new Map<number, boolean>()
  for (const samples of series) {
    for (const [time, text] of samples) isNumber.set(time, isNumber.get(time) === true || text !== 'NaN')
  }
  const found = Math.min(isNumber.size, expected)
  const ofNan = [...isNumber.values()].filter((is) => !is).length
  // A range has a sample more than it has steps: the only number is not the one that is left out.
  const nan = Math.min(ofNan, ofNan < isNumber.size ? found - 1 : found)
  const meant =
    (options.onNaN === 'error' ? 0 : nan) + (options.onEmpty === 'error' ? 0 : Math.max(expected - found, 0))
  return { found, nan, expected, isEnough: isCovered(found - nan + meant, expected, options.minCoverage) }
}

/** The answer with its coverage. If only `onEmpty` or `onNaN` make that enough, there is a warning. */
export function withCoverage(answer: Answer, coverage: Coverage, options: PrometheusOptions): Answer {
  if (answer.outcome !== 'measured') return answer
  const { found, nan, expected, isEnough } = coverage
  if (!isEnough || isCovered(found - nan, expected, options.minCoverage)) return { ...answer, coverage }
  const note = `${found} of ${expected} samples, ${nan} of them NaN: accepted because onEmpty or onNaN gives the rest a value`
  return { ...answer, coverage, warnings: [...answer.warnings, note] }
}

/** Without NaN, the result of dividing zero by zero. */
export function numbersIn(samples: readonly Sample[]): readonly number[] {
  return samples.flatMap(([, text]) => {
    const value = numberOf(text) ?? Number.NaN
    return Number.isNaN(value) ? [] : value
  })
}

/** If a statistic needs more values than any series has. */
export function tooFewValues(reducer: string, needed: number, warnings: readonly string[]): Answer {
  return missing('no_data', `${reducer} needs at least ${needed} values in the window, but there is only one`, warnings)
}
