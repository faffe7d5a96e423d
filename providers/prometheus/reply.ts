import { z } from 'zod'
import { excerpt, missing, shortened, shortenedAll, type Answer } from '../answer.ts'
import { parseJson } from '../json.ts'
import { defaultOptions, type PrometheusOptions } from './options.ts'
import { answerOfScalar, answerOfSeries, nothingFound } from './series.ts'
import { Sample } from './sample.ts'

const notes = z.array(z.string()).nullish()

/** The envelope of a successful reply. Series are parsed later, and only as needed: without `sum()` there may be a hundred thousand. */
const Success = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('vector'), result: z.array(z.unknown()) }),
    z.object({ resultType: z.literal('scalar'), result: Sample }),
    z.object({ resultType: z.literal('string'), result: z.unknown() }),
    z.object({ resultType: z.literal('matrix'), result: z.array(z.unknown()) }),
  ]),
  warnings: notes,
  infos: notes,
  /** VictoriaMetrics: some storage nodes did not answer. */
  isPartial: z.boolean().nullish(),
})

const Failure = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() })

/**
 * The answer to a query, from the body of a 200; `expected` is the maximum number of samples of a range.
 * Source: prometheus 2.42, web/api/v1/api.go (`Response`); the first words of each message are those of
 * keptn-contrib/prometheus-service 7a5e26d, eventhandling/getSliEvent.go.
 */
export function answerOf(body: string, options: PrometheusOptions = defaultOptions, expected?: number): Answer {
  const envelope = Success.safeParse(parseJson(body))
  if (!envelope.success) return malformed(body)
  const { data, isPartial } = envelope.data
  const warnings = [...shortenedAll(envelope.data.warnings ?? []), ...shortenedAll(envelope.data.infos ?? [])]
  const answer = answerOfData(data, options, warnings, expected) ?? malformed(body)
  return isPartial === true ? partialAnswer(answer, options) : answer
}

/** Undefined if the data is not in the format of the Prometheus API. */
function answerOfData(
  data: z.infer<typeof Success>['data'],
  options: PrometheusOptions,
  warnings: readonly string[],
  expected: number | undefined,
): Answer | undefined {
  const { resultType, result } = data
  if (resultType === 'scalar') return answerOfScalar(result, options, warnings)
  const wanted = options.mode === 'range' ? 'matrix' : 'vector'
  if (resultType !== wanted) return missing('bad_query', notOneNumber[resultType], warnings)
  if (result.length === 0) return nothingFound(options, warnings, expected)
  return answerOfSeries(result, options, warnings, expected)
}

const partialNote = 'the reply is partial: some of the storage did not respond'

function partialAnswer(answer: Answer, { partial }: PrometheusOptions): Answer {
  const warnings = [...answer.warnings, partialNote]
  if (answer.outcome !== 'measured') return { ...answer, warnings }
  if (partial === 'error') return missing('upstream', `${partialNote}; the option partial is error`, warnings)
  return { ...answer, partial: partial === 'warn' ? 'allowed' : 'unless_key', warnings }
}

/** Prometheus' own message about a rejected query; undefined if the body has none. */
export function rejectionOf(body: string): { readonly errorType: string; readonly message: string } | undefined {
  const failure = Failure.safeParse(parseJson(body))
  if (!failure.success) return undefined
  return { errorType: failure.data.errorType, message: shortened(failure.data.error) }
}

const notOneNumber = {
  string: 'the query returns a string, not a number',
  matrix:
    'the query returns a range of values, not one number: wrap its [range] in a function such as rate() or avg_over_time()',
  vector: 'the reply to a range query is a vector: the server does not understand query_range',
}

function malformed(body: string): Answer {
  return missing('upstream', `malformed reply, not from the Prometheus API: ${excerpt(body)}`)
}
