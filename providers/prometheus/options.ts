import { z } from 'zod'
import { MinCoverage } from '../min-coverage.ts'
import { Duration } from '../settings.ts'
import { seriesReducers, timeReducers } from '../reduce.ts'

const orNumber = z.union([z.literal('error'), z.number()], { error: 'must be error or a number' }).default('error')

/** One indicator's entry in `options.yaml`. The default is Keptn's behaviour: one value at the end of the window. */
export const PrometheusOptions = z
  .strictObject({
    /** `range` reads values throughout the window, and requires `reduce`. */
    mode: oneOf(['instant', 'range']).default('instant'),
    /** The interval between two values of a range; by default at least 15 s and a 240th of the window. */
    step: Duration.refine((ms) => ms > 0, 'must be longer than 0').optional(),
    /** How the values of one series over time are combined. */
    reduce: oneOf(timeReducers).optional(),
    /** How several series are combined; `single` refuses them. */
    series: oneOf(['single', ...seriesReducers]).default('single'),
    /** The value if there is no series at all. */
    onEmpty: orNumber,
    /** The value to use instead of NaN. */
    onNaN: orNumber,
    /** For a range, the percentage of samples that must be numbers for the value to count for a key objective. */
    minCoverage: MinCoverage,
    /** A value from partial data: `warn` accepts it even for key objectives, `error` never. By default, it is accepted except for key objectives. */
    partial: oneOf(['warn', 'error']).optional(),
  })
  .refine(({ mode, reduce }) => mode === 'instant' || reduce !== undefined, {
    path: ['reduce'],
    message: 'is required for mode range',
  })
  .refine(({ mode, reduce, step, minCoverage }) => mode === 'range' || (reduce ?? step ?? minCoverage) === undefined, {
    path: ['mode'],
    message: 'must be range: reduce, step and minCoverage apply only to ranges',
  })
export type PrometheusOptions = z.infer<typeof PrometheusOptions>

export const defaultOptions: PrometheusOptions = PrometheusOptions.parse({})

const stepMsMin = 15_000
const pointsWanted = 240

/** With fewer steps, a range says little more than an instant. */
const stepsMin = 10

interface Times {
  readonly start: Date
  readonly end: Date
}

/** The step in milliseconds. Short windows have steps of less than 15 s. */
export function stepOf({ step }: Pick<PrometheusOptions, 'step'>, window: Times): number {
  if (step !== undefined) return step
  const lengthMs = lengthOf(window)
  const seconds = Math.ceil(lengthMs / 1000 / pointsWanted)
  return Math.min(Math.max(stepMsMin, seconds * 1000), Math.max(Math.floor(lengthMs / stepsMin), 1))
}

/** The maximum number of samples in a window: one for each step. The sample at its very start covers the time before it. */
export function samplesExpected(options: Pick<PrometheusOptions, 'step'>, window: Times): number {
  return Math.max(Math.floor(lengthOf(window) / stepOf(options, window)), 1)
}

/** Warns about a step that is too long for its window. */
export function stepWarnings({ step }: Pick<PrometheusOptions, 'step'>, window: Times): readonly string[] {
  const lengthMs = lengthOf(window)
  if (step === undefined || step <= lengthMs / stepsMin) return []
  const times = Math.floor(lengthMs / step) + 1
  const read = times === 1 ? 'one sample is read, at its start' : `${times} samples are read`
  return [`the step (${step / 1000} s) is longer than a tenth of the window (${lengthMs / 1000} s): only ${read}`]
}

/** Times and durations in the API's format. */
export function secondsOf(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3)
}

function lengthOf({ start, end }: Times): number {
  return end.getTime() - start.getTime()
}

function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `must be ${words.join(' or ')}` })
}
