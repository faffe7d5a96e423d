import { openProvider } from '../../../providers/index.ts'
import { conformingSecret, describeConformance } from '../conformance.ts'

function vector(...values: readonly string[]): string {
  const result = values.map((value, index) => ({ metric: { series: String(index) }, value: [1714523700, value] }))
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } })
}

describeConformance({
  kind: 'prometheus',
  open(url) {
    const settings = { kind: 'prometheus', url, token: 'env:TOKEN' }
    const opened = openProvider(
      'prometheus',
      settings,
      () => Promise.resolve(conformingSecret),
      () => 0,
    )
    if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
    return opened.instance.provider
  },
  query: 'sum(up)',
  bodies: {
    value: vector('42'),
    empty: vector(),
    several: vector('1', '2'),
    nan: vector('NaN'),
    infinite: vector('+Inf'),
  },
})
