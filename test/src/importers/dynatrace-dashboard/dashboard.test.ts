import { describe, expect, test } from 'vitest'
import { parseQuery } from '../../../../providers/dynatrace/query.ts'
import { filesOf } from '../../../../src/importers/dynatrace-dashboard/files.ts'
import { readDashboard } from '../../../../src/importers/dynatrace-dashboard/tile.ts'
import {
  customChart,
  dataExplorer,
  imported,
  markdown,
  queriesOrReasons,
  responseTime,
  usql,
  withUnit,
} from './dashboards.ts'

const split = { metricExpressions: ['resolution=null&(builtin:host.cpu.usage:splitBy("dt.entity.host")):names'] }

/** Each query is one that the environment API's provider understands. */
const taken: readonly (readonly [name: string, tile: object, query: string])[] = [
  ['a metric', dataExplorer('a'), `metricSelector=${responseTime}`],
  [
    'a resolution',
    dataExplorer('a', {
      metricExpressions: ['resolution=Inf&builtin:host.cpu.usage:splitBy():avg', 'resolution=1h&x'],
    }),
    'metricSelector=builtin:host.cpu.usage:splitBy():avg&resolution=Inf',
  ],
  [
    'one of two queries is enabled',
    dataExplorer('a', {
      queries: [
        { id: 'A', enabled: false },
        { id: 'B', enabled: true },
      ],
    }),
    `metricSelector=${responseTime}`,
  ],
  [
    'a unit',
    dataExplorer('a', withUnit('MilliSecond')),
    `metricSelector=(${responseTime}):toUnit(MicroSecond,MilliSecond)`,
  ],
  ['the unit it has', dataExplorer('a', withUnit('MicroSecond')), `metricSelector=${responseTime}`],
  ['the unit that is best', dataExplorer('a', withUnit('auto')), `metricSelector=${responseTime}`],
  [
    'thousands',
    dataExplorer('a', {
      ...withUnit('Kilo'),
      metricExpressions: ['resolution=null&builtin:service.requestCount.total:splitBy():sum'],
    }),
    'metricSelector=(builtin:service.requestCount.total:splitBy():sum)/1000',
  ],
  [
    'a rule of another matcher',
    dataExplorer('a', {
      visualConfig: {
        rules: [
          { matcher: 'A:', unitTransform: 'MilliSecond' },
          { matcher: '^A:', unitTransform: 'Byte' },
        ],
      },
    }),
    `metricSelector=(${responseTime}):toUnit(MicroSecond,MilliSecond)`,
  ],
  [
    'a management zone',
    dataExplorer('a', { tileFilter: { managementZone: { id: '1', name: 'My "zone"~' } } }),
    `metricSelector=${responseTime}&mzSelector=mzName("My ~"zone~"~~")`,
  ],
  [
    'a chart',
    customChart('a'),
    'metricSelector=builtin:service.response.time:splitBy():avg:names&entitySelector=type(SERVICE)',
  ],
  [
    'a chart of percentiles, of tags and of entities',
    customChart(
      'a',
      { aggregation: 'PERCENTILE', percentile: 95 },
      { SERVICE: { AUTO_TAGS: ['env:prod', 'a"b'], SPECIFIC_ENTITIES: ['SERVICE-1', 'SERVICE-2'] }, HOST: { X: [] } },
    ),
    'metricSelector=builtin:service.response.time:splitBy():percentile(95):names&entitySelector=type(SERVICE),entityId("SERVICE-1","SERVICE-2"),tag("env:prod"),tag("a~"b")',
  ],
  [
    'a chart of one value of a dimension, in the aggregation of the metric',
    customChart('a', { aggregation: 'NONE', dimensions: [{ id: '0', name: 'Test Step', values: ['Log in'] }] }),
    'metricSelector=builtin:service.response.time:filter(eq("Test Step","Log in")):splitBy("Test Step"):auto:names&entitySelector=type(SERVICE)',
  ],
  [
    'a chart of key requests',
    customChart('a', { entityType: 'SERVICE_KEY_REQUEST' }, { SERVICE_KEY_REQUEST: { AUTO_TAGS: ['x'] } }),
    'metricSelector=builtin:service.response.time:splitBy():avg:names&entitySelector=type(SERVICE_METHOD),fromRelationships.isServiceMethodOfService(type(SERVICE),tag("x"))',
  ],
  [
    'user sessions',
    usql('a', 'SINGLE_VALUE', 'SELECT AVG(duration) FROM usersession WHERE country="AT" AND a=1'),
    'USQL;SINGLE_VALUE;;SELECT AVG(duration) FROM usersession WHERE country="AT" AND a=1',
  ],
  ['problems', { tileType: 'OPEN_PROBLEMS', name: 'Problems' }, 'PV2;problemSelector=status("open")'],
  [
    'problems of a zone',
    { tileType: 'OPEN_PROBLEMS', tileFilter: { managementZone: { id: '7', name: 'Easy' } } },
    'PV2;problemSelector=status("open"),managementZones("Easy")',
  ],
  [
    'an ampersand',
    dataExplorer('a', {
      metricExpressions: ['resolution=null&a:filter(eq("x","R&D, 5%"))'],
      tileFilter: { managementZone: { id: '1', name: 'R&D' } },
    }),
    'metricSelector=a:filter(eq("x","R%26D, 5%25"))&mzSelector=mzName("R%26D")',
  ],
  [
    'problems of a zone with an ampersand',
    { tileType: 'OPEN_PROBLEMS', tileFilter: { managementZone: { id: '7', name: 'R&D' } } },
    'PV2;problemSelector=status("open"),managementZones("R%26D")',
  ],
]

describe('a tile is taken', () => {
  for (const [name, tile, query] of taken) {
    test(`with ${name}`, async () => {
      expect(await queriesOrReasons(tile)).toEqual([query])
      expect(parseQuery(query, 'classic').kind).not.toBe('invalid')
    })
  }

  test('SLOs, each as an informational objective, which is said', async () => {
    const { tiles } = await imported([{ tileType: 'SLO', name: 'SLO', assignedEntities: ['7d07-1', '7d07-2'] }])
    expect(tiles).toMatchObject([
      {
        imported: {
          kind: 'taken',
          objectives: [
            { indicator: 'slo_7d07-1', query: 'SLO;7d07-1', pass: [] },
            { indicator: 'slo_7d07-2', query: 'SLO;7d07-2', pass: [] },
          ],
          notes: [expect.stringContaining('informational')],
        },
      },
    ])
  })

  test('a chart per minute, whose value is another one, which is said', async () => {
    const { tiles } = await imported([customChart('a', { aggregationRate: 'MINUTE' })])
    expect(tiles).toMatchObject([{ imported: { kind: 'taken', notes: [expect.stringContaining('per minute')] } }])
  })
})

/** In the order of the reasons. */
const refused: readonly (readonly [name: string, tile: unknown, ...reasons: readonly string[]])[] = [
  ['without a title', dataExplorer(''), 'it has no title'],
  ['no query', dataExplorer('a', { queries: [] }), 'it has 0 queries'],
  ['two queries', dataExplorer('a', { queries: [{ id: 'A' }, { id: 'B' }] }), 'it has 2 queries'],
  ['no expression', dataExplorer('a', { metricExpressions: [] }), 'it has no metric expression'],
  ['a split', dataExplorer('a', split), 'it is split by a dimension'],
  [
    'two rules',
    dataExplorer('a', { visualConfig: { rules: [{ matcher: 'A:' }, { matcher: 'A:' }] } }),
    'it has 2 visual rules for query A',
  ],
  [
    'a unit of who knows what',
    dataExplorer('a', { ...withUnit('Byte'), metricExpressions: ['resolution=null&calc:service.x:splitBy()'] }),
    'the unit of its metric is known to the environment only',
  ],
  [
    'a unit of a quotient',
    dataExplorer('a', {
      ...withUnit('MilliSecond'),
      metricExpressions: ['resolution=null&builtin:service.response.time:splitBy()/2'],
    }),
    'the unit of its metric is known to the environment only',
  ],
  [
    'a number in milliseconds',
    dataExplorer('a', {
      ...withUnit('MilliSecond'),
      metricExpressions: ['resolution=null&builtin:service.requestCount.total:splitBy()'],
    }),
    'a number has no unit',
  ],
  [
    'a placeholder',
    dataExplorer('a', { metricExpressions: ['resolution=null&a:filter(eq("x","$HOME"))'] }),
    'its query holds $HOME',
  ],
  ['a chart of nothing', { tileType: 'CUSTOM_CHARTING', name: 'a' }, 'filterConfig must be an object'],
  ['two dimensions', customChart('a', { dimensions: [{ name: 'x' }, { name: 'y' }] }), 'it is split by 2 dimensions'],
  ['a dimension', customChart('a', { dimensions: [{ name: 'x', values: [] }] }), 'it is split by a dimension'],
  [
    'two values of a dimension',
    customChart('a', { dimensions: [{ name: 'x', values: ['1', '2'] }] }),
    'it shows 2 values of x',
  ],
  ['an inverse', customChart('a', { aggregation: 'OTHER_RATIO' }), 'its aggregation OTHER_RATIO is none'],
  ['a percentile of nothing', customChart('a', { aggregation: 'PERCENTILE' }), 'it is a percentile without a number'],
  [
    'filters',
    customChart('a', {}, { SERVICE: { SERVICE_TYPE: ['x'], SERVICE_SOFTWARE_TECH: ['y'] } }),
    'it is filtered by SERVICE_SOFTWARE_TECH, SERVICE_TYPE',
  ],
  [
    'rows of user sessions',
    usql('a', 'PIE_CHART', 'SELECT'),
    'what stands in its rows is known to the environment only',
  ],
  ['a funnel', usql('a', 'FUNNEL', 'SELECT'), 'its visualisation FUNNEL'],
  ['no SLO', { tileType: 'SLO', assignedEntities: [] }, 'no SLO is assigned to it'],
  ['totals that are wrong', markdown('KQG.Total.Pass=200%'), 'KQG.Total.Pass must be'],
  ['no tile', 'x', 'must be an object with a tileType'],
  ['another shape', dataExplorer('a', { queries: { id: 1 } }), 'queries must be a list'],
  [
    'a wrong title and a wrong tile, both told',
    dataExplorer('srt; pass=<30; weight=4.2; key=true; key=false', { queries: [] }),
    'weight must be a whole number',
    "duplicate key 'key'",
    'it has 0 queries',
  ],
]

describe('a tile is not taken', () => {
  for (const [name, tile, ...reasons] of refused) {
    test(`with ${name}`, async () => {
      expect(await queriesOrReasons(tile)).toEqual(reasons.map((reason) => expect.stringContaining(reason)))
    })
  }

  for (const [name, tile, why] of [
    ['excluded', dataExplorer('a;exclude=true', { queries: [] }), 'its title says exclude=true'],
    ['a text', markdown('# Hello'), 'it is a text without KQG.'],
    ['a header', { tileType: 'HEADER', name: 'x' }, 'tiles of type HEADER hold no objective'],
  ] as const) {
    test(`and nobody wanted it: ${name}`, async () => {
      const { tiles } = await imported([tile])
      expect(tiles).toMatchObject([{ imported: { kind: 'passed_over', why } }])
    })
  }
})

describe('thresholds', () => {
  const green = { color: '#7dc540' }
  const yellow = { color: '#F5D30F' }
  const red = { color: '#dc172a' }
  const tile = (title: string, rules: readonly object[], visible = true) =>
    dataExplorer(title, { visualConfig: { thresholds: [{ axisTarget: 'LEFT', rules, visible }] } })
  const lowIsGood = [
    { ...green, value: 0 },
    { ...yellow, value: 0.5 },
    { ...red, value: 500 },
  ]
  const highIsGood = [
    { ...red, value: 0 },
    { ...yellow, value: 90 },
    { ...green, value: 99.5 },
  ]

  for (const { name, one, pass, warning } of [
    { name: 'the lower the better', one: tile('a', lowIsGood), pass: [['>=0', '<0.5']], warning: [['>=0', '<500']] },
    { name: 'the higher the better', one: tile('a', highIsGood), pass: [['>=99.5']], warning: [['>=90']] },
    { name: 'the title counts more', one: tile('a;warning=<7', lowIsGood), pass: [], warning: [['<7']] },
    { name: 'not shown', one: tile('a', lowIsGood, false), pass: [], warning: [] },
    { name: 'without values', one: tile('a', [green, yellow, red]), pass: [], warning: [] },
  ]) {
    test(`with ${name}`, async () => {
      expect((await imported([one])).objectives).toMatchObject([{ pass, warning }])
    })
  }

  for (const [name, rules, ...reasons] of [
    ['two', lowIsGood.slice(1), 'it has 2 thresholds where 3 were expected'],
    ['one has no value', [green, ...lowIsGood.slice(1)], 'threshold 1 has no value'],
    [
      'a colour of its own',
      [{ color: '#14a8f5', value: -1 }, ...lowIsGood.slice(1)],
      'has a colour of its own, #14a8f5',
    ],
    ['falling', lowIsGood.toReversed().map((rule, at) => ({ ...rule, color: lowIsGood[at]?.color })), 'do not rise'],
    ['in disorder', [highIsGood[0], { ...green, value: 3 }, lowIsGood[2]], 'mean fail, pass, fail'],
    ['below zero', [{ ...green, value: -5 }, ...lowIsGood.slice(1)], 'its threshold -5 is negative'],
  ] as const) {
    test(`are refused: ${name}`, async () => {
      const one = tile('a', rules as readonly object[])
      expect(await queriesOrReasons(one)).toEqual(reasons.map((reason) => expect.stringContaining(reason)))
    })
  }
})

describe('a dashboard', () => {
  const zone = (id: string, name: string) => ({ managementZone: { id, name } })

  for (const { name, dashboard, tile, query } of [
    { name: 'its own', dashboard: zone('1', 'one'), tile: zone('2', 'two'), query: '&mzSelector=mzName("two")' },
    { name: "the dashboard's", dashboard: zone('1', 'one'), tile: {}, query: '&mzSelector=mzName("one")' },
    { name: 'none at all', dashboard: zone('1', 'one'), tile: zone('all', 'All'), query: '' },
  ]) {
    test(`whose tile is of a management zone: ${name}`, async () => {
      const tiles = [dataExplorer('a', { tileFilter: tile })]
      const { objectives } = await imported(tiles, { dashboardFilter: dashboard })
      expect(objectives.map((one) => one.query)).toEqual([`metricSelector=${responseTime}${query}`])
    })
  }

  test('takes none of two that have one name', async () => {
    const { objectives, tiles } = await imported([
      dataExplorer('A;sli=x'),
      customChart('B;sli=X'),
      dataExplorer('C'),
      dataExplorer('C;sli=other'),
      dataExplorer('D'),
    ])
    expect(objectives.map(({ indicator }) => indicator)).toEqual(['d'])
    expect(tiles.map(({ imported: { kind } }) => kind)).toEqual([...Array(4).fill('not_taken'), 'taken'])
  })

  test('has its totals once', async () => {
    const { totals, tiles } = await imported([markdown('KQG.Total.Pass=95%'), markdown('KQG.Total.Pass=1%')])
    expect(totals.totalScore).toEqual({ pass: 95, warning: 75 })
    expect(tiles[1]).toMatchObject({ imported: { kind: 'not_taken', why: [expect.stringContaining('tile 1')] } })
  })

  test('becomes files that slo/ reads', async () => {
    const dashboard = await imported([
      markdown('KQG.Compare.Results=3'),
      dataExplorer('Yes: 100 % "quoted" #1; sli=yes; pass=>=1,<+10%; pass==0; warning=<=5; weight=2; key=true'),
      { tileType: 'OPEN_PROBLEMS' },
    ])
    expect(filesOf(dashboard)).toEqual({
      slo: `spec_version: "1.0"
comparison:
  compare_with: "several_results"
  number_of_comparison_results: 3
  include_result_with_score: "pass"
  aggregate_function: "avg"
objectives:
  - sli: "yes"
    displayName: "Yes: 100 % \\"quoted\\" #1"
    pass:
      - criteria:
          - ">=1"
          - "<+10%"
      - criteria:
          - "=0"
    warning:
      - criteria:
          - "<=5"
    weight: 2
    key_sli: true
  - sli: "problems"
    displayName: "Problems"
    pass:
      - criteria:
          - "<=0"
    weight: 1
    key_sli: true
total_score:
  pass: "90%"
  warning: "75%"
`,
      sli: `spec_version: "1.0"
indicators:
  yes: "metricSelector=${responseTime}"
  problems: "PV2;problemSelector=status(\\"open\\")"
`,
    })
  })

  for (const { json, message } of [
    { json: [], message: 'is no dashboard: an object was expected' },
    { json: {}, message: 'is no dashboard: tiles must be a list' },
    { json: { version: 15, tiles: { '0': { type: 'data' } } }, message: 'is a dashboard of the Dashboards app' },
  ]) {
    test(`is not ${JSON.stringify(json)}`, () => {
      expect(readDashboard(json)).toEqual({ kind: 'wrong', message: expect.stringContaining(message) })
    })
  }
})
