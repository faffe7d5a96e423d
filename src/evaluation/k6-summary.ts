/** A value of a report, named by its metric and its statistic: `http_req_duration.p(95)`. */
export interface ReportedValue {
  readonly metric: string
  readonly value: number
}

export type ReadReport =
  | {
      readonly kind: 'read'
      readonly values: readonly ReportedValue[]
      /** How long the test ran, in milliseconds; undefined where the summary does not say it. */
      readonly runMs: number | undefined
    }
  /** `path`: keys from the report on. */
  | {
      readonly kind: 'refused'
      readonly mistakes: readonly { readonly path: readonly string[]; readonly message: string }[]
    }

type Fields = Readonly<Record<string, unknown>>

/** Beside the statistics of a metric in the older form. */
const notStatistics = ['thresholds', 'type', 'contains']

/**
 * The values of a k6 summary, in the form that `handleSummary` is given or in that of `--summary-export`: numbers by metric and
 * statistic. A null, which k6 writes where nothing was measured, is no value. Source: k6's documentation, End of test, Custom summary.
 */
export function readK6(summary: unknown): ReadReport {
  if (!isFields(summary) || !isFields(summary['metrics'])) {
    return refused(
      [],
      'must be a k6 summary: an object with metrics, as handleSummary is given or --summary-export writes',
    )
  }
  const values: ReportedValue[] = []
  for (const [name, metric] of Object.entries(summary['metrics'])) {
    if (!isFields(metric)) return refused(['metrics', name], 'must be an object with the statistics of this metric')
    const isNewer = isFields(metric['values'])
    const statistics = isFields(metric['values']) ? metric['values'] : metric
    for (const [statistic, value] of Object.entries(statistics)) {
      if (value === null || (!isNewer && notStatistics.includes(statistic))) continue
      const path = ['metrics', name, ...(isNewer ? ['values'] : []), statistic]
      if (typeof value !== 'number' || !Number.isFinite(value)) return refused(path, 'must be a finite number or null')
      values.push({ metric: `${name}.${statistic}`, value })
    }
    // What the newer form calls the rate of a metric is `value` in the older one.
    const { value, rate, passes } = statistics
    if (typeof value === 'number' && rate === undefined && passes !== undefined) {
      values.push({ metric: `${name}.rate`, value })
    }
  }
  return { kind: 'read', values, runMs: runMsOf(summary) }
}

/** A year is longer than any test. */
const runMaxMs = 366 * 24 * 3_600_000

/**
 * The only time in a summary, and only in the one that handleSummary gets: it does not say when the test ran.
 * Source: k6's documentation, End of test, Custom summary, Summary data reference.
 */
function runMsOf({ state }: Fields): number | undefined {
  const runMs = isFields(state) ? state['testRunDurationMs'] : undefined
  return typeof runMs === 'number' && runMs > 0 && runMs <= runMaxMs ? Math.ceil(runMs) : undefined
}

function refused(path: readonly string[], message: string): ReadReport {
  return { kind: 'refused', mistakes: [{ path, message }] }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether JSON looks like a k6 summary rather than values by name. */
export function isK6(json: unknown): boolean {
  return isFields(json) && isFields(json['metrics'])
}
