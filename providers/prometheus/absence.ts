import { shortened } from '../answer.ts'
import { selectorsIn, selectorText, type Matcher, type Selector } from './selectors.ts'

/** A named expression that returns one number. */
export interface Fact {
  readonly id: string
  readonly expression: string
}

/** The last value of a fact, and its time in milliseconds. */
export interface Found {
  readonly value: number
  readonly at: number
}

/** Queries for facts. Both return the facts found, by name, or undefined if the query failed. */
export interface Look {
  /** At the end of the window. */
  now(facts: readonly Fact[]): Promise<ReadonlyMap<string, Found> | undefined>
  /** Over the time before it, `beforeMs` long, every `stepMs`. */
  before(facts: readonly Fact[], beforeMs: number, stepMs: number): Promise<ReadonlyMap<string, Found> | undefined>
}

type Looked = ReadonlyMap<string, Found>

const selectorsMax = 6
const matchersMax = 6
const shownMax = 160

const beforeMsMin = 3_600_000
const beforeSteps = 60

/** Functions that need at least two samples. */
const ofTwo =
  /\b(?:rate|irate|increase|delta|idelta|deriv|predict_linear|holt_winters|double_exponential_smoothing)\s*\(/i

/** A comparison outside of braces and strings. With `bool`, a comparison that is not met returns 0 instead of dropping the series. */
const comparison = /(?:[<>]=?|[=!]=)(?!\s*bool\b)/

/** Labels that identify the target of a series. If one of these matches nothing, it is more likely wrong than quiet. */
const ofTarget =
  /^(?:__name__|job|instance|host(?:name)?|node|service(?:[._]?name)?|app(?:lication)?|deployment|container|pod|namespace|cluster|env(?:ironment)?|stage|project|region|version|k8s.*|kubernetes.*|exported_.*)$/i

/**
 * Why a query found nothing, from the series around the window: they never existed, they ended earlier, the range has too few
 * samples, or no such event happened. Only the last one suggests a zero, with which a typo would become a pass. Undefined if no
 * reason is found.
 */
export async function whyNothing(query: string, windowMs: number, look: Look): Promise<string | undefined> {
  const selectors = selectorsIn(query)
  if (selectors === undefined || selectors.length === 0 || selectors.length > selectorsMax) return undefined
  const now = await look.now(selectors.flatMap(presentFacts))
  if (now === undefined) return undefined
  const absent = selectors.filter((_, place) => !now.has(`series${place}`))
  const beforeMs = Math.max(beforeMsMin, 2 * windowMs)
  const before = await lookBefore(absent, beforeMs, look)
  if (before === undefined) return undefined
  const reasons: string[] = []
  for (const [place, selector] of selectors.entries()) {
    const range = fewSamples(selector, now.get(`samples${place}`)?.value ?? 0, query)
    if (now.has(`series${place}`)) {
      if (range !== undefined) reasons.push(range)
      continue
    }
    if (selector.range !== undefined && range === undefined) continue
    const lastSeen = before.get(`series${absent.indexOf(selector)}`)
    const why = lastSeen === undefined ? await neverSeen(selector, beforeMs, look) : ended(selector, lastSeen)
    if (why === undefined) return undefined
    reasons.push(why)
  }
  return reasons.length === 0 ? otherReason(query, selectors) : [...new Set(reasons)].join('; ')
}

function presentFacts(selector: Selector, place: number): readonly Fact[] {
  const series = selectorText(selector)
  const present = { id: `series${place}`, expression: `count(${series})` }
  if (selector.range === undefined) return [present]
  return [present, { id: `samples${place}`, expression: `max(count_over_time(${series}[${selector.range}]))` }]
}

async function lookBefore(absent: readonly Selector[], beforeMs: number, look: Look): Promise<Looked | undefined> {
  if (absent.length === 0) return new Map()
  const facts = absent.map((selector, place) => ({
    id: `series${place}`,
    expression: `count(${selectorText(selector)})`,
  }))
  return look.before(facts, beforeMs, beforeMs / beforeSteps)
}

/** Undefined if the range has enough samples for its function, or if there is no range. */
function fewSamples(selector: Selector, samples: number, query: string): string | undefined {
  if (selector.range === undefined || samples >= (ofTwo.test(query) ? 2 : 1)) return undefined
  const shown = `${shownSelector(selector)}[${selector.range}]`
  const fix = 'use a range of several scrape intervals, or a longer window if the range is the window'
  return `${shown} has too few samples for its range (${samples}): ${fix}`
}

function ended(selector: Selector, { at }: Found): string {
  return `${shownSelector(selector)} ended before the end of the window: last seen at about ${new Date(at).toISOString()}`
}

/** For a selector that found no series: the part of it that does not match. */
async function neverSeen(selector: Selector, beforeMs: number, look: Look): Promise<string | undefined> {
  const { name, matchers } = selector
  const never = `${shownSelector(selector)} never existed in the ${Math.round(beforeMs / 60_000)} min before the end of the window`
  if (name === undefined || matchers.length > matchersMax) return never
  const found = await look.now([{ id: 'metric', expression: `count(${name})` }, ...matcherFacts(selector)])
  if (found === undefined) return undefined
  if (!found.has('metric')) return `${never}: there is no metric ${name}`
  const unfit = matchers.filter((_, place) => !found.has(`only${place}`))
  const quiet = matchers.find(
    (matcher, place) => isQuiet(matcher, place, found) && unfit.every((one) => one === matcher),
  )
  if (quiet !== undefined) return nothingHappened(selector, quiet)
  if (unfit.length === 0) return `${never}: no series of ${name} has all of these labels`
  return `${never}: no series of ${name} has ${shortened(unfit.map((one) => one.text).join(' or '), shownMax)}`
}

/** For each matcher: the series that it alone matches, those that the others match, and those that have its label. */
function matcherFacts({ name, matchers }: Selector): readonly Fact[] {
  return matchers.flatMap((matcher, place) => [
    { id: `only${place}`, expression: `count(${selectorText({ name, matchers: [matcher] })})` },
    {
      id: `rest${place}`,
      expression: `count(${selectorText({ name, matchers: matchers.filter((one) => one !== matcher) })})`,
    },
    {
      id: `label${place}`,
      expression: `count(${selectorText({ name, matchers: [{ label: matcher.label, text: `${labelIn(matcher)}!=""` }] })})`,
    },
  ])
}

function labelIn({ text }: Matcher): string {
  return /^(?:"[^"]*"|[\w.]+)/.exec(text)?.[0] ?? ''
}

/** The target exists and has such a label, so the event that the matcher selects has just not happened. */
function isQuiet({ label }: Matcher, place: number, found: Looked): boolean {
  return !ofTarget.test(label) && found.has(`rest${place}`) && found.has(`label${place}`)
}

const zero = 'if that means zero, add "or vector(0)" to what is counted, or set onEmpty: 0'

function nothingHappened(selector: Selector, quiet: Matcher): string {
  const others = { ...selector, matchers: selector.matchers.filter((one) => one !== quiet) }
  const shown = shortened(quiet.text, shownMax)
  return `no such event: ${shownSelector(others)} exists at the end of the window, but no series of it has ${shown}; ${zero}`
}

/** All series that the query reads exist. */
function otherReason(query: string, selectors: readonly Selector[]): string {
  const code = query.replaceAll(/\{[^{}]*\}|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|`[^`]*`|#[^\n]*/g, ' ')
  const read = 'the series it reads exist at the end of the window'
  if (selectors.length === 1 && comparison.test(code)) {
    return `no such event: ${read}, but none meets the comparison; ${zero}`
  }
  return `${read}, but its operators or functions return nothing: do the labels on both sides match?`
}

function shownSelector(selector: Pick<Selector, 'name' | 'matchers'>): string {
  return shortened(selectorText(selector), shownMax)
}
