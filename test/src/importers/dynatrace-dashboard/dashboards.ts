import { importDashboard, type ImportedDashboard } from '../../../../src/importers/dynatrace-dashboard/dashboard.ts'
import { noEnvironment, type Environment } from '../../../../src/importers/dynatrace-dashboard/environment.ts'
import { readDashboard } from '../../../../src/importers/dynatrace-dashboard/tile.ts'

/** A tile of the Data Explorer as its JSON view has it; `change` replaces what it names. */
export function dataExplorer(name: string, change: object = {}): object {
  return {
    name,
    tileType: 'DATA_EXPLORER',
    configured: true,
    bounds: { top: 76, left: 114, width: 304, height: 304 },
    tileFilter: {},
    customName: 'Data explorer results',
    queries: [{ id: 'A', metric: 'builtin:service.response.time', splitBy: [], enabled: true }],
    visualConfig: { type: 'GRAPH_CHART', rules: [{ matcher: 'A:', properties: { color: 'DEFAULT' } }] },
    metricExpressions: [`resolution=null&${responseTime}`],
    ...change,
  }
}

export const responseTime =
  '(builtin:service.response.time:splitBy():avg:auto:sort(value(avg,descending)):limit(10)):limit(100):names'

export function withUnit(unitTransform: string): object {
  return { visualConfig: { rules: [{ matcher: 'A:', unitTransform }] } }
}

/** A tile of custom charting; `series` and `filters` replace what they name. */
export function customChart(customName: string, series: object = {}, filters: object = {}): object {
  const one = {
    metric: 'builtin:service.response.time',
    aggregation: 'AVG',
    type: 'LINE',
    entityType: 'SERVICE',
    dimensions: [],
    aggregationRate: 'TOTAL',
    ...series,
  }
  const chartConfig = { legendShown: true, type: 'TIMESERIES', series: [one] }
  return {
    name: '',
    tileType: 'CUSTOM_CHARTING',
    tileFilter: {},
    filterConfig: {
      type: 'MIXED',
      customName,
      defaultName: 'Custom chart',
      chartConfig,
      filtersPerEntityType: filters,
    },
  }
}

export function usql(customName: string, type: string, query: string): object {
  return { name: 'User Sessions Query', customName, tileType: 'DTAQL', query, type }
}

export function markdown(text: string): object {
  return { name: 'Markdown', tileType: 'MARKDOWN', markdown: text }
}

export function imported(
  tiles: readonly unknown[],
  metadata: object = {},
  environment: Environment = noEnvironment,
): Promise<ImportedDashboard> {
  const read = readDashboard({ dashboardMetadata: { name: 'of a test', ...metadata }, tiles })
  if (read.kind === 'wrong') throw new Error(read.message)
  return importDashboard(read.tiles, environment)
}

/** The queries of a dashboard of one tile, or every reason why it was not taken. */
export async function queriesOrReasons(tile: unknown, environment?: Environment): Promise<readonly string[]> {
  const { tiles } = await imported([tile], {}, environment)
  return tiles.flatMap(({ imported: one }) => {
    switch (one.kind) {
      case 'taken':
        return one.objectives.map(({ query }) => query)
      case 'not_taken':
        return one.why
      case 'passed_over':
        return [one.why]
      case 'totals':
        return ['totals']
    }
  })
}
