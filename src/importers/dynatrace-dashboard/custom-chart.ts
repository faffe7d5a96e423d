import type { Environment } from './environment.ts'
import { notTaken, taken, type Imported, type NotTaken } from './imported.ts'
import { metricsQuery, quoted, type MetricParts } from './selector.ts'
import { importSeries } from './series.ts'
import { contentOf, CustomChartTile, type EntityFilters, type Series, type Tile } from './tile.ts'
import type { Title } from './title.ts'

/** Source: keptn-contrib/dynatrace-service cbdaf20, internal/sli/dashboard/custom_charting_tile_processing.go. */
export async function importCustomChart(tile: Tile, title: Title, environment: Environment): Promise<Imported> {
  const content = contentOf(tile, CustomChartTile)
  if (typeof content === 'string') return notTaken(content)
  const { chartConfig, filtersPerEntityType } = content.filterConfig
  const [series, ...more] = chartConfig.series
  if (series === undefined || more.length > 0) {
    return notTaken(`it has ${chartConfig.series.length} series, and one can be taken`)
  }
  const metricSelector = selectorOf(series)
  const entitySelector = entitiesOf(series.entityType, filtersPerEntityType?.[series.entityType] ?? {})
  const refused = [metricSelector, entitySelector].flatMap((part) => (typeof part === 'string' ? [] : part.why))
  if (typeof metricSelector !== 'string' || typeof entitySelector !== 'string') return notTaken(...refused)
  const metric = { metricSelector, entitySelector, zone: tile.zone }
  const rate = series.aggregationRate ?? 'TOTAL'
  const notes =
    rate === 'TOTAL' ? [] : [`it was shown per ${rate.toLowerCase()}: its value is of the whole window, as in Keptn`]
  const imported = isSplit(series) ? await importSeries(title, metric, environment) : importWhole(title, metric)
  return imported.kind === 'taken' ? { ...imported, notes: [...notes, ...imported.notes] } : imported
}

function importWhole(title: Title, metric: MetricParts): Imported {
  const query = metricsQuery(metric)
  return typeof query === 'string' ? taken([{ ...title, query }]) : query
}

/** By a dimension of which no value was chosen. */
function isSplit({ dimensions }: Series): boolean {
  return (dimensions ?? []).some(({ values }) => (values ?? []).length === 0)
}

function selectorOf(series: Series): string | NotTaken {
  const aggregation = aggregationOf(series)
  if (typeof aggregation !== 'string') return aggregation
  const [dimension, ...more] = series.dimensions ?? []
  if (more.length > 0) return notTaken(`it is split by ${more.length + 1} dimensions, and one can be taken`)
  if (dimension === undefined) return `${series.metric}:splitBy():${aggregation}:names`
  const [value, ...others] = dimension.values ?? []
  if (others.length > 0)
    return notTaken(`it shows ${others.length + 1} values of ${dimension.name}, and one can be taken`)
  if (value === undefined) return `${series.metric}:splitBy(${quoted(dimension.name)}):${aggregation}:names`
  const filter = `filter(eq(${quoted(dimension.name)},${quoted(value)}))`
  return `${series.metric}:${filter}:splitBy(${quoted(dimension.name)}):${aggregation}:names`
}

const aggregations: Readonly<Record<string, string>> = {
  /** The metric's own. */
  NONE: 'auto',
  OF_INTEREST_RATIO: 'avg',
  AVG: 'avg',
  COUNT: 'count',
  MAX: 'max',
  MEDIAN: 'median',
  MIN: 'min',
  SUM: 'sum',
}

/** The transformation of a selector. */
function aggregationOf({ aggregation, percentile }: Series): string | NotTaken {
  if (aggregation === 'PERCENTILE') {
    return typeof percentile === 'number'
      ? `percentile(${percentile})`
      : notTaken('it is a percentile without a number')
  }
  const known = Object.hasOwn(aggregations, aggregation) ? aggregations[aggregation] : undefined
  return known ?? notTaken(`its aggregation ${aggregation} is none that a metric selector has`)
}

/** What selectors call by another name than tiles. */
const entityTypes: ReadonlyMap<string, string> = new Map([
  ['IOT', 'CUSTOM_DEVICE'],
  ['SERVICE_KEY_REQUEST', 'SERVICE_METHOD'],
])

function entitiesOf(entityType: string, filters: EntityFilters): string | NotTaken {
  const unknown = Object.keys(filters).filter((name) => name !== 'SPECIFIC_ENTITIES' && name !== 'AUTO_TAGS')
  if (unknown.length > 0) return notTaken(`it is filtered by ${unknown.toSorted().join(', ')}, which cannot be taken`)
  const { SPECIFIC_ENTITIES: ids = [], AUTO_TAGS: tags = [] } = filters
  const chosen = [
    ...(ids.length === 0 ? [] : [`,entityId(${ids.map((id) => quoted(id)).join(',')})`]),
    ...tags.map((tag) => `,tag(${quoted(tag)})`),
  ].join('')
  const type = `type(${entityTypes.get(entityType) ?? entityType})`
  // The filters of key requests are of the service they belong to.
  if (entityType !== 'SERVICE_KEY_REQUEST' || chosen === '') return type + chosen
  return `${type},fromRelationships.isServiceMethodOfService(type(SERVICE)${chosen})`
}
