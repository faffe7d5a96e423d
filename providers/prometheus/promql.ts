import { parser } from '@prometheus-io/lezer-promql'
import type { Tree } from '@lezer/common'
import { shortened } from '../answer.ts'
import type { IndicatorQuery, QueriedWindow, QueryProblem } from '../provider.ts'

/** A longer query is made by a program, which gets no advice: it would only take time. */
const charactersMax = 4_000
const shownMax = 60

/** It throws at the first mistake. */
const strict = parser.configure({ strict: true })

/** A range may be this much shorter or longer than the window: pipelines measure 5 minutes and some seconds. */
const tolerance = 0.1

type Asked = Pick<IndicatorQuery, 'query' | 'options'>

/**
 * What PromQL's own grammar does not read, which may be another dialect; else ranges that ignore the window. `query` is one
 * without placeholders.
 */
export function promqlProblems({ query, options }: Asked, window: QueriedWindow): readonly QueryProblem[] {
  if (query.length > charactersMax) return []
  const tree = parsed(query)
  if (typeof tree === 'number') return [syntaxProblem(query, tree)]
  // A range vector at each step is what covers the window there.
  if (options?.['mode'] === 'range') return []
  const told = rangesIn(query, tree).flatMap((range) => ignoring(range, window) ?? [])
  if (told.length === 0) return []
  const fix =
    'write [$DURATION_SECONDS], which is as long as the window, or read values throughout the window with mode: range in options.yaml'
  return [{ code: 'fixed_range', message: [...new Set(told)].join('; '), fix }]
}

/** The tree of a text without mistakes, or where the first one is. Looking for more would take long in a text of nothing else. */
function parsed(query: string): Tree | number {
  try {
    return strict.parse(query)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return Number(/\d+$/.exec(error.message)?.[0] ?? 0)
  }
}

function syntaxProblem(query: string, at: number): QueryProblem {
  const [found] = /\S+/.exec(query.slice(at)) ?? []
  const place = at + query.slice(at).search(/\S|$/) + 1
  const message =
    found === undefined
      ? 'PromQL expects more at the end of the query'
      : `PromQL does not expect ${JSON.stringify(shortened(found, shownMax))} at character ${place}`
  const fix = 'correct the query, unless the server speaks another dialect than PromQL, such as MetricsQL'
  return { code: 'query_syntax', message, fix }
}

/** Ranges that nothing else covers, as they are written; none of a query that says itself when it looks. */
function rangesIn(query: string, tree: Tree): readonly string[] {
  const ranges: string[] = []
  let isPinned = false
  tree.iterate({
    enter: ({ name, node }) => {
      isPinned ||= name === 'At'
      if (name !== 'MatrixSelector' && name !== 'SubqueryExpr') return true
      const range = node.getChild('DurationExpr')
      if (range !== null) ranges.push(query.slice(range.from, range.to))
      return name !== 'SubqueryExpr'
    },
  })
  return isPinned ? [] : ranges
}

/** Undefined if the range is about as long as the window, or not written as a duration. */
function ignoring(range: string, { lengthMs, isKnown }: QueriedWindow): string | undefined {
  const rangeMs = durationOf(range)
  if (rangeMs === undefined || Math.abs(rangeMs / lengthMs - 1) <= tolerance) return undefined
  const covered = /^[\d.]+$/.test(range) ? `${range}s` : range
  if (!isKnown) return `[${range}] covers ${covered}, however long the window is`
  const window = `a window of ${durationText(lengthMs)}`
  if (rangeMs < lengthMs) return `[${range}] covers ${covered} of ${window}`
  return `[${range}] reads ${covered}, much more than ${window}`
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
}

function durationOf(text: string): number | undefined {
  // Seconds, since Prometheus 3.
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000
  if (!/^(?:\d+(?:ms|[smhdwy]))+$/.test(text)) return undefined
  return [...text.matchAll(/(\d+)([a-z]+)/g)].reduce(
    (sum, [, amount, unit = '']) => sum + Number(amount) * (unitMs[unit] ?? 0),
    0,
  )
}

/** In hours, minutes and seconds, as PromQL writes it. */
function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ] as const
  const text = parts.flatMap(([amount, unit]) => (amount === 0 ? [] : [`${amount}${unit}`])).join('')
  return text === '' ? '0s' : text
}
