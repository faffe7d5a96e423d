import { openProvider } from '../../../../providers/index.ts'
import { conformingSecret, describeConformance } from '../../conformance.ts'

function reply(...records: readonly object[]): string {
  const mappings = { v: { type: 'double' } }
  const types = [{ indexRange: [0, records.length - 1], mappings }]
  return JSON.stringify({ state: 'SUCCEEDED', progress: 100, result: { records, types, metadata: {} } })
}

describeConformance({
  kind: 'dynatrace, Grail',
  open(url) {
    const settings = { kind: 'dynatrace', url, language: 'dql', platform: { url, token: 'env:TOKEN' } }
    const opened = openProvider(
      'dynatrace',
      settings,
      () => Promise.resolve(conformingSecret),
      () => 0,
    )
    if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
    return opened.instance.provider
  },
  query: 'timeseries v = avg(dt.host.cpu.usage, scalar: true)',
  bodies: { value: reply({ v: 42 }), empty: reply(), several: reply({ v: 1 }, { v: 2 }), nan: reply({ v: 'NaN' }) },
})
