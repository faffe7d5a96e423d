import { describe, expect, test } from 'vitest'
import { openProvider, type SloFilter } from '../../../providers/index.ts'
import { placeholderValues, resolvePlaceholders } from '../../../slo/index.ts'

const window = { start: new Date('2024-05-01T00:30:00Z'), end: new Date('2024-05-01T00:35:00Z') }

/** The pack's queries as they are sent for sockshop/staging/carts. */
function queriesOf(indicatorPack: string | undefined, filter: SloFilter = []): Readonly<Record<string, string>> {
  const settings = { kind: 'prometheus', url: 'http://prom', ...(indicatorPack !== undefined && { indicatorPack }) }
  const opened = openProvider('prom', settings, () => Promise.reject(new Error('no secret')))
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  const { instance } = opened
  const service = { project: 'sockshop', stage: 'staging', service: 'carts' }
  const values = placeholderValues({ ...service, labels: {}, filter, environment: {}, window })
  return Object.fromEntries(
    [...instance.pack(filter)].map(([name, definition]) => {
      const resolved = resolvePlaceholders(definition, values, (value, place) => instance.escape(value, place))
      return [name, resolved.kind === 'resolved' ? resolved.query : resolved.problems.join()]
    }),
  )
}

const job = `job='carts-sockshop-staging-canary'`
const times = (quantile: string) =>
  `histogram_quantile(${quantile},sum(rate(http_response_time_milliseconds_bucket{${job}}[300s]))by(le))`

test('the pack keptn asks what Keptn asked, and an error rate without any error is 0', () => {
  expect(queriesOf('keptn')).toEqual({
    throughput: `sum(rate(http_requests_total{${job}}[300s]))`,
    error_rate: `(sum(rate(http_requests_total{${job},status!~'2..'}[300s])) or vector(0))/sum(rate(http_requests_total{${job}}[300s]))`,
    response_time_p50: times('0.50'),
    response_time_p90: times('0.90'),
    response_time_p95: times('0.95'),
  })
})

test('the pack otel asks by the names of OpenTelemetry', () => {
  const series = `http_server_request_duration_seconds_count{job=~'(.+/)?carts'`
  expect(queriesOf('otel')).toMatchObject({
    throughput: `sum(rate(${series}}[300s]))`,
    error_rate: `(sum(rate(${series},http_response_status_code=~'5..'}[300s])) or vector(0))/sum(rate(${series}}[300s]))`,
    response_time_p95: `histogram_quantile(0.95,sum(rate(http_server_request_duration_seconds_bucket{job=~'(.+/)?carts'}[300s]))by(le))`,
  })
})

test('without the setting there is none', () => {
  expect(queriesOf(undefined)).toEqual({})
})

describe('the filter of the SLO', () => {
  const rest = `} or vector(0) #`
  for (const { filter, matchers } of [
    { filter: [['handler', 'Items']], matchers: `${job},handler='Items'` },
    { filter: [['handler', `'Items'`]], matchers: `${job},handler='Items'` },
    { filter: [['job', 'x']], matchers: `job='x'` },
    {
      filter: [
        ['handler', '!=Health'],
        ['job', '=~"x|y"'],
      ],
      matchers: `handler!='Health',job=~"x|y"`,
    },
    { filter: [['handler', String.raw`=~'a\\.b'`]], matchers: String.raw`${job},handler=~'a\\.b'` },
    { filter: [['handler', '=~ $SERVICE.*']], matchers: `${job},handler=~'carts.*'` },
    // What could end the string, the braces or the query stays within the string.
    { filter: [['handler', `=x'${rest}`]], matchers: String.raw`${job},handler='x\'${rest}'` },
    { filter: [['handler', `='x'${rest}`]], matchers: String.raw`${job},handler='\'x\'${rest}'` },
    { filter: [['handler', `="x\\"${rest}`]], matchers: String.raw`${job},handler='"x\\"${rest}'` },
    { filter: [['handler', `a\\${rest}`]], matchers: String.raw`${job},handler='a\\${rest}'` },
    { filter: [['handler', `a\n${rest}`]], matchers: String.raw`${job},handler='a\n${rest}'` },
    { filter: [[`a='b'${rest}`, 'c']], matchers: String.raw`${job},'a=\'b\'${rest}'='c'` },
  ] satisfies readonly { filter: SloFilter; matchers: string }[]) {
    test(`${JSON.stringify(filter)} narrows the series`, () => {
      expect(queriesOf('keptn', filter)['throughput']).toBe(`sum(rate(http_requests_total{${matchers}}[300s]))`)
    })
  }
})

describe('an empty value of the filter', () => {
  for (const value of ['', `''`]) {
    test(`${JSON.stringify(value)} selects nothing, since it would select every series without the label`, () => {
      const empty =
        'placeholder ${version} is empty, which counts as missing; give it a value, or write ${version:-text} to set a default'
      const queries = queriesOf('keptn', [['version', value]])
      expect([...new Set(Object.values(queries))]).toEqual([empty])
    })
  }

  test('stays if the filter writes it explicitly', () => {
    expect(queriesOf('keptn', [['version', "=''"]])['throughput']).toContain(`{${job},version=''}`)
  })
})

test('a pack that nobody knows is a mistake', () => {
  const opened = openProvider('p', { kind: 'prometheus', url: 'http://prom', indicatorPack: 'istio' }, () =>
    Promise.reject(new Error('no secret')),
  )
  expect(opened).toEqual({
    kind: 'invalid',
    mistakes: [{ path: 'indicatorPack', message: 'must be keptn or otel' }],
  })
})
