import type { Severity } from './rule.ts'

/**
 * Rules about more than the text of an `slo.yaml` and its `sli.yaml` files: about the language of a provider, which only the
 * provider reads, and about `options.yaml`. They are found where those are known, and described here for documents and SARIF.
 */
export interface OuterRule {
  readonly id: QueryRule | 'options_unused'
  readonly severity: Severity
  readonly summary: string
  /** Files by path; they have this finding and no other. */
  readonly bad: Readonly<Record<string, string>>
  /** They have none. */
  readonly good: Readonly<Record<string, string>>
}

/** What a provider says of a query that its system may still take. */
export type QueryRule = 'query_syntax' | 'fixed_range'

const sli = 'prometheus/sli.yaml'
const options = 'prometheus/options.yaml'

export const outerRules: readonly OuterRule[] = [
  {
    id: 'query_syntax',
    severity: 'warning',
    summary:
      "PromQL's grammar does not read the query. Prometheus will refuse it; another system that answers to Prometheus' API may have a dialect of its own. In `lint`, for the folder `prometheus`; in `validate` and on the server, for every provider of `kind: prometheus`.",
    bad: { [sli]: 'indicators: {rt: sum(rt) by by (le)}\n' },
    good: { [sli]: 'indicators: {rt: sum(rt) by (le)}\n' },
  },
  {
    id: 'fixed_range',
    severity: 'warning',
    summary:
      'A query is asked once, at the end of the window, so a range such as `[5m]` ignores the other 55 minutes of an hour. Not reported with `mode: range`, inside a subquery, or with `@`. On the server, reported if the range is more than a tenth shorter or longer than the window of the evaluation.',
    bad: { [sli]: 'indicators: {errors: "sum(rate(errors_total[5m]))"}\n' },
    good: { [sli]: 'indicators: {errors: "sum(rate(errors_total[$DURATION_SECONDS]))"}\n' },
  },
  {
    id: 'options_unused',
    severity: 'warning',
    summary:
      'An entry of `options.yaml` for an indicator that no `sli.yaml` of the provider has changes nothing. Indicators of an `indicatorPack` are in no file: `lint` passes over their names, `validate` knows whether there is a pack.',
    bad: { [sli]: 'indicators: {errors: errors}\n', [options]: 'indicators: {erors: {onEmpty: 0}}\n' },
    good: { [sli]: 'indicators: {errors: errors}\n', [options]: 'indicators: {errors: {onEmpty: 0}}\n' },
  },
]
