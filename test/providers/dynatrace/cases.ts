import { series, table } from './asking.ts'

/** One reply of an environment: to which question, as it was recorded, and one of ours that says the same. */
export interface CaseReply {
  readonly ask: Question
  readonly status?: number
  /** Below `dynatrace/sli_files` of the recordings; absent where there is none. */
  readonly recorded?: string
  readonly synthetic: unknown
}

export type Question =
  | { readonly of: 'metrics'; readonly selector: string; readonly entity?: string; readonly resolution?: string }
  | { readonly of: 'definition'; readonly selector: string }
  | { readonly of: 'slo'; readonly id: string }
  | { readonly of: 'problems' | 'securityProblems'; readonly selector: string }
  | { readonly of: 'usql'; readonly usql: string }

/** An oracle: what comes of a query when the environment says `replies`. Numbers are those of the reference's table. */
export interface Case {
  readonly name: string
  readonly query: string
  readonly labels?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  readonly replies: readonly CaseReply[]
  readonly expected: { readonly outcome: string; readonly value?: number; readonly message?: string }
}

const noData = { outcome: 'no_data' } as const
const p95 = 'builtin:service.response.time:merge("dt.entity.service"):percentile(95)'
const tagged = 'type(SERVICE),tag(keptn_project:sockshop),tag(keptn_stage:staging)'
const q95 = `metricSelector=${p95}&entitySelector=type(SERVICE),tag(keptn_project:$PROJECT),tag(keptn_stage:$STAGE)`
const availability = 'builtin:pgi.availability:splitBy()'

const measured = (value: number) => ({ outcome: 'measured', value })
const processed = (outcome: string, what: string) => ({
  outcome,
  message: `could not process metrics query: Metrics API v2 returned ${what}`,
})

function definition(selector: string, recorded: string, isInfSupported: boolean, aggregation: string): CaseReply {
  const synthetic = { resolutionInfSupported: isInfSupported, defaultAggregation: { type: aggregation } }
  return { ask: { of: 'definition', selector }, recorded, synthetic }
}

/** The question of q95 with its reply. */
function replied(recorded: string, synthetic: unknown, status: number = 200): readonly CaseReply[] {
  return [{ ask: { of: 'metrics', selector: p95, entity: tagged, resolution: 'Inf' }, recorded, synthetic, status }]
}

const metricsCases: readonly Case[] = [
  {
    name: 'D01 a percentile of all services',
    query: q95,
    replies: replied('basic/success/metrics_get_by_query2.json', series('Inf', [31846.08512740705])),
    expected: measured(31846.08512740705),
  },
  {
    name: 'D02 whose values have gaps',
    query: q95,
    replies: replied('basic/used_if_defined/metrics_get_by_query2.json', series('Inf', [31846.08512740705])),
    expected: measured(31846.08512740705),
  },
  {
    name: 'D03 an indicator of the pack, without a deployment',
    query: `metricSelector=${p95}&entitySelector=type(SERVICE),tag(keptn_project:$PROJECT),tag(keptn_stage:$STAGE),tag(keptn_service:$SERVICE),tag(keptn_deployment:\${LABEL.deployment:-})`,
    replies: [
      {
        ask: {
          of: 'metrics',
          selector: p95,
          entity: `${tagged},tag(keptn_service:carts),tag(keptn_deployment:)`,
          resolution: 'Inf',
        },
        recorded: 'basic/fallback_to_defaults/metrics_get_by_query2.json',
        synthetic: series('Inf', [857.6499999999999]),
      },
    ],
    expected: measured(857.6499999999999),
  },
  {
    name: 'D04 a metric that is folded',
    query: `metricSelector=${availability}`,
    replies: [
      {
        ask: { of: 'metrics', selector: availability, resolution: 'Inf' },
        recorded: 'metrics/success_with_fold/metrics_get_by_query1.json',
        synthetic: series('10m', [97.4, 97.5, null]),
      },
      definition(availability, 'metrics/success_with_fold/metrics_get_by_id.json', false, 'avg'),
      {
        ask: { of: 'metrics', selector: `(${availability}):fold` },
        recorded: 'metrics/success_with_fold/metrics_get_by_query2.json',
        synthetic: series('10m', [97.46884534911891]),
      },
    ],
    expected: measured(97.46884534911891),
  },
  {
    name: 'D05 a metric that cannot be folded',
    query: `metricSelector=${availability}:avg`,
    replies: [
      {
        ask: { of: 'metrics', selector: `${availability}:avg`, resolution: 'Inf' },
        recorded: 'metrics/no_fold_possible/metrics_get_by_query1.json',
        synthetic: series('10m', [97.4, 97.5, null]),
      },
      definition(`${availability}:avg`, 'metrics/no_fold_possible/metrics_get_id.json', false, 'value'),
    ],
    expected: {
      outcome: 'bad_query',
      message: "unable to apply ':fold' to the metric selector as the default aggregation type is 'value'",
    },
  },
  ...[
    { id: 'D06', of: 'response_time', selector: 'builtin:service.response.time:splitBy()', value: 54896.504858650806 },
    { id: 'D07', of: 'availability', selector: availability, value: 97.47250403469201 },
  ].map(({ id, of, selector, value }): Case => ({
    name: `${id} a resolution of the author's: ${of}`,
    query: `metricSelector=${selector}&resolution=30m`,
    replies: [
      {
        ask: { of: 'metrics', selector, resolution: '30m' },
        recorded: `metrics/success_with_other_resolution/${of}/metrics_get_by_query1.json`,
        synthetic: series('30m', [1, 2]),
      },
      definition(
        selector,
        `metrics/success_with_other_resolution/${of}/metrics_get_by_id.json`,
        of === 'response_time',
        'avg',
      ),
      {
        ask: { of: 'metrics', selector: `(${selector}):fold`, resolution: '30m' },
        recorded: `metrics/success_with_other_resolution/${of}/metrics_get_by_query2.json`,
        synthetic: series('30m', [value]),
      },
    ],
    expected: measured(value),
  })),
  ...[
    { resolution: 'Inf', folder: 'just_capital_i' },
    { resolution: 'INF', folder: 'all_upper_case' },
    { resolution: 'inf', folder: 'all_lower_case' },
    { resolution: 'iNF', folder: 'just_lower_case__i' },
  ].map(({ resolution, folder }): Case => ({
    name: `D08 resolution=${resolution}`,
    query: `metricSelector=builtin:service.response.time:splitBy()&resolution=${resolution}`,
    replies: [
      {
        ask: { of: 'metrics', selector: 'builtin:service.response.time:splitBy()', resolution },
        recorded: `metrics/explicit_resolution_inf/${folder}/metrics_get_by_query1.json`,
        synthetic: series('Inf', [54896.50418867919]),
      },
    ],
    expected: measured(54896.50418867919),
  })),
  {
    name: 'D09 a dimension that is misspelt',
    query: q95,
    replies: replied('metrics/no_results_due_to_entity_type/response_time_p95_200_0_result_warning_entity-type.json', {
      resolution: '10m',
      result: [{ data: [], warnings: ['The dimension key `dt.entity.services` is unknown.'] }],
    }),
    expected: processed('no_data', 'zero metric series. Warnings: The dimension key'),
  },
  {
    name: 'D10 a tag that nothing has',
    query: q95,
    replies: replied('metrics/no_results_due_to_tag/response_time_p95_200_0_result_wrong-tag.json', series('10m')),
    expected: processed('no_data', 'zero metric series; if that means zero'),
  },
  {
    name: 'D11 services that are not merged',
    query: q95,
    replies: replied(
      'metrics/multiple_results/response_time_p95_200_3_results.json',
      series('10m', [null, 1], [null, 2], [3, 4]),
    ),
    expected: processed('ambiguous', '3 metric series but only one is supported'),
  },
  {
    name: 'D19 constraints that are violated',
    query: q95,
    replies: replied(
      'basic/constraints_violated/metrics_query_constraints_violated.json',
      {
        error: {
          code: 400,
          message: 'Constraints violated.',
          constraintViolations: [
            {
              path: 'nextPageKey',
              message: 'expected one of nextPageKey or metricSelector to be specified',
              parameterLocation: 'QUERY',
              location: null,
            },
          ],
        },
      },
      400,
    ),
    expected: {
      outcome: 'bad_query',
      message:
        'error querying Metrics API v2: Dynatrace API error (400): Constraints violated. [path: nextPageKey - msg: expected one of nextPageKey or metricSelector to be specified]',
    },
  },
]

/** A reply that the API should not give, recorded as the first (1) or the last (2) of Keptn's requests. */
function strange(name: string, turn: 1 | 2, synthetic: unknown, outcome: string, what: string): Case {
  const folder = `${name.slice('D00 '.length)}_${turn === 1 ? 'first' : 'second'}`
  return {
    name: `${name}, ${turn}`,
    query: q95,
    replies: replied(`metrics/warnings/${folder}/metrics_get_by_query${turn}.json`, synthetic),
    expected: processed(outcome, what),
  }
}

const oneOf = 'one_metric_series_collection'
const oneIn = `${oneOf}_one_metric_series`
const twoCollections = { result: [{ data: [] }, { data: [] }] }
const noValues = { result: [{ data: [{}] }] }
const twoSeries = series('Inf', [1], [2])

const strangeCases: readonly Case[] = ([1, 2] as const).flatMap((turn) => [
  strange('D12 zero_metric_series_collections', turn, { result: [] }, 'no_data', 'zero metric series collections'),
  ...['one_metric_series', 'two_metric_series'].map((what) =>
    strange(
      `D13 two_metric_series_collections_${what}`,
      turn,
      twoCollections,
      'ambiguous',
      '2 metric series collections',
    ),
  ),
  strange(`D14 ${oneOf}_zero_metric_series`, turn, series('Inf'), 'no_data', 'zero metric series'),
  strange(`D15 ${oneIn}_no_values`, turn, noValues, 'no_data', 'zero values'),
  strange(`D15 ${oneIn}_empty_values`, turn, series('Inf', []), 'no_data', 'zero values'),
  strange(`D16 ${oneIn}_null_value`, turn, series('Inf', [null]), 'no_data', "'null' as value"),
  strange(`D18 ${oneOf}_two_metric_series`, turn, twoSeries, 'ambiguous', '2 metric series but only one is supported'),
])

const twoValuesCases: readonly Case[] = ['D17 two_values_first_and', 'D17 two_values'].map((name) =>
  strange(
    name.replace('two_values', `${oneIn}_two_values`),
    2,
    series('Inf', [719, 653]),
    'ambiguous',
    '2 values but only one is supported',
  ),
)

const filtered =
  'builtin:service.response.time:filter(and(or(in("dt.entity.service",entitySelector("type(service),tag(~"specialTag:key=value~")"))))):splitBy():percentile(95.0)'
const plain = 'builtin:service.response.time:splitBy():percentile(95.0)'
const special = 'type(service),tag("specialTag:key=value")'

const parsingCases: readonly Case[] = [
  ...[
    { folder: 'equals_in_entity_selector', selector: plain, entity: special },
    { folder: 'equals_in_metric_selector', selector: filtered },
    { folder: 'equals_in_metric_and_entity_selectors', selector: filtered, entity: special },
  ].map(({ folder, selector, entity }): Case => ({
    name: `D44 ${folder}`,
    query: `metricSelector=${selector}${entity === undefined ? '' : `&entitySelector=${entity}`}`,
    replies: [
      {
        ask: { of: 'metrics', selector, resolution: 'Inf', ...(entity !== undefined && { entity }) },
        recorded: `metrics/query_parsing/${folder}/metrics_get_by_query2.json`,
        synthetic: series('Inf', [12910.279946732833]),
      },
    ],
    expected: measured(12910.279946732833),
  })),
  {
    name: 'D44 a filter that finds nothing',
    query: `metricSelector=${filtered}`,
    replies: [
      {
        ask: { of: 'metrics', selector: filtered, resolution: 'Inf' },
        recorded: 'metrics/query_parsing/metrics_get_by_query1.json',
        synthetic: series('1h'),
      },
    ],
    expected: processed('no_data', 'zero metric series'),
  },
  {
    name: 'D40 the older form with a scope',
    query:
      'builtin:service.requestCount.total:splitBy():percentile(95.0)?scope=tag(keptn_project:$PROJECT),tag(keptn_stage:$STAGE),tag(keptn_service:$SERVICE),tag(keptn_deployment:${LABEL.deployment:-})',
    replies: [
      {
        ask: {
          of: 'metrics',
          selector: 'builtin:service.requestCount.total:splitBy():percentile(95.0)',
          entity:
            'tag(keptn_project:sockshop),tag(keptn_stage:staging),tag(keptn_service:carts),tag(keptn_deployment:),type(SERVICE)',
          resolution: 'Inf',
        },
        recorded: 'metrics/legacy_format_success/with_scope_key/metrics_get_by_query1.json',
        synthetic: series('Inf', [324]),
      },
    ],
    expected: measured(324),
  },
  ...['just_metric_selector', 'finishing_with_question_mark'].map((folder): Case => ({
    name: `D41 the older form: ${folder}`,
    query: folder === 'just_metric_selector' ? plain : `${plain}?`,
    replies: [
      {
        ask: { of: 'metrics', selector: plain, resolution: 'Inf' },
        recorded: `metrics/legacy_format_success/${folder}/metrics_get_by_query1.json`,
        synthetic: series('Inf', [210597.99593297063]),
      },
    ],
    expected: measured(210597.99593297063),
  })),
]

const tagOfEnvironment = 'type(SERVICE),tag("env_tag:some_tag")'

const placeholderCases: readonly Case[] = [
  {
    name: 'D20 microseconds as milliseconds, with a variable of the environment',
    query:
      'MV2;MicroSecond;entitySelector=type(SERVICE),tag("env_tag:$ENV.MY_ENV_TAG")&metricSelector=builtin:service.response.time',
    environment: { MY_ENV_TAG: 'some_tag' },
    replies: [
      {
        ask: {
          of: 'metrics',
          selector: 'builtin:service.response.time',
          entity: tagOfEnvironment,
          resolution: 'Inf',
        },
        recorded: 'basic/env_placeholders/metrics_get_by_query2.json',
        synthetic: series('Inf', [1550773.9132118083]),
      },
    ],
    expected: measured(1550.7739132118083),
  },
  ...[
    { id: 'D21', prefix: 'MV2;MicroSecond;', value: 0.6458395061728395 },
    { id: 'D22', prefix: '', value: 645.8395061728395 },
  ].map(({ id, prefix, value }): Case => ({
    name: `${id} ${prefix || 'without a unit'}`,
    query: `${prefix}entitySelector=type(SERVICE),tag(stage:$STAGE)&metricSelector=builtin:service.response.time&resolution=Inf`,
    replies: [
      {
        ask: {
          of: 'metrics',
          selector: 'builtin:service.response.time',
          entity: 'type(SERVICE),tag(stage:staging)',
          resolution: 'Inf',
        },
        recorded: 'basic/placeholders/metrics_query_result.json',
        synthetic: series('Inf', [645.8395061728395]),
      },
    ],
    expected: measured(value),
  })),
]

const slo = '7d07efde-b714-3e6e-ad95-08490e2540c4'
const unknownSlo = `SLO with ID '${slo}' not found.`

const otherCases: readonly Case[] = [
  {
    name: 'D23 open problems',
    query: 'PV2;problemSelector=status("open")',
    replies: [
      {
        ask: { of: 'problems', selector: 'status("open")' },
        recorded: 'pv2_success/problems_status_open.json',
        synthetic: { totalCount: 30, pageSize: 50, problems: [], warnings: [] },
      },
    ],
    expected: measured(30),
  },
  {
    name: 'D24 problems of the status that a label names',
    query: 'PV2;problemSelector=status($LABEL.problem_status)',
    labels: { problem_status: 'open' },
    replies: [
      {
        ask: { of: 'problems', selector: 'status(open)' },
        recorded: 'basic/placeholders/problems_query_result.json',
        synthetic: { totalCount: 12, pageSize: 50, problems: [], warnings: [] },
      },
    ],
    expected: measured(12),
  },
  {
    name: 'D25 security problems on several pages',
    query: 'SECPV2;securityProblemSelector=status("open")',
    replies: [
      {
        ask: { of: 'securityProblems', selector: 'status("open")' },
        recorded: 'secpv2_success/security_problems_status_open.json',
        synthetic: { totalCount: 398, pageSize: 100, nextPageKey: 'more', securityProblems: [] },
      },
    ],
    expected: measured(398),
  },
  {
    name: 'D26 an SLO',
    query: `SLO;${slo}`,
    replies: [
      {
        ask: { of: 'slo', id: slo },
        recorded: `slo_success/slo_${slo}.json`,
        synthetic: { id: slo, evaluatedPercentage: 95, status: 'SUCCESS', error: 'NONE' },
      },
    ],
    expected: measured(95),
  },
  {
    name: 'D27 an SLO that nobody knows',
    query: `SLO;${slo}`,
    replies: [{ ask: { of: 'slo', id: slo }, status: 404, synthetic: { error: { code: 404, message: unknownSlo } } }],
    expected: {
      outcome: 'bad_query',
      message: `error querying Service level objectives API: Dynatrace API error (404): ${unknownSlo}`,
    },
  },
  ...['METRIC_EXPRESSION_NO_DATA', null].map((error): Case => ({
    name: `D28 an SLO whose error is ${error}`,
    query: `SLO;${slo}`,
    replies: [{ ask: { of: 'slo', id: slo }, synthetic: { id: slo, evaluatedPercentage: -1, error } }],
    expected: { outcome: 'upstream', message: `Dynatrace API returned an error: ${error ?? 'no error field'}` },
  })),
]

const osVersions = 'SELECT osVersion,AVG(duration),MAX(duration) FROM usersession GROUP BY osVersion'
const several = 'usql/multiple_result_processing/usql_200_multiple_results.json'
const rows = table(
  16,
  ['Windows XP', 90481.20913788922, 5280001],
  ['iOS 12.1.4', 20515.5, 29043],
  ['Android 6.0.1', 21550.5, 31244],
  ['Android 7.0.1', 30001.69230769231, 58892],
  ['iOS 14', 42557.1875, 190112],
)

const usqlCases: readonly Case[] = (
  [
    [
      'D29 one value',
      'SINGLE_VALUE;;',
      'usql/single_result_processing/usql_200_single_result.json',
      table(16, [87793.1776896271]),
      measured(87793.1776896271),
    ],
    ['D30 a column chart', 'COLUMN_CHART;Android 6.0.1;', several, rows, measured(21550.5)],
    ['D31 a line chart', 'LINE_CHART;Android 7.0.1;', several, rows, measured(30001.69230769231)],
    ['D32 a pie chart', 'PIE_CHART;iOS 14;', several, rows, measured(42557.1875)],
    ['D33 a table', 'TABLE;iOS 12.1.4;', several, rows, measured(29043)],
    [
      'D34 no rows',
      'COLUMN_CHART;iOS 11.4.1;',
      'usql/no_results/usql_200_0_results.json',
      { extrapolationLevel: 16, columnNames: ['osVersion', 'avg(duration)'], values: [] },
      { ...noData, message: "could not find dimension name 'iOS 11.4.1' in result" },
    ],
    [
      'D34 no such row',
      'COLUMN_CHART;iOS 11.4.1;',
      'usql/processing_errors/usql_200_multiple_results.json',
      table(16, ['Windows XP', 90481.2]),
      { ...noData, message: "could not find dimension name 'iOS 11.4.1' in result" },
    ],
    [
      'D35 names in the wrong column',
      'COLUMN_CHART;x;',
      'usql/incorrect_configuration/usql_200_multiple_results_wrong_first_column_type.json',
      table(16, [90481.2, 'Windows XP']),
      { outcome: 'invalid_value', message: 'dimension name should be a string' },
    ],
    [
      'D36 names in the second column, too',
      'PIE_CHART;Windows XP;',
      'usql/incorrect_configuration/usql_200_multiple_results_wrong_second_column_type.json',
      table(16, ['Windows XP', 'United States', 98851.2]),
      { outcome: 'invalid_value', message: 'dimension value should be a number' },
    ],
    [
      'D36 names in the last column of a table',
      'TABLE;Windows XP;',
      'usql/incorrect_configuration/usql_200_multiple_results_wrong_last_column_type.json',
      table(16, ['Windows XP', 98851.2, 'United States']),
      { outcome: 'invalid_value', message: 'dimension value should be a number' },
    ],
    [
      'D37 one column',
      'COLUMN_CHART;iOS 11.4.1;',
      'usql/incorrect_configuration/usql_200_single_result.json',
      table(16, [87793.1776896271]),
      { outcome: 'invalid_value', message: 'USQL result type COLUMN_CHART should at least have two columns' },
    ],
    [
      'D37 several rows for one value',
      'SINGLE_VALUE;;',
      'usql/incorrect_configuration/usql_200_multiple_results.json',
      table(1, ['Android 6.0.1', 21862.42, 31244], ['iOS 11.4.1', 23576, 25337]),
      { outcome: 'ambiguous', message: 'USQL result type SINGLE_VALUE should only return a single result' },
    ],
  ] as const
).map(([name, form, recorded, synthetic, expected]) => ({
  name,
  query: `USQL;${form}${osVersions}`,
  replies: [{ ask: { of: 'usql', usql: osVersions }, recorded, synthetic }],
  expected,
}))

/** D01 to D37, D40, D41, D44 and D50. Those that ask nothing are of the parser's own test. */
export const cases: readonly Case[] = [
  ...metricsCases,
  ...strangeCases,
  ...twoValuesCases,
  ...parsingCases,
  ...placeholderCases,
  ...otherCases,
  ...usqlCases,
  {
    name: 'D50 a label in USQL',
    query: "USQL;TABLE;iOS 12.1.4;SELECT osVersion, AVG(duration) FROM usersession WHERE country IN('$LABEL.country')",
    labels: { country: 'Austria' },
    replies: [
      {
        ask: {
          of: 'usql',
          usql: "SELECT osVersion, AVG(duration) FROM usersession WHERE country IN('Austria')",
        },
        recorded: 'basic/placeholders/usql_query_result.json',
        synthetic: table(1, ['iOS 12.1.4', 29043]),
      },
    ],
    expected: measured(29043),
  },
]
