import { describe, expect, onTestFinished, test } from 'vitest'
import {
  openEnvironment,
  type OpenEnvironment,
} from '../../../../src/importers/dynatrace-dashboard/dynatrace-environment.ts'
import type { MetricParts } from '../../../../src/importers/dynatrace-dashboard/selector.ts'
import { fakeToken, startFakeDynatrace, type FakeOptions, type FakeReply } from '../../../support/fake-dynatrace.ts'
import { customChart, dataExplorer, imported, queriesOrReasons, usql, withUnit } from './dashboards.ts'

const now = new Date('2022-09-29T00:00:00.500Z')
const times = { from: '1664323200000', to: '1664409600000' }

/** An environment that is asked over HTTP, until the test is over. */
async function environmentOf(replies: readonly FakeReply[], options?: FakeOptions): Promise<OpenEnvironment> {
  const server = await startFakeDynatrace(replies, options)
  const environment = openEnvironment(server.url, fakeToken, now)
  if (typeof environment === 'string') throw new Error(environment)
  onTestFinished(async () => {
    await environment.close()
    await server.stop()
  })
  return environment
}

const split = '(builtin:service.response.time:splitBy("dt.entity.service"):avg):limit(100):names'
const tile = (change: object = {}) =>
  dataExplorer('Service response time;sli=srt;pass=<5', { metricExpressions: [`resolution=null&${split}`], ...change })

function service(id: string, name: string): Readonly<Record<string, string>> {
  return { 'dt.entity.service': `SERVICE-${id}`, 'dt.entity.service.name': name }
}

function seriesOf(
  { metricSelector, entitySelector }: Omit<MetricParts, 'zone'>,
  ...maps: readonly object[]
): FakeReply {
  const data = maps.map((dimensionMap) => ({ dimensions: [], dimensionMap, timestamps: [1], values: [1] }))
  const parameters = { metricSelector, ...(entitySelector !== undefined && { entitySelector }), ...times }
  return { path: '/api/v2/metrics/query', parameters, body: { totalCount: maps.length, result: [{ data }] } }
}

describe('a tile that is split', () => {
  test('has an objective for each series, ten of ten', async () => {
    const services = [
      service('0', 'Service Port: 8080'),
      ...Array.from({ length: 9 }, (_, at) => service(`${at + 1}`, `S ${at}`)),
    ]
    const environment = await environmentOf([seriesOf({ metricSelector: split }, ...services)])
    const { objectives, tiles } = await imported([tile()], {}, environment)
    expect(objectives).toHaveLength(10)
    expect(objectives[0]).toEqual({
      indicator: 'srt_service_port:_8080',
      displayName: 'Service response time (Service Port: 8080)',
      pass: [['<5']],
      warning: [],
      weight: 1,
      isKey: false,
      isExcluded: false,
      mistakes: [],
      query: `metricSelector=(${split}):filter(eq("dt.entity.service","SERVICE-0"))`,
    })
    expect(tiles[0]).toMatchObject({ imported: { notes: [expect.stringContaining('last day: 10')] } })
  })

  test('by several dimensions, in a unit', async () => {
    const map = { ...service('1', 'carts'), 'HTTP "code"': '200' }
    const definition = { path: `/api/v2/metrics/${split}`, parameters: {}, body: { unit: 'MicroSecond' } }
    const environment = await environmentOf([definition, seriesOf({ metricSelector: split }, map)])
    expect((await imported([tile(withUnit('MilliSecond'))], {}, environment)).objectives).toMatchObject([
      {
        indicator: 'srt_200_carts',
        query: `metricSelector=((${split}):filter(and(eq("HTTP ~"code~"","200"),eq("dt.entity.service","SERVICE-1")))):toUnit(MicroSecond,MilliSecond)`,
      },
    ])
  })

  test('of custom charting', async () => {
    const metricSelector = 'builtin:service.response.time:splitBy("Test Step"):avg:names'
    const reply = seriesOf(
      { metricSelector, entitySelector: 'type(SERVICE)' },
      { 'Test Step': 'a' },
      { 'Test Step': 'b' },
    )
    const chart = customChart('t', { dimensions: [{ name: 'Test Step', values: [] }] })
    const { objectives } = await imported([chart], {}, await environmentOf([reply]))
    expect(objectives.map(({ indicator }) => indicator)).toEqual(['t_a', 't_b'])
  })

  test('and shows one value has one series', async () => {
    const single = tile({ visualConfig: { type: 'SINGLE_VALUE' } })
    const several = await environmentOf([seriesOf({ metricSelector: split }, service('1', 'a'), service('2', 'b'))])
    expect(await queriesOrReasons(single, several)).toEqual(['it shows one value, and there are 2 series'])
  })

  test('and has no data is not taken', async () => {
    const environment = await environmentOf([seriesOf({ metricSelector: split })])
    expect(await queriesOrReasons(tile(), environment)).toEqual([expect.stringContaining('it has no series')])
  })

  test('and may not be asked about is not taken, and shows no token', async () => {
    const tokens = { [fakeToken]: { scopes: ['slo.read'] } }
    const [reason] = await queriesOrReasons(tile(), await environmentOf([], { tokens }))
    expect(reason).toContain('metrics.read')
    expect(reason).not.toContain(fakeToken)
  })
})

test('the unit of any metric is that of its definition', async () => {
  const selector = 'calc:service.x:splitBy():avg'
  const definition = { path: `/api/v2/metrics/${selector}`, parameters: {}, body: { metricId: 'x', unit: 'Byte' } }
  const one = dataExplorer('a', { ...withUnit('KiloByte'), metricExpressions: [`resolution=null&${selector}`] })
  expect(await queriesOrReasons(one, await environmentOf([definition]))).toEqual([
    `metricSelector=(${selector}):toUnit(Byte,KiloByte)`,
  ])
})

test('SLOs are what they shall reach', async () => {
  const body = { id: 'x', name: 'My SLO 99.5 %', target: 95, warning: 97.5, evaluatedPercentage: 99, error: 'NONE' }
  const environment = await environmentOf([{ path: '/api/v2/slo/x', parameters: {}, body }])
  const { objectives } = await imported([{ tileType: 'SLO', assignedEntities: ['x'] }], {}, environment)
  expect(objectives).toEqual([
    {
      indicator: 'my_slo_99_5__',
      displayName: 'My SLO 99.5 %',
      pass: [['>=97.5']],
      warning: [['>=95']],
      weight: 1,
      isKey: false,
      query: 'SLO;x',
    },
  ])
})

describe('user sessions', () => {
  const query = 'SELECT country, COUNT(*) FROM usersession GROUP BY country'
  const table = (...rows: readonly string[]): FakeReply => ({
    path: '/api/v1/userSessionQueryLanguage/table',
    parameters: {
      query,
      startTimestamp: times.from,
      endTimestamp: times.to,
      addDeepLinkFields: 'false',
      explain: 'false',
    },
    body: { extrapolationLevel: 1, columnNames: ['country', 'count'], values: rows.map((row, at) => [row, at]) },
  })

  test('have an objective for each row', async () => {
    const environment = await environmentOf([table('Austria', 'Côte d’Ivoire')])
    const { objectives } = await imported([usql('Users;sli=users', 'PIE_CHART', query)], {}, environment)
    expect(objectives.map(({ indicator, query: asked }) => [indicator, asked])).toEqual([
      ['users_austria', `USQL;PIE_CHART;Austria;${query}`],
      ['users_côte_d’ivoire', `USQL;PIE_CHART;Côte d’Ivoire;${query}`],
    ])
  })

  test('with a row that cannot be named are not taken', async () => {
    expect(await queriesOrReasons(usql('a', 'TABLE', query), await environmentOf([table('a;b')]))).toEqual([
      'its row "a;b" cannot be named in a query',
    ])
  })
})

test('an address that is none is told', () => {
  expect(openEnvironment('ftp://x', fakeToken, now)).toBe('must be a URL that begins with https:// or http://')
})
