import type { Reason } from '../../slo/index.ts'
import type { SettledWindow } from '../command.ts'
import { formatDuration } from '../duration.ts'
import type { Mistake } from '../errors.ts'
import { resolveWindow, type Window } from '../window.ts'

/** What an event says of the time it means; empty texts and null count as absent. */
export interface EventTimes {
  /** The event's own `time`. */
  readonly time: Date | undefined
  readonly evaluation: Partial<Record<'start' | 'end' | 'timeframe', string | null | undefined>>
  readonly test: Partial<Record<'start' | 'end', string | null | undefined>>
}

/** Clocks differ; beyond this the sender's is wrong. */
const aheadMaxMs = 60_000

/**
 * What `evaluation` says, else the test that the event tells of, else the last five minutes. Lengths are counted back from the
 * event's `time`, or from `now` when that is too far ahead. A test must have ended no longer than `testAgeMaxMs` before.
 * Mistakes have pointers into the event.
 */
export function eventWindow(times: EventTimes, testAgeMaxMs: number, now: Date): SettledWindow {
  const { evaluation, test } = times
  const { moment, reasons } = momentOf(times.time, now)
  const hasEvaluation = Boolean(evaluation.start || evaluation.end || evaluation.timeframe)
  if (!hasEvaluation && (test.start || test.end)) {
    const settled = testWindow(test, testAgeMaxMs, moment, now)
    return 'mistakes' in settled ? settled : { ...settled, reasons: [...reasons, ...settled.reasons] }
  }
  const { start, end } = evaluation
  // Keptn adds the timeframe of its shipyard to the two ends that a caller asked for.
  const timeframe = start && end ? undefined : evaluation.timeframe
  const window = resolveWindow(withoutNulls({ start, end, timeframe }), moment)
  return 'mistakes' in window ? { mistakes: pointed(window.mistakes, '/data/evaluation') } : { window, reasons }
}

function momentOf(time: Date | undefined, now: Date): { readonly moment: Date; readonly reasons: readonly Reason[] } {
  if (time === undefined) return { moment: now, reasons: [] }
  const aheadMs = time.getTime() - now.getTime()
  if (aheadMs <= aheadMaxMs) return { moment: time, reasons: [] }
  const message = `The time of the event is ${formatDuration(aheadMs)} ahead of ours, so the time it arrived counts.`
  return { moment: now, reasons: [{ code: 'clock_skew', message, eventTime: time.toISOString(), aheadMs }] }
}

function testWindow(test: EventTimes['test'], testAgeMaxMs: number, moment: Date, now: Date): SettledWindow {
  const asked = resolveWindow(withoutNulls({ ...test, timeframe: undefined }), now)
  if ('mistakes' in asked) return { mistakes: pointed(asked.mistakes, '/data/test') }
  const ageMs = moment.getTime() - asked.end.getTime()
  if (ageMs > testAgeMaxMs) {
    const message = `the test ended ${formatDuration(ageMs)} before the event: at most ${formatDuration(testAgeMaxMs)} was expected`
    return { mistakes: [{ code: 'invalid_window', pointer: '/data/test/end', message }] }
  }
  return clamped({ ...asked, source: 'test' }, now)
}

/** A test that is said to have been over has no measurements of what is to come. */
function clamped(window: Window, now: Date): SettledWindow {
  if (window.end <= now) return { window, reasons: [] }
  const shortened = resolveWindow({ start: window.start.toISOString(), end: now.toISOString() }, now)
  if ('mistakes' in shortened) return { mistakes: pointed(shortened.mistakes, '/data/test') }
  const end = window.end.toISOString()
  const message = `The test is said to end at ${end}, which is yet to come: measured until the event arrived.`
  return { window: { ...shortened, source: 'test' }, reasons: [{ code: 'window_clamped', message, end }] }
}

function pointed(mistakes: readonly Mistake[], place: string): readonly Mistake[] {
  return mistakes.map((mistake) => ({ ...mistake, pointer: (mistake.pointer ?? '').replace('/window', place) }))
}

function withoutNulls(texts: Partial<Record<'start' | 'end' | 'timeframe', string | null | undefined>>) {
  return { start: texts.start ?? undefined, end: texts.end ?? undefined, timeframe: texts.timeframe ?? undefined }
}
