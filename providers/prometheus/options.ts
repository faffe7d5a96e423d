import { z } from 'zod'
import { Duration } from '../settings.ts'
import { seriesReducers, timeReducers } from '../reduce.ts'

const orNumber = z.union([z.literal('error'), z.number()], { error: 'must be error or a number' }).default('error')

/** One indicator's entry in `options.yaml`. Without any, it is asked as Keptn asks: one value at the end of the window. */
export const PrometheusOptions = z
  .strictObject({
    /** `range` reads values all over the window, and needs `reduce`. */
    mode: oneOf(['instant', 'range']).default('instant'),
    /** Between two values of a range; at least 15 s and a 240th of the window without it. */
    step: Duration.refine((ms) => ms > 0, 'must be longer than nothing').optional(),
    /** What becomes of the values of one series over time. */
    reduce: oneOf(timeReducers).optional(),
    /** What becomes of several series; `single` refuses them. */
    series: oneOf(['single', ...seriesReducers]).default('single'),
    /** The value when there is no series at all. */
    onEmpty: orNumber,
    /** The value in the place of NaN. */
    onNaN: orNumber,
    /** A value of a part of the data: enough for key objectives too, or for none. Without it, for all but key objectives. */
    partial: oneOf(['warn', 'error']).optional(),
  })
  .refine(({ mode, reduce }) => mode === 'instant' || reduce !== undefined, {
    path: ['reduce'],
    message: 'is missing: mode range needs it',
  })
  .refine(({ mode, reduce, step }) => mode === 'range' || (reduce === undefined && step === undefined), {
    path: ['mode'],
    message: 'must be range: reduce and step are of no use without it',
  })
export type PrometheusOptions = z.infer<typeof PrometheusOptions>

export const defaultOptions: PrometheusOptions = PrometheusOptions.parse({})

const stepMsMin = 15_000
const pointsWanted = 240

/** In milliseconds. */
export function stepOf({ step }: PrometheusOptions, window: { readonly start: Date; readonly end: Date }): number {
  if (step !== undefined) return step
  const seconds = Math.ceil((window.end.getTime() - window.start.getTime()) / 1000 / pointsWanted)
  return Math.max(stepMsMin, seconds * 1000)
}

function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `must be ${words.join(' or ')}` })
}
