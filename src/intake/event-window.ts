import type { Reason } from '../../slo/index.ts'
import { formatDuration, goDurations } from '../base/duration.ts'
import { offerOf, type WindowAsked, type WindowOffer } from '../evaluation/settle-window.ts'
import { resolveWindow, type Window } from '../base/window.ts'

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
 * What `evaluation` says, then the test that the event tells of; the last five minutes when neither says anything. Lengths are
 * counted back from the event's `time`, or from `now` when that is too far ahead. Mistakes have pointers into the event.
 */
export function eventWindow({ time, evaluation, test }: EventTimes, now: Date): WindowAsked {
  const { moment, reasons } = momentOf(time, now)
  const requested = requestOffer(evaluation, moment)
  const tests = test.start || test.end ? [testOffer(test, now)] : []
  const [first = requested, ...rest] = isNamed(evaluation) ? [requested, ...tests] : tests
  return { now, moment, reasons, offers: [first, ...rest] }
}

function isNamed({ start, end, timeframe }: EventTimes['evaluation']): boolean {
  return Boolean(start || end || timeframe)
}

function momentOf(time: Date | undefined, now: Date): { readonly moment: Date; readonly reasons: readonly Reason[] } {
  if (time === undefined) return { moment: now, reasons: [] }
  const aheadMs = time.getTime() - now.getTime()
  if (aheadMs <= aheadMaxMs) return { moment: time, reasons: [] }
  const message = `The time of the event is ${formatDuration(aheadMs)} ahead of ours, so the time it arrived counts.`
  return { moment: now, reasons: [{ code: 'clock_skew', message, eventTime: time.toISOString(), aheadMs }] }
}

function requestOffer({ start, end, timeframe }: EventTimes['evaluation'], moment: Date): WindowOffer {
  // Keptn adds the timeframe of its shipyard to the two ends that a caller asked for.
  const asked = withoutNulls({ start, end, timeframe: start && end ? undefined : timeframe })
  return offerOf('request', '/data/evaluation', resolveWindow(asked, moment, goDurations))
}

function testOffer(test: EventTimes['test'], now: Date): WindowOffer {
  const asked = resolveWindow(withoutNulls({ ...test, timeframe: undefined }), now)
  if ('mistakes' in asked) return offerOf('test', '/data/test', asked)
  return clamped({ ...asked, source: 'test' }, now)
}

/** A test that is said to have been over has no measurements of what is to come. */
function clamped(window: Window, now: Date): WindowOffer {
  if (window.end <= now) return offerOf('test', '/data/test', window)
  const shortened = resolveWindow({ start: window.start.toISOString(), end: now.toISOString() }, now)
  if ('mistakes' in shortened) return offerOf('test', '/data/test', shortened)
  const end = window.end.toISOString()
  const message = `The test is said to end at ${end}, which is yet to come: measured until the event arrived.`
  const offer = offerOf('test', '/data/test', { ...shortened, source: 'test' })
  return { ...offer, reasons: [{ code: 'window_clamped', message, end }] }
}

function withoutNulls(texts: Partial<Record<'start' | 'end' | 'timeframe', string | null | undefined>>) {
  return { start: texts.start ?? undefined, end: texts.end ?? undefined, timeframe: texts.timeframe ?? undefined }
}
