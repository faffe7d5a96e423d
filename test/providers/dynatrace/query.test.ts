import { describe, expect, test } from 'vitest'
import type { MetricsQuery } from '../../../providers/dynatrace/metrics-query.ts'
import { parseQuery, type DynatraceQuery } from '../../../providers/dynatrace/query.ts'

const metrics = (query: MetricsQuery, divisor = 1) => ({ kind: 'metrics', query, divisor }) as const

const legacySelector = 'builtin:service.response.time:splitBy():percentile(95.0)'

describe('what a query asks', () => {
  const cases: readonly (readonly [text: string, parsed: DynatraceQuery])[] = [
    ['metricSelector=a', metrics({ metricSelector: 'a' })],
    [
      ' &metricSelector=a:filter(eq("k","x=y"))& entitySelector=tag("a b") &resolution=30m&mzSelector=mzId(1)&',
      metrics({
        metricSelector: 'a:filter(eq("k","x=y"))',
        entitySelector: 'tag("a b")',
        resolution: '30m',
        mzSelector: 'mzId(1)',
      }),
    ],
    [legacySelector, metrics({ metricSelector: legacySelector, resolution: 'Inf' })],
    [`${legacySelector}?`, metrics({ metricSelector: legacySelector, resolution: 'Inf' })],
    [
      `${legacySelector}?scope=tag(x:y)`,
      metrics({ metricSelector: legacySelector, resolution: 'Inf', entitySelector: 'tag(x:y),type(SERVICE)' }),
    ],
    [
      `${legacySelector}?scope=type(SERVICE),tag(x)`,
      metrics({ metricSelector: legacySelector, resolution: 'Inf', entitySelector: 'type(SERVICE),tag(x)' }),
    ],
    ['MV2;MicroSecond;metricSelector=a', metrics({ metricSelector: 'a' }, 1000)],
    ['MV2;microsecond;metricSelector=a;b', metrics({ metricSelector: 'a;b' }, 1000)],
    ['MV2;Byte;metricSelector=a', metrics({ metricSelector: 'a' }, 1024)],
    ...['Count', 'MilliSecond', 'Unspecified', 'Percent', 'percent'].map((unit): readonly [string, DynatraceQuery] => [
      `MV2;${unit};metricSelector=a`,
      { ...metrics({ metricSelector: 'a' }), unscaledUnit: unit },
    ]),
    ['SLO;7d07efde-b714-3e6e-ad95-08490e2540c4', { kind: 'slo', id: '7d07efde-b714-3e6e-ad95-08490e2540c4' }],
    ['PV2;', { kind: 'problems', selectors: {} }],
    [
      'PV2;entitySelector=type(HOST)&problemSelector=status("open")',
      { kind: 'problems', selectors: { problemSelector: 'status("open")', entitySelector: 'type(HOST)' } },
    ],
    [
      'SECPV2;securityProblemSelector=status("open")',
      { kind: 'security_problems', selectors: { securityProblemSelector: 'status("open")' } },
    ],
    [
      'USQL;SINGLE_VALUE;;SELECT AVG(duration) FROM usersession WHERE a=";"',
      {
        kind: 'usql',
        query: {
          resultType: 'SINGLE_VALUE',
          dimension: '',
          usql: 'SELECT AVG(duration) FROM usersession WHERE a=";"',
        },
      },
    ],
    [
      'USQL;COLUMN_CHART;Android 6.0.1;SELECT x',
      { kind: 'usql', query: { resultType: 'COLUMN_CHART', dimension: 'Android 6.0.1', usql: 'SELECT x' } },
    ],
    ['DQL;fetch logs | summarize c = count()', { kind: 'dql', dql: 'fetch logs | summarize c = count()' }],
  ]
  for (const [text, parsed] of cases) {
    test(`${text} is ${parsed.kind}`, () => {
      expect(parseQuery(text, 'classic')).toEqual(parsed)
    })
  }
})

describe('where DQL needs no prefix', () => {
  for (const [text, kind] of [
    ['fetch logs', 'dql'],
    ['SLOW | fields a', 'dql'],
    ['DQL;fetch logs', 'dql'],
    ['SLO;id', 'slo'],
    ['MV2;Byte;metricSelector=a', 'metrics'],
    ['', 'invalid'],
  ] as const) {
    test(`${JSON.stringify(text)} is ${kind}`, () => {
      expect(parseQuery(text, 'dql').kind).toBe(kind satisfies DynatraceQuery['kind'])
    })
  }
})

/** D38, D39, D42, D43 and D45 to D49 of the oracles, and what is near them. */
describe('what is no query', () => {
  for (const [text, message] of [
    ['USQL;', 'error parsing USQL query: incorrect prefix'],
    ['USQL;;', 'error parsing USQL query: incorrect prefix'],
    ['USQL', 'error parsing USQL query: incorrect prefix'],
    ['USQL;COLUMN_CHART;SELECT x', 'error parsing USQL query: incorrect prefix'],
    ['USQL;;;SELECT x', 'result type should not be empty'],
    ['USQL;COLUMN_CHARTS;x;SELECT x', 'unknown result type: COLUMN_CHARTS'],
    ['USQL;SINGLE_VALUE;x;SELECT x', 'dimension should be empty'],
    ['USQL;TABLE;;SELECT x', 'dimension should not be empty'],
    ['USQL;TABLE;x; ', 'query should not be empty'],
    ['SLOW_REQUESTS', 'error parsing SLO query: incorrect prefix'],
    ['SLO; ', 'error parsing SLO query: the id of the SLO should not be empty'],
    ['PV2;securityProblemSelector=x', 'error parsing Problems v2 query: unknown key: securityProblemSelector'],
    ['SECPV2;problemSelector=x', 'error parsing Security Problems v2 query: unknown key: problemSelector'],
    [`${legacySelector}?scope=`, "error parsing Metrics v2 query: could not parse 'key=value' pair correctly"],
    [`${legacySelector}?scope`, "error parsing Metrics v2 query: could not parse 'key=value' pair correctly"],
    ['a:filter(in("k",entitySelector("tag(~"k:x=y~")")))', 'error parsing Metrics v2 query: unknown key'],
    ['metricsSelector=a', 'error parsing Metrics v2 query: unknown key: metricsSelector'],
    ['metricSelector=a&entitySelector=tag(t:tom & jerry)', "could not parse 'key=value' pair correctly: jerry)"],
    ['metricSelector=a&metricSelector=b', "duplicate key 'metricSelector'"],
    ['entitySelector=type(SERVICE)', 'metrics query must include a metric selector'],
    ['MV2;Percents;metricSelector=a', 'error parsing MV2 query: invalid unit: Percents'],
    ...[
      'a:avg?entitySelector=type(HOST)',
      'a:avg&entitySelector=type(HOST)',
      'MV2;Byte;a:avg?entitySelector=type(HOST)',
    ].map(
      (written) =>
        [
          written,
          'query: write metricSelector= first, and & between the parts: metricSelector=a:avg&entitySelector=type(HOST)',
        ] as const,
    ),
    ['a:filter(eq("k","x=y"))&resolution=Inf', 'metricSelector=a:filter(eq("k","x=y"))&resolution=Inf'],
    ['metricSelctor=a&entitySelector=b', 'error parsing Metrics v2 query: unknown key: metricSelctor'],
    ['MV2;MicroSeconds;metricSelector=a', 'error parsing MV2 query: invalid unit: MicroSeconds'],
    ['MV2;Bytes;metricSelector=a', 'error parsing MV2 query: invalid unit: Bytes'],
    ['MV2;;metricSelector=a', 'error parsing MV2 query: unit should not be empty'],
    ['MV2;metricSelector=a', 'error parsing MV2 query: incorrect prefix'],
    [`MV2;Byte;${legacySelector}`, "error parsing MV2 query: could not parse 'key=value' pair correctly"],
    [' MV2;Byte;metricSelector=a', 'error parsing Metrics v2 query: unknown key: MV2;Byte;metricSelector'],
    ['metricSelector=a&from=now-1h', 'unknown key: from'],
    ['DQL; ', 'error parsing DQL query: query should not be empty'],
  ] as const) {
    test(`${text}: ${message}`, () => {
      expect(parseQuery(text, 'classic')).toEqual({ kind: 'invalid', message: expect.stringContaining(message) })
    })
  }
})
