import { z } from 'zod'
import { excerpt, missing, shortened, type Answer } from '../answer.ts'

/** Seconds since 1970, and the number as text: `NaN`, `+Inf` and `-Inf` are values too. */
const Sample = z.tuple([z.number(), z.string()])

const Series = z.object({
  metric: z.record(z.string(), z.string()),
  value: Sample.optional(),
  /** A native histogram stands in the place of a value. */
  histogram: z.unknown().optional(),
})
type Series = z.infer<typeof Series>

const notes = z.array(z.string()).nullish()

/** The envelope of a success. Only the series that are looked at are parsed: a forgotten `sum()` brings a hundred thousand. */
const Success = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('vector'), result: z.array(z.unknown()) }),
    z.object({ resultType: z.literal('scalar'), result: Sample }),
    z.object({ resultType: z.literal('string'), result: z.unknown() }),
    z.object({ resultType: z.literal('matrix'), result: z.unknown() }),
  ]),
  warnings: notes,
  infos: notes,
  /** VictoriaMetrics: some storage nodes did not answer. */
  isPartial: z.boolean().nullish(),
})

const Failure = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() })

const shownMax = 120

/**
 * The answer to an instant query, from the body of a 200.
 * Source: prometheus 2.42, web/api/v1/api.go (`Response`); the first words of each message are those of
 * keptn-contrib/prometheus-service 7a5e26d, eventhandling/getSliEvent.go.
 */
export function answerOf(body: string): Answer {
  const envelope = Success.safeParse(parseJson(body))
  if (!envelope.success) return malformed(body)
  const { data } = envelope.data
  const isPartial = envelope.data.isPartial === true
  const warnings = [...(envelope.data.warnings ?? []), ...(envelope.data.infos ?? [])].map((note) => shortened(note))
  if (isPartial) warnings.push('the reply is partial: not all of its storage answered')
  const answer = answerOfData(data, body, warnings)
  return isPartial && answer.outcome === 'measured' ? { ...answer, partial: 'unless_key' } : answer
}

function answerOfData(data: z.infer<typeof Success>['data'], body: string, warnings: readonly string[]): Answer {
  if (data.resultType === 'vector') return answerOfVector(data.result, body, warnings)
  if (data.resultType === 'scalar') return answerOfSample(data.result, warnings)
  return missing('bad_query', notOneNumber[data.resultType], warnings)
}

/** Prometheus' own words on why it rejects a query, undefined when the body holds none. */
export function rejectionOf(body: string): { readonly errorType: string; readonly message: string } | undefined {
  const failure = Failure.safeParse(parseJson(body))
  if (!failure.success) return undefined
  return { errorType: failure.data.errorType, message: shortened(failure.data.error) }
}

const notOneNumber = {
  string: 'the query is a text, not a number',
  matrix:
    'the query is a range of values, not one number: put a function around its [range], such as rate() or avg_over_time()',
}

function answerOfVector(result: readonly unknown[], body: string, warnings: readonly string[]): Answer {
  const shown = z.array(Series).safeParse(result.slice(0, 2))
  if (!shown.success) return malformed(body)
  const [first, second] = shown.data
  if (first === undefined) {
    return missing(
      'no_data',
      'query did not return any values: no series at the end of the window; where nothing means zero, add "or vector(0)" to what is counted',
      warnings,
    )
  }
  if (second !== undefined) {
    const names = `first ${nameOf(first)}, ${nameOf(second)}`
    return missing(
      'ambiguous',
      `query did return multiple values: ${result.length} series, ${names}; put sum() or avg() around it, or select one`,
      warnings,
    )
  }
  if (first.value !== undefined) return answerOfSample(first.value, warnings)
  if (first.histogram === undefined) return malformed(body)
  const cure = 'put histogram_quantile() or histogram_avg() around it'
  return missing('bad_query', `the query is a native histogram, not a number: ${cure}`, warnings)
}

function answerOfSample([, text]: z.infer<typeof Sample>, warnings: readonly string[]): Answer {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (Number.isFinite(value)) return { outcome: 'measured', value, warnings }
  const invalid = (what: string) => missing('invalid_value', `query did not return valid values: ${what}`, warnings)
  if (text === 'NaN') return invalid('NaN (zero divided by zero? no traffic in the window?)')
  if (/^[+-]?Inf$/.test(text)) return invalid(`${text} (division by zero?)`)
  return invalid(JSON.stringify(shortened(text, shownMax)))
}

function malformed(body: string): Answer {
  return missing('upstream', `malformed reply, not of the Prometheus API: ${excerpt(body)}`)
}

/** Undefined when it is no JSON. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function nameOf(series: Series): string {
  const { __name__: name = '', ...labels } = series.metric
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`)
  return shortened(`${name}{${pairs.join(', ')}}`, shownMax)
}
