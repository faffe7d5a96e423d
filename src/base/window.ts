import type { UnknownCode } from '../../slo/index.ts'
import { formatDuration, ourDurations, type DurationForm } from './duration.ts'
import type { Mistake } from './errors.ts'
import { quoted } from './mistakes.ts'

/** The stretch of time that is measured: half open, whole milliseconds, `start` < `end`. */
export interface Window {
  readonly start: Date
  readonly end: Date
  readonly source: WindowSource | UnknownCode
}

/**
 * Where the window comes from: two ends or a length from the caller, the default, or the test in an event. `assumed`: a default
 * for pushed values whose real window is unknown.
 */
export const windowSources = ['request', 'timeframe', 'default', 'test', 'assumed'] as const
type WindowSource = (typeof windowSources)[number]

/** As a caller writes it: timestamps, and a duration. Empty texts count as absent. */
export interface WindowRequest {
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly timeframe?: string | undefined
}

const defaultMs = 5 * 60_000
const futureMaxMs = 24 * 3_600_000

const timestamp =
  /^(?<date>\d{4}-\d{2}-\d{2})T(?<time>\d{2}:\d{2}:\d{2})(?:\.(?<fraction>\d+))?(?<zone>Z|[-+]\d{2}(?::?\d{2})?)?$/i

const localTime = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?`
const timeZone = String.raw`(?:[Zz]|[-+](?:[01]\d|2[0-3])(?::?[0-5]\d)?)`

/** Every text that `parseTimestamp` reads, and days that a month does not have. */
export const timestampPattern = `^${localTime}${timeZone}?$`
/** Those of them that say their zone. */
export const zonedTimestampPattern = `^${localTime}${timeZone}$`

/**
 * The instant of `YYYY-MM-DDThh:mm:ss` with an optional fraction and an optional `Z` or offset (`+01:00`, and what `date` and
 * databases write: `+0100`, `+01`); without either it is UTC. `t` and `z` may be lower-case, as RFC 3339 allows. Fractions beyond
 * milliseconds are cut off. Undefined for any other text, for dates that do not exist and for leap seconds.
 */
export function parseTimestamp(text: string): Date | undefined {
  const { date, time, fraction = '', zone = 'Z' } = timestamp.exec(text)?.groups ?? {}
  if (date === undefined || time === undefined) return undefined
  const written = new Date(`${date}T${time}Z`)
  const offset = offsetMs(zone)
  // Date rolls 30 February over to March and takes 24:00:00.
  if (Number.isNaN(written.getTime()) || !written.toISOString().startsWith(`${date}T${time}`)) return undefined
  if (offset === undefined) return undefined
  const instant = new Date(written.getTime() - offset + Number(fraction.slice(0, 3).padEnd(3, '0')))
  // What cannot be written in UTC as it was read: an offset may lead beyond the years that RFC 3339 has.
  return /^\d{4}-/.test(instant.toISOString()) ? instant : undefined
}

/**
 * The window a caller means: two ends, a start with a length, a length counted back from `now`, or the last five minutes
 * when nothing is said. It ends no later than 24 hours from `now`; else every mistake, with pointers below `/window`.
 * How short it may be depends on the project: `lengthMistakes`. `lengths` is how the request may write its timeframe.
 */
export function resolveWindow(
  request: WindowRequest,
  now: Date,
  lengths: DurationForm = ourDurations,
): Window | { readonly mistakes: readonly Mistake[] } {
  const { start, end, timeframe } = request
  const given = [start, end, timeframe].map((text) => text !== undefined && text !== '')
  const mistakes = [...combinationMistakes(given), ...unreadableMistakes(request, lengths)]
  if (mistakes.length > 0) return { mistakes }
  const window = windowOf(request, now, lengths)
  const limit = limitMistakes(window, now)
  return limit.length > 0 ? { mistakes: limit } : window
}

/** The last five minutes. */
export function defaultWindow(now: Date): Window {
  return { start: new Date(now.getTime() - defaultMs), end: now, source: 'default' }
}

/** For values measured at an unknown time: as long as their test ran, if that is known, until `now`. */
export function assumedWindow(now: Date, runMs: number = defaultMs): Window {
  return { start: new Date(now.getTime() - runMs), end: now, source: 'assumed' }
}

/**
 * Whether the database's clock is to be asked if the window has ended. Of two ends that a caller named it is always, since our clock may
 * be ahead; else when the end is yet to come by the very `now` that the window was counted back from, as after an event whose sender's
 * clock is ahead. By any later time ours might have stepped back, and what ends now would be waited for.
 */
export function mayBeToCome({ source, end }: Window, now: Date): boolean {
  return source === 'request' || end > now
}

/** Of a request whose every text can be read and which is one of the four combinations. */
function windowOf({ start = '', end = '', timeframe = '' }: WindowRequest, now: Date, { parse }: DurationForm): Window {
  const length = parse(timeframe)
  const from = parseTimestamp(start)
  const until = parseTimestamp(end)
  if (from !== undefined && until !== undefined) return { start: from, end: until, source: 'request' }
  if (length === undefined) return defaultWindow(now)
  if (from === undefined) return { start: new Date(now.getTime() - length), end: now, source: 'timeframe' }
  return { start: from, end: new Date(from.getTime() + length), source: 'timeframe' }
}

function combinationMistakes([hasStart, hasEnd, hasTimeframe]: readonly boolean[]): readonly Mistake[] {
  const code = 'invalid_window'
  if (hasEnd && hasTimeframe) {
    const message = hasStart
      ? 'start, end and timeframe exclude each other: give start and end, or start and timeframe'
      : 'end and timeframe exclude each other: give start and end, or timeframe alone, which ends now'
    return [{ code, pointer: '/window/timeframe', message }]
  }
  if (hasEnd && !hasStart) return [{ code, pointer: '/window/start', message: 'an end needs a start' }]
  if (hasStart && !hasEnd && !hasTimeframe) {
    return [{ code, pointer: '/window/end', message: 'a start needs an end or a timeframe' }]
  }
  return []
}

function unreadableMistakes(
  { start, end, timeframe }: WindowRequest,
  { parse, examples }: DurationForm,
): readonly Mistake[] {
  const code = 'invalid_window'
  const mistakes: Mistake[] = []
  for (const [key, text] of [
    ['start', start],
    ['end', end],
  ] as const) {
    if (!text || parseTimestamp(text)) continue
    const message = `invalid timestamp ${quoted(text)}: use 2026-03-01T10:00:00Z, or an offset such as +01:00 or +0100 instead of Z`
    mistakes.push({ code, pointer: `/window/${key}`, message })
  }
  if (timeframe && parse(timeframe) === undefined) {
    const message = `invalid duration ${quoted(timeframe)}: use a length such as ${examples}`
    mistakes.push({ code, pointer: '/window/timeframe', message })
  }
  return mistakes
}

/** Of a window that is shorter than `minimumMs`; the pointer is below `/window`. */
export function lengthMistakes(window: Window, minimumMs: number): readonly Mistake[] {
  const lengthMs = lengthOf(window)
  if (lengthMs >= minimumMs) return []
  const message = `the window is ${formatDuration(lengthMs)} long: at least ${formatDuration(minimumMs)} was expected`
  return [{ code: 'invalid_window', pointer: lastPointer(window), message }]
}

/** Of a window that is longer than the service allows; the pointer is below `/window`. */
export function excessMistakes(window: Window, maximumMs: number): readonly Mistake[] {
  const lengthMs = lengthOf(window)
  if (lengthMs <= maximumMs) return []
  const message = `the window is ${formatDuration(lengthMs)} long: at most ${formatDuration(maximumMs)} (limits.window) was expected`
  return [{ code: 'invalid_window', pointer: lastPointer(window), message }]
}

/** In milliseconds. */
export function lengthOf({ start, end }: Window): number {
  return end.getTime() - start.getTime()
}

/** The field that decides where the window ends. */
function lastPointer({ source }: Window): string {
  return source === 'timeframe' ? '/window/timeframe' : '/window/end'
}

function limitMistakes(window: Window, now: Date): readonly Mistake[] {
  const code = 'invalid_window'
  const { end, source } = window
  const lengthMs = lengthOf(window)
  const pointer = lastPointer(window)
  if (source === 'request' && lengthMs <= 0) {
    return [{ code, pointer: '/window/start', message: 'start must be before end' }]
  }
  if (lengthMs <= 0) {
    return [{ code, pointer, message: `the window is ${formatDuration(lengthMs)} long: it must be longer than 0s` }]
  }
  if (end.getTime() - now.getTime() > futureMaxMs) {
    return [{ code, pointer, message: `the window ends more than 24h from now, at ${end.toISOString()}` }]
  }
  return []
}

function offsetMs(zone: string): number | undefined {
  if (zone.toUpperCase() === 'Z') return 0
  const digits = zone.replace(/\D/g, '')
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))]
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
