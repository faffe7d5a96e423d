import { parser } from '@prometheus-io/lezer-promql'
import type { Tree } from '@lezer/common'
import { shortened } from '../answer.ts'
import type { IndicatorQuery, QueriedWindow, QueryProblem } from '../provider.ts'

/** Longer queries are generated, so they are not checked, which would take time. */
const charactersMax = 4_000
const shownMax = 60

/** Throws at the first mistake. */
const strict = parser.configure({ strict: true })

/** A range may be this much shorter or longer than the window: pipelines measure 5 minutes and some seconds. */
const tolerance = 0.1

type Asked = Pick<IndicatorQuery, 'query' | 'options'>

/**
 * Reports a query that PromQL's grammar cannot parse, which may be another dialect, or else ranges that ignore the window.
 * `query` must not contain placeholders.
 */
export function promqlProblems({ query, options }: Asked, window: QueriedWindow): readonly QueryProblem[] {
  if (query.length > charactersMax) return []
  const tree = parsed(query)
  if (typeof tree === 'number') return [syntaxProblem(query, tree)]
  // There, the range vectors of all steps together cover the window.
  if (options?.['mode'] === 'range') return []
  const ignored = rangesIn(query, tree).flatMap((range) => ignoring(range, window) ?? [])
  if (ignored.length === 0) return []
  const fix =
    'use [$DURATION_SECONDS], which is as long as the window, or read values throughout the window with mode: range in options.yaml'
  return [{ code: 'fixed_range', message: [...new Set(ignored)].join('; '), fix }]
}

/** The tree of a text without mistakes, or the offset of the first one. Finding all could take long in a text full of mistakes. */
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
  const fix = 'fix the query, unless the server uses a different dialect, such as MetricsQL'
  return { code: 'query_syntax', message, fix }
}

/** The ranges outside of subqueries, as written; empty if the query uses @ to set its own time. */
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
  if (!isKnown) return `[${range}] covers ${covered}, regardless of the length of the window`
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
