import type { Environment } from './environment.ts'
import { notTaken, taken, type Imported, type NotTaken } from './imported.ts'
import { metricsQuery } from './selector.ts'
import { criteriaOf } from './thresholds.ts'
import { contentOf, DataExplorerTile, type Tile } from './tile.ts'
import type { Title } from './title.ts'

const unchangedUnits: ReadonlySet<string> = new Set(['', 'auto', 'none'])

/** Between numbers without a unit. */
const factors: ReadonlyMap<string, string> = new Map([
  ['Kilo', '/1000'],
  ['Million', '/1000000'],
  ['Billion', '/1000000000'],
  ['Trillion', '/1000000000000'],
])

/** Source: keptn-contrib/dynatrace-service 0.27.2, internal/sli/dashboard/data_explorer_tile_processing.go. */
export async function importDataExplorer(tile: Tile, title: Title, environment: Environment): Promise<Imported> {
  const content = contentOf(tile, DataExplorerTile)
  if (typeof content === 'string') return notTaken(content)
  const criteria =
    title.pass.length + title.warning.length > 0 ? undefined : criteriaOf(content.visualConfig?.thresholds)
  const metric = await metricOf(content, environment)
  const refused = [criteria, metric].flatMap((part) => (isRefused(part) ? part.why : []))
  if (refused.length > 0 || isRefused(criteria) || isRefused(metric)) return notTaken(...refused)
  const query = metricsQuery({ ...metric, zone: tile.zone })
  return typeof query === 'string' ? taken([{ ...title, ...criteria, query }]) : query
}

interface Metric {
  readonly metricSelector: string
  readonly resolution: string | undefined
}

async function metricOf(content: DataExplorerTile, environment: Environment): Promise<Metric | NotTaken> {
  const [query, ...more] = content.queries.filter(({ enabled }) => enabled !== false)
  if (query === undefined || more.length > 0) {
    return notTaken(
      `it has ${more.length + (query === undefined ? 0 : 1)} queries that are enabled, and one can be taken`,
    )
  }
  const [, resolution = '', selector = ''] =
    /^resolution=([^&]*)&(.+)$/s.exec(content.metricExpressions?.[0] ?? '') ?? []
  if (selector === '')
    return notTaken('it has no metric expression: open the tile in the Data Explorer and save it again')
  if (isSplit(selector)) {
    return notTaken('it is split by a dimension, and what there is of it the environment knows: split it no more')
  }
  const unit = unitOf(content, query.id)
  if (typeof unit !== 'string') return unit
  const metricSelector = unchangedUnits.has(unit) ? selector : await converted(selector, unit, environment)
  if (typeof metricSelector !== 'string') return metricSelector
  return { metricSelector, resolution: resolution === '' || resolution === 'null' ? undefined : resolution }
}

/** Only what stands in the expression counts: the editor's own field is of no use in the code mode. */
function isSplit(selector: string): boolean {
  return /:splitBy\(\s*[^)\s]/.test(selector)
}

function unitOf({ visualConfig }: DataExplorerTile, queryId: string): string | NotTaken {
  const [rule, ...more] = (visualConfig?.rules ?? []).filter(({ matcher }) => matcher === `${queryId}:`)
  if (more.length > 0)
    return notTaken(`it has ${more.length + 1} visual rules for query ${queryId}, and one can be taken`)
  return rule?.unitTransform ?? ''
}

async function converted(selector: string, unit: string, environment: Environment): Promise<string | NotTaken> {
  const source = await environment.unitOf(selector)
  if (typeof source === 'string') return notTaken(`${source}: add :toUnit to its expression, and set its unit to auto`)
  if (source.unit === unit) return selector
  if (source.unit !== 'Count' && source.unit !== 'Unspecified') return `(${selector}):toUnit(${source.unit},${unit})`
  const factor = factors.get(unit)
  return factor === undefined
    ? notTaken(`a number has no unit, so it cannot be shown in ${unit}`)
    : `(${selector})${factor}`
}

function isRefused(part: object | undefined): part is NotTaken {
  return part !== undefined && 'kind' in part
}
