import { expect, test } from 'vitest'
import { selectorsIn, selectorText } from '../../../providers/prometheus/selectors.ts'

for (const [query, selectors] of [
  ['up', ['up']],
  ['up{}', ['up']],
  [
    'sum(rate(http_requests_total{job="carts", status=~"5.."}[5m])) by (job)',
    ['http_requests_total{job="carts",status=~"5.."}[5m]'],
  ],
  ['sum by (status) (x) / on(job) group_left(team) y{a!="b",}', ['x', 'y{a!="b"}']],
  [`a{text='it is "quoted" }'} or b{c="\\"}"} and c unless d`, [`a{text='it is "quoted" }'}`, 'b{c="\\"}"}', 'c', 'd']],
  ['max_over_time(rate(x[1m])[10m:30s]) > bool 1e3', ['x[1m]']],
  ['x[10m:30s]', ['x']],
  ['{__name__="x",job="a"}', ['{__name__="x",job="a"}']],
  ['{"http.requests", "status.code"="500"}', ['{"http.requests","status.code"="500"}']],
  ['x # and {y}\n + job:z:rate5m', ['x', 'job:z:rate5m']],
  ['histogram_quantile(.95, sum without (pod) (rate(b_bucket[300s])))', ['b_bucket[300s]']],
  ['count_values("version", build_info) - NaN + Inf', ['build_info']],
  ['x + x + x[5m]', ['x', 'x[5m]']],
  ['vector(0) or 1', []],
  ['topk(3, x) == bool 2', ['x']],
  ['x offset 5m', undefined],
  ['x @ end()', undefined],
  ['x{job', undefined],
  ['x{job="a" or job="b"}', undefined],
  ['WITH (f = x) f', undefined],
] as const) {
  test(`${query} reads ${selectors?.join(', ') ?? 'what is not understood'}`, () => {
    const found = selectorsIn(query)?.map(
      (one) => selectorText(one) + (one.range === undefined ? '' : `[${one.range}]`),
    )
    expect(found).toEqual(selectors)
  })
}

test('any text has an end', () => {
  for (const text of ['{', '[', '"', '{{{', 'x{a="', "x['", 'by(', '\\', 'x{a=~}', '(', '`']) {
    expect(() => selectorsIn(text)).not.toThrow()
  }
})
