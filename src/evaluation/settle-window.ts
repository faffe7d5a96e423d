import type { Reason } from '../../slo/index.ts'
import type { WindowOrigin, WindowRules } from '../definitions/project.ts'
import { formatDuration } from '../base/duration.ts'
import type { Mistake } from '../base/errors.ts'
import type { Warning } from '../base/warning.ts'
import { excessMistakes, lengthMistakes, lengthOf, type Window } from '../base/window.ts'

/** The windows that a caller names, as instants; a project's rules decide which of them is taken. */
export interface WindowAsked {
  /** When the request or the event arrived, by our clock. */
  readonly now: Date
  /** What the age of a test counts from: an event's own time, or `now`. */
  readonly moment: Date
  /** Reasons about that moment. */
  readonly reasons: readonly Reason[]
  /** The first one that the project accepts counts. */
  readonly offers: readonly [WindowOffer, ...WindowOffer[]]
}

export interface WindowOffer {
  readonly origin: WindowOrigin
  /** JSON pointer to the part of the request or the event that names it. */
  readonly place: string
  /** The mistakes have pointers into the request or the event. */
  readonly resolved: Window | { readonly mistakes: readonly Mistake[] }
  /** What differs from the request. */
  readonly reasons: readonly Reason[]
}

export type SettledWindow =
  | {
      readonly window: Window
      readonly reasons: readonly Reason[]
      readonly warnings: readonly Warning[]
    }
  | { readonly mistakes: readonly Mistake[] }

/** The service's defaults, in milliseconds. */
export interface WindowDefaults {
  readonly minimumMs: number
  /** A project cannot change it. */
  readonly maximumMs: number
  readonly maxAgeMs: number
}

/** In shorter windows, most scrape intervals leave only a handful of samples. */
const shortMs = 60_000
/** A test that ended longer ago is probably not the one before this evaluation. */
const oldMs = 5 * 60_000

/** Applies a project's rules: the window to evaluate, or why it is refused. */
export function settleWindow(asked: WindowAsked, rules: WindowRules, defaults: WindowDefaults): SettledWindow {
  const { minimum: minimumMs = defaults.minimumMs, from, maxAge: maxAgeMs = defaults.maxAgeMs } = rules
  const offer = asked.offers.find(({ origin }) => from === undefined || from.includes(origin))
  if (offer === undefined) return { mistakes: [notTaken(asked.offers[0], from ?? [])] }
  if ('mistakes' in offer.resolved) return offer.resolved
  const window = lengthened(offer.resolved, minimumMs)
  const ageMs = offer.origin === 'test' ? asked.moment.getTime() - window.end.getTime() : 0
  const lengths = [...lengthMistakes(window, minimumMs), ...excessMistakes(window, defaults.maximumMs)]
  const mistakes = [...pointed(lengths, offer.place), ...ageMistakes(ageMs, maxAgeMs, offer)]
  if (mistakes.length > 0) return { mistakes }
  return {
    window,
    reasons: [...asked.reasons, ...offer.reasons],
    warnings: [...shortWarnings(window), ...oldTestWarnings(window, ageMs)],
  }
}

/** What was resolved from `place` in a request or an event. */
export function offerOf(
  origin: WindowOrigin,
  place: string,
  resolved: Window | { readonly mistakes: readonly Mistake[] },
): WindowOffer {
  const placed = 'mistakes' in resolved ? { mistakes: pointed(resolved.mistakes, place) } : resolved
  return { origin, place, resolved: placed, reasons: [] }
}

/** Mistakes of `resolveWindow` with their pointers moved to `place`. */
function pointed(mistakes: readonly Mistake[], place: string): readonly Mistake[] {
  return mistakes.map((mistake) => ({ ...mistake, pointer: (mistake.pointer ?? '').replace('/window', place) }))
}

/** A default window begins earlier if the project requires a longer one. */
function lengthened(window: Window, minimumMs: number): Window {
  if (isNamed(window) || lengthOf(window) >= minimumMs) return window
  return { ...window, start: new Date(window.end.getTime() - minimumMs) }
}

function notTaken(offer: WindowOffer, from: readonly WindowOrigin[]): Mistake {
  const message = `${whoNames(offer)}, and window.from in project.yaml allows ${from.join(' and ')} here`
  return { code: 'invalid_window', pointer: offer.place, message }
}

function whoNames({ origin, resolved }: WindowOffer): string {
  if (origin === 'test') return 'only the test names a window'
  if ('mistakes' in resolved || isNamed(resolved)) return 'the window comes from the request'
  return 'no test names a window'
}

function isNamed({ source }: Window): boolean {
  return source !== 'default' && source !== 'assumed'
}

function ageMistakes(ageMs: number, maxAgeMs: number, { place }: WindowOffer): readonly Mistake[] {
  if (ageMs <= maxAgeMs) return []
  const message = `the test ended ${formatDuration(ageMs)} before the event: at most ${formatDuration(maxAgeMs)} was expected`
  return [{ code: 'invalid_window', pointer: `${place}/end`, message }]
}

function shortWarnings(window: Window): readonly Warning[] {
  const lengthMs = lengthOf(window)
  if (lengthMs >= shortMs) return []
  const message = `The window is ${formatDuration(lengthMs)} long: in less than a minute a provider has few samples, so rates and percentiles are rough or missing.`
  return [{ code: 'short_window', message, lengthMs }]
}

function oldTestWarnings({ end }: Window, ageMs: number): readonly Warning[] {
  if (ageMs <= oldMs) return []
  const age = formatDuration(Math.round(ageMs / 1000) * 1000)
  const message = `The window is that of a test that ended ${age} before the event: make sure the test is this stage's own, or limit its age with window.maxAge in project.yaml.`
  return [{ code: 'old_test_window', message, ageMs, testEnd: end.toISOString() }]
}
