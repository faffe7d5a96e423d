import type { Severity } from './rule.ts'

/**
 * Rules that need more than the text of an `slo.yaml` and its `sli.yaml` files: those about a query language, which only the
 * provider can parse, and about `options.yaml`. They are implemented elsewhere and described here for the docs and SARIF.
 */
export interface OuterRule {
  readonly id: QueryRule | 'options_unused'
  readonly severity: Severity
  readonly summary: string
  /** Files by path, with this finding and no others. */
  readonly bad: Readonly<Record<string, string>>
  /** Files by path, without findings. */
  readonly good: Readonly<Record<string, string>>
}

/** What a provider reports about a query that its system may still accept. */
export type QueryRule = 'query_syntax' | 'fixed_range'

const sli = 'prometheus/sli.yaml'
const options = 'prometheus/options.yaml'

export const outerRules: readonly OuterRule[] = [
  {
    id: 'query_syntax',
    severity: 'warning',
    summary:
      'The query is not valid PromQL. Prometheus will refuse it; another system with a Prometheus API may have its own dialect. `lint` checks the folder `prometheus`; `validate` and the server check every provider of `kind: prometheus`.',
    bad: { [sli]: 'indicators: {rt: sum(rt) by by (le)}\n' },
    good: { [sli]: 'indicators: {rt: sum(rt) by (le)}\n' },
  },
  {
    id: 'fixed_range',
    severity: 'warning',
    summary:
      'A query is evaluated once, at the end of the window, so a range such as `[5m]` ignores the other 55 minutes of an hour. Not reported with `mode: range`, inside a subquery, or with `@`. The server reports it if the range is more than a tenth shorter or longer than the window of the evaluation.',
    bad: { [sli]: 'indicators: {errors: "sum(rate(errors_total[5m]))"}\n' },
    good: { [sli]: 'indicators: {errors: "sum(rate(errors_total[$DURATION_SECONDS]))"}\n' },
  },
  {
    id: 'options_unused',
    severity: 'warning',
    summary:
      'An entry of `options.yaml` has no effect if no `sli.yaml` of the provider has its indicator. The indicators of an `indicatorPack` are not in any file: `lint` ignores their names, and `validate` knows whether there is a pack.',
    bad: { [sli]: 'indicators: {errors: errors}\n', [options]: 'indicators: {erors: {onEmpty: 0}}\n' },
    good: { [sli]: 'indicators: {errors: errors}\n', [options]: 'indicators: {errors: {onEmpty: 0}}\n' },
  },
]
