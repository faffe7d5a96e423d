import type { Environment } from './environment.ts'
import { notTaken, taken, type Imported, type NotTaken } from './imported.ts'
import { metricsQuery } from './selector.ts'
import { importSeries } from './series.ts'
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

/** The tile's own metric expression, as Keptn's dynatrace-service took it in its last releases. */
export async function importDataExplorer(tile: Tile, title: Title, environment: Environment): Promise<Imported> {
  const content = contentOf(tile, DataExplorerTile)
  if (typeof content === 'string') return notTaken(content)
  const { visualConfig } = content
  const criteria = title.pass.length + title.warning.length > 0 ? undefined : criteriaOf(visualConfig?.thresholds)
  const metric = await metricOf(content, environment)
  const refused = [criteria, metric].flatMap((part) => (isRefused(part) ? part.why : []))
  if (refused.length > 0 || isRefused(criteria) || isRefused(metric)) return notTaken(...refused)
  const { finish, isSplit, ...parts } = metric
  const whole = { ...title, ...criteria }
  if (isSplit) {
    const imported = await importSeries(whole, { ...parts, zone: tile.zone }, environment, finish)
    const isSingle =
      visualConfig?.type === 'SINGLE_VALUE' && imported.kind === 'taken' && imported.objectives.length > 1
    return isSingle ? notTaken(`it shows one value, and there are ${imported.objectives.length} series`) : imported
  }
  const query = metricsQuery({ ...parts, metricSelector: finish(parts.metricSelector), zone: tile.zone })
  return typeof query === 'string' ? taken([{ ...whole, query }]) : query
}

interface Metric {
  readonly metricSelector: string
  readonly resolution: string | undefined
  readonly isSplit: boolean
  /** Brings a selector's values into the unit that the tile shows. */
  readonly finish: (metricSelector: string) => string
}

async function metricOf(content: DataExplorerTile, environment: Environment): Promise<Metric | NotTaken> {
  const enabled = content.queries.filter((query) => query.enabled !== false)
  const [query] = enabled
  if (query === undefined || enabled.length > 1) {
    return notTaken(`it has ${enabled.length} queries that are enabled, and one can be taken`)
  }
  const expression = content.metricExpressions?.[0] ?? ''
  const [, resolution = '', metricSelector = ''] = /^resolution=([^&]*)&(.+)$/s.exec(expression) ?? []
  if (metricSelector === '') {
    return notTaken('it has no metric expression: open the tile in the Data Explorer and save it again')
  }
  const unit = unitOf(content, query.id)
  if (typeof unit !== 'string') return unit
  const ending = unchangedUnits.has(unit) ? '' : await conversionOf(metricSelector, unit, environment)
  if (typeof ending !== 'string') return ending
  return {
    metricSelector,
    resolution: resolution === '' || resolution === 'null' ? undefined : resolution,
    // Only what stands in the expression counts: the editor's own field is of no use in the code mode.
    isSplit: /:splitBy\(\s*[^)\s]/.test(metricSelector),
    finish: (selector) => (ending === '' ? selector : `(${selector})${ending}`),
  }
}

function unitOf({ visualConfig }: DataExplorerTile, queryId: string): string | NotTaken {
  const [rule, ...more] = (visualConfig?.rules ?? []).filter(({ matcher }) => matcher === `${queryId}:`)
  if (more.length > 0)
    return notTaken(`it has ${more.length + 1} visual rules for query ${queryId}, and one can be taken`)
  return rule?.unitTransform ?? ''
}

/** What makes `unit` of a selector's own; empty when it is that. */
async function conversionOf(selector: string, unit: string, environment: Environment): Promise<string | NotTaken> {
  const source = await environment.unitOf(selector)
  if (typeof source === 'string')
    return notTaken(`${source}; or add :toUnit to its expression, and set its unit to auto`)
  if (source.unit === unit) return ''
  if (source.unit !== 'Count' && source.unit !== 'Unspecified') return `:toUnit(${source.unit},${unit})`
  return factors.get(unit) ?? notTaken(`a number has no unit, so it cannot be shown in ${unit}`)
}

function isRefused(part: object | undefined): part is NotTaken {
  return part !== undefined && 'kind' in part
}
