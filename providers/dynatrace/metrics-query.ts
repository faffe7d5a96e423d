import { decoded, parsePairs } from './pairs.ts'

/** A query for the Metrics API v2, as its author wrote it. */
export interface MetricsQuery {
  readonly metricSelector: string
  readonly entitySelector?: string
  readonly resolution?: string
  /** A management zone selector. */
  readonly mzSelector?: string
}

export type ParsedMetricsQuery =
  | { readonly kind: 'metrics'; readonly query: MetricsQuery }
  | { readonly kind: 'invalid'; readonly message: string }

const keys = ['metricSelector', 'entitySelector', 'resolution', 'mzSelector']

/** `metricSelector=…&entitySelector=…&resolution=…&mzSelector=…`, all but the first optional. */
export function parseMetricsQuery(text: string): ParsedMetricsQuery {
  const parsed = parsePairs(text, keys)
  if (parsed.kind === 'invalid') return { ...parsed, message: withoutKey(text) ?? parsed.message }
  const { metricSelector, ...others } = Object.fromEntries(parsed.pairs)
  if (metricSelector === undefined) {
    return { kind: 'invalid', message: 'metrics query must include a metric selector' }
  }
  return { kind: 'metrics', query: { metricSelector, ...others } }
}

/** The fix for a selector without its key followed by parts with keys; undefined for anything else. */
function withoutKey(text: string): string | undefined {
  const at = text.search(/[?&](?:entitySelector|resolution|mzSelector)=/)
  const selector = text.slice(0, at).trim()
  if (at < 1 || /^[A-Za-z]+=/.test(selector)) return undefined
  return `write metricSelector= first, and & between the parts: metricSelector=${selector}&${text.slice(at + 1).trim()}`
}

/**
 * `<metric selector>[?scope=<entity selector>]`, the form used before the Metrics API v2: one value for the window, for services.
 * Undefined if the text does not have that form.
 * Source: keptn-contrib/dynatrace-service 3da42c7, internal/sli/v1/metrics/legacy_query_parser.go.
 */
export function parseLegacyMetricsQuery(text: string): MetricsQuery | undefined {
  const [selector = '', ...rest] = text.trim().split('?')
  if (selector === '' || selector.includes('=')) return undefined
  const after = rest.join('?')
  const query = { metricSelector: decoded(selector), resolution: 'Inf' }
  if (after === '') return query
  const scope = parsePairs(after, ['scope'])
  const entitySelector = scope.kind === 'pairs' ? scope.pairs.get('scope') : undefined
  if (entitySelector === undefined) return undefined
  const isTyped = entitySelector.includes('type(SERVICE)')
  return { ...query, entitySelector: isTyped ? entitySelector : `${entitySelector},type(SERVICE)` }
}
