import { openProvider } from '../../../providers/index.ts'
import { conformingSecret, describeConformance } from '../conformance.ts'

function reply(...series: readonly (readonly (number | null)[])[]): string {
  const data = series.map((values) => ({ dimensions: [], timestamps: values.map(() => 1664409600000), values }))
  return JSON.stringify({ totalCount: series.length, nextPageKey: null, resolution: 'Inf', result: [{ data }] })
}

describeConformance({
  kind: 'dynatrace, environment API',
  open(url) {
    const settings = { kind: 'dynatrace', url, token: 'env:TOKEN' }
    const opened = openProvider(
      'dynatrace',
      settings,
      () => Promise.resolve(conformingSecret),
      () => 0,
    )
    if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
    return opened.instance.provider
  },
  query: 'metricSelector=builtin:service.response.time:splitBy():avg',
  bodies: { value: reply([42]), empty: reply(), several: reply([1], [2]) },
})
