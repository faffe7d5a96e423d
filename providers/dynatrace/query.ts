import type { Language } from './config.ts'
import { parseLegacyMetricsQuery, parseMetricsQuery, type MetricsQuery } from './metrics-query.ts'
import { parsePairs } from './pairs.ts'
import { parseUsqlQuery, type UsqlQuery } from './usql-query.ts'

/** A query for the environment API. */
export type ClassicQuery =
  | {
      readonly kind: 'metrics'
      readonly query: MetricsQuery
      /** The divisor of the value: 1000 converts microseconds to milliseconds. */
      readonly divisor: number
      /** A unit after `MV2;` that has no effect. */
      readonly unscaledUnit?: string
    }
  | { readonly kind: 'slo'; readonly id: string }
  | {
      readonly kind: 'problems' | 'security_problems'
      /** As sent. */
      readonly selectors: Readonly<Record<string, string>>
    }
  | { readonly kind: 'usql'; readonly query: UsqlQuery }

export type DynatraceQuery =
  | ClassicQuery
  | { readonly kind: 'dql'; readonly dql: string }
  /** `message` is a sentence. */
  | { readonly kind: 'invalid'; readonly message: string }

interface Form {
  readonly prefix: string
  /** Precedes error messages. */
  readonly name: string
  /** `text` follows the prefix and its semicolon. */
  readonly parse: (text: string) => DynatraceQuery
}

/** Tried in this order. */
const classicForms: readonly Form[] = [
  { prefix: 'USQL', name: 'USQL query', parse: parseUsqlQuery },
  { prefix: 'SLO', name: 'SLO query', parse: parseSlo },
  {
    prefix: 'PV2',
    name: 'Problems v2 query',
    parse: (text) => parseProblems('problems', text, ['problemSelector', 'entitySelector']),
  },
  {
    prefix: 'SECPV2',
    name: 'Security Problems v2 query',
    parse: (text) => parseProblems('security_problems', text, ['securityProblemSelector']),
  },
  { prefix: 'MV2', name: 'MV2 query', parse: parseScaled },
]

const dqlPrefix = 'DQL;'

/**
 * Parses a query of sli.yaml by its prefix: `USQL;`, `SLO;`, `PV2;`, `SECPV2;`, `MV2;` and metrics are for the environment API,
 * `DQL;` is for Grail; without a prefix, `language` decides. A name that only begins like a prefix (`SLOW…`) is an error, as in Keptn.
 * Source: keptn-contrib/dynatrace-service 3da42c7, internal/sli/query_processing.go and v1/.
 */
export function parseQuery(text: string, language: Language): DynatraceQuery {
  if (text.startsWith(dqlPrefix)) return parseDql(text.slice(dqlPrefix.length))
  if (languageOf(text, language) === 'dql') return parseDql(text)
  const form = classicForms.find(({ prefix }) => text.startsWith(prefix))
  return form === undefined ? parseMetrics(text) : parseWith(form, text)
}

/** The language of a query, judged by its beginning. If DQL needs no prefix, the prefixes of the others need their semicolon. */
export function languageOf(text: string, language: Language): Language {
  if (text.startsWith(dqlPrefix)) return 'dql'
  return classicForms.some(({ prefix }) => text.startsWith(`${prefix};`)) ? 'classic' : language
}

function parseDql(dql: string): DynatraceQuery {
  if (dql.trim() === '') return invalid('error parsing DQL query: query should not be empty')
  return { kind: 'dql', dql }
}

function parseWith({ prefix, name, parse }: Form, text: string): DynatraceQuery {
  const wrong = (message: string) => invalid(`error parsing ${name}: ${message}`)
  if (!text.startsWith(`${prefix};`)) return wrong(`incorrect prefix: ${prefix} must be followed by a semicolon`)
  const parsed = parse(text.slice(prefix.length + 1))
  return parsed.kind === 'invalid' ? wrong(parsed.message) : parsed
}

function parseMetrics(text: string): DynatraceQuery {
  const parsed = parseMetricsQuery(text)
  if (parsed.kind === 'metrics') return { ...parsed, divisor: 1 }
  const legacy = parseLegacyMetricsQuery(text)
  if (legacy !== undefined) return { kind: 'metrics', query: legacy, divisor: 1 }
  return invalid(`error parsing Metrics v2 query: ${parsed.message}`)
}

const divisors: ReadonlyMap<string, number> = new Map([
  ['MicroSecond', 1000],
  ['Microsecond', 1000],
  ['microSecond', 1000],
  ['microsecond', 1000],
  ['Byte', 1024],
  ['byte', 1024],
])

/** Units that older releases of Keptn's dynatrace-service accepted without converting the value. */
const unscaledUnits = /^(?:count|millisecond|unspecified|percent)$/i

/** `<unit>;<metrics query>`. */
function parseScaled(text: string): DynatraceQuery {
  const [unit = '', ...rest] = text.split(';')
  if (rest.length === 0) return invalid('incorrect prefix: use MV2;<unit>;<metrics query>')
  if (unit === '') return invalid('unit should not be empty')
  const divisor = divisors.get(unit)
  const isUnscaled = unscaledUnits.test(unit)
  if (divisor === undefined && !isUnscaled) return invalid(`invalid unit: ${unit}; use MicroSecond or Byte`)
  const parsed = parseMetricsQuery(rest.join(';'))
  if (parsed.kind === 'invalid') return parsed
  return { ...parsed, divisor: divisor ?? 1, ...(isUnscaled && { unscaledUnit: unit }) }
}

function parseSlo(id: string): DynatraceQuery {
  return id.trim() === '' ? invalid('the id of the SLO should not be empty') : { kind: 'slo', id: id.trim() }
}

function parseProblems(kind: 'problems' | 'security_problems', text: string, keys: readonly string[]): DynatraceQuery {
  const parsed = parsePairs(text, keys)
  return parsed.kind === 'invalid' ? parsed : { kind, selectors: Object.fromEntries(parsed.pairs) }
}

function invalid(message: string): DynatraceQuery {
  return { kind: 'invalid', message }
}
