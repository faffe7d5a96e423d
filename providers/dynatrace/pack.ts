export const packNames = ['keptn', 'grail'] as const
export type PackName = (typeof packNames)[number]

/** Selects services by the tags that Keptn set on its deployments. */
const tagged =
  'type(SERVICE),tag(keptn_project:$PROJECT),tag(keptn_stage:$STAGE),tag(keptn_service:$SERVICE),tag(keptn_deployment:$DEPLOYMENT)'

const classic = (metric: string): string => `metricSelector=builtin:service.${metric}&entitySelector=${tagged}`
const percentile = (of: number): string => classic(`response.time:merge("dt.entity.service"):percentile(${of})`)

/**
 * Microseconds, per cent, requests in the window.
 * Source: keptn-contrib/dynatrace-service 3da42c7, internal/sli/get_sli.go, its default queries.
 */
const keptn: ReadonlyMap<string, string> = new Map([
  ['throughput', classic('requestCount.total:merge("dt.entity.service"):sum')],
  ['error_rate', classic('errors.total.rate:merge("dt.entity.service"):avg')],
  ['response_time_p50', percentile(50)],
  ['response_time_p90', percentile(90)],
  ['response_time_p95', percentile(95)],
])

/** Selects one service; the label `entity` is its id, SERVICE-…. */
const ofEntity = 'filter: {dt.entity.service == "$LABEL.entity"}'

const quantile = (of: number): string =>
  `DQL;timeseries v = percentile(dt.service.request.response_time, ${of}, scalar: true), ${ofEntity}`

/** Microseconds, per cent, requests in the window; problems are those of the whole environment. Not tried on a real tenant. */
const grail: ReadonlyMap<string, string> = new Map([
  ['throughput', `DQL;timeseries v = sum(dt.service.request.count, scalar: true), ${ofEntity}`],
  [
    'error_rate',
    `DQL;timeseries {e = sum(dt.service.request.failure_count, scalar: true), t = sum(dt.service.request.count, scalar: true)}, ${ofEntity} | fieldsAdd v = 100.0 * e / t | fields v`,
  ],
  ['response_time_p50', quantile(50)],
  ['response_time_p90', quantile(90)],
  ['response_time_p95', quantile(95)],
  ['open_problems', 'DQL;fetch dt.davis.problems | filter event.status == "ACTIVE" | summarize v = count()'],
  [
    'log_errors',
    'DQL;fetch logs | filter loglevel == "ERROR" and k8s.namespace.name == "$STAGE" | summarize v = count()',
  ],
])

/** The queries of a pack by indicator, with placeholders. */
export function packOf(pack: PackName): ReadonlyMap<string, string> {
  return pack === 'keptn' ? keptn : grail
}
