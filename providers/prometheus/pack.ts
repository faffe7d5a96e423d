import type { SloFilter } from '../provider.ts'

export const packNames = ['keptn', 'otel'] as const
export type PackName = (typeof packNames)[number]

/** The matcher for a service's series, unless the filter has a job itself. */
const jobs: Readonly<Record<PackName, string>> = {
  keptn: `job='$SERVICE-$PROJECT-$STAGE-canary'`,
  // OpenTelemetry's `service.name`, after its namespace if it has one.
  otel: `job=~'(.+/)?$SERVICE'`,
}

const quantiles = { response_time_p50: '0.50', response_time_p90: '0.90', response_time_p95: '0.95' }

/**
 * The queries of a pack by indicator, with placeholders, and with the SLO's filter among their label matchers.
 * Source: keptn-contrib/prometheus-service 7a5e26d, utils/prometheus/prometheus.go; here, the error rate is 0 if there are no errors.
 */
export function packOf(pack: PackName, filter: SloFilter): ReadonlyMap<string, string> {
  const stated = filter.map(([key, value]) => `${labelOf(key)}${matcherOf(key, value)}`)
  const series = [...(filter.some(([key]) => key === 'job') ? [] : [jobs[pack]]), ...stated].join(',')
  const { requests, errors, buckets } = pack === 'keptn' ? keptn(series) : otel(series)
  const rate = (of: string) => `sum(rate(${of}[$DURATION_SECONDS]))`
  return new Map([
    ['throughput', rate(requests)],
    ['error_rate', `(${rate(errors)} or vector(0))/${rate(requests)}`],
    ...Object.entries(quantiles).map(([name, quantile]): [string, string] => [
      name,
      `histogram_quantile(${quantile},${rate(buckets)}by(le))`,
    ]),
  ])
}

/** Times are milliseconds. */
function keptn(series: string) {
  return {
    requests: `http_requests_total{${series}}`,
    errors: `http_requests_total{${series},status!~'2..'}`,
    buckets: `http_response_time_milliseconds_bucket{${series}}`,
  }
}

/**
 * Times are seconds.
 * Source: OpenTelemetry semantic conventions 1.23, HTTP metrics, `http.server.request.duration`, as Prometheus names it.
 */
function otel(series: string) {
  return {
    requests: `http_server_request_duration_seconds_count{${series}}`,
    errors: `http_server_request_duration_seconds_count{${series},http_response_status_code=~'5..'}`,
    buckets: `http_server_request_duration_seconds_bucket{${series}}`,
  }
}

/** Prometheus 3 accepts any name in quotes; older versions report an error. */
function labelOf(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? key : quoted(key)
}

/**
 * A value may begin with its own operator; in any case, it remains a single PromQL string.
 * An empty value would select every series without the label, so it becomes a placeholder without a value.
 */
function matcherOf(key: string, value: string): string {
  const [, operator = '', rest = value] = /^\s*(=~|!~|!=|=)\s*(.*)$/s.exec(value) ?? []
  if (operator === '') {
    const unquoted = value.replaceAll(/['"]/g, '')
    return unquoted === '' ? `='\${${key}}'` : `=${quoted(unquoted)}`
  }
  const isString = /^(?:'(?:[^'\\\n]|\\[^\n])*'|"(?:[^"\\\n]|\\[^\n])*")$/.test(rest)
  return operator + (isString ? rest : quoted(rest))
}

function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  return `'${escaped}'`
}
