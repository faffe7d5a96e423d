import { z } from 'zod'

const text = z.string({ error: 'must be a string' })
const list = <Item extends z.ZodType>(item: Item) => z.array(item, { error: 'must be a list' })

const ManagementZone = z.looseObject({ id: text.nullish(), name: text })
export type ManagementZone = z.infer<typeof ManagementZone>

const Filter = z.looseObject({ managementZone: ManagementZone.nullish() })

/** The id of the management zone that is none. */
const everything = 'all'

/** What every tile has; the rest is of its type. */
const Common = z.looseObject(
  {
    tileType: text,
    name: text.nullish(),
    customName: text.nullish(),
    tileFilter: Filter.nullish(),
    filterConfig: z.looseObject({ customName: text.nullish() }).nullish(),
  },
  { error: 'must be an object with a tileType' },
)

export const Markdown = z.looseObject({ markdown: text })

export const SloTile = z.looseObject({ assignedEntities: list(text) })

export const UsqlTile = z.looseObject({ query: text, type: text })

const ThresholdRule = z.looseObject({ value: z.number({ error: 'must be a number' }).nullish(), color: text })
export const Thresholds = list(
  z.looseObject({ visible: z.boolean().nullish(), rules: list(ThresholdRule).nullish() }),
).nullish()
export type Thresholds = z.infer<typeof Thresholds>

export const DataExplorerTile = z.looseObject({
  queries: list(z.looseObject({ id: text, enabled: z.boolean().nullish(), splitBy: list(text).nullish() })),
  metricExpressions: list(text).nullish(),
  visualConfig: z
    .looseObject({
      type: text.nullish(),
      rules: list(z.looseObject({ matcher: text.nullish(), unitTransform: text.nullish() })).nullish(),
      thresholds: Thresholds,
    })
    .nullish(),
})
export type DataExplorerTile = z.infer<typeof DataExplorerTile>

const Series = z.looseObject({
  metric: text,
  aggregation: text,
  percentile: z.number().nullish(),
  entityType: text,
  dimensions: list(z.looseObject({ name: text, values: list(text).nullish() })).nullish(),
  aggregationRate: text.nullish(),
})
export type Series = z.infer<typeof Series>

const EntityFilters = z.record(z.string(), list(text))
export type EntityFilters = z.infer<typeof EntityFilters>

export const CustomChartTile = z.looseObject({
  filterConfig: z.looseObject(
    {
      chartConfig: z.looseObject({ series: list(Series) }),
      filtersPerEntityType: z.record(z.string(), EntityFilters).nullish(),
    },
    { error: 'must be an object' },
  ),
})

/** A tile whose type is known, and nothing else of it yet. */
export interface Tile {
  /** Place in the dashboard, from 1. */
  readonly position: number
  /** `DATA_EXPLORER` … */
  readonly type: string
  readonly title: string
  /** The tile's own, else the dashboard's; undefined when all are shown. */
  readonly zone: ManagementZone | undefined
  readonly content: unknown
}

/** A classic dashboard, as its configuration API and its JSON view give it. */
const Dashboard = z.looseObject(
  {
    dashboardMetadata: z.looseObject({ dashboardFilter: Filter.nullish() }, { error: 'must be an object' }).nullish(),
    tiles: list(z.unknown()),
  },
  { error: 'an object was expected' },
)

export type ReadDashboard =
  | { readonly kind: 'dashboard'; readonly tiles: readonly (Tile | WrongTile)[] }
  /** `message` follows the file's name. */
  | { readonly kind: 'wrong'; readonly message: string }

export interface WrongTile {
  readonly position: number
  readonly message: string
}

/** The tiles of a dashboard's JSON, in their order. */
export function readDashboard(json: unknown): ReadDashboard {
  const dashboard = Dashboard.safeParse(json)
  if (!dashboard.success)
    return { kind: 'wrong', message: isOfNewApp(json) ? newApp : `is no dashboard: ${mistakesOf(dashboard.error)}` }
  const { dashboardMetadata, tiles } = dashboard.data
  const zone = dashboardMetadata?.dashboardFilter?.managementZone
  return { kind: 'dashboard', tiles: tiles.map((tile, index) => readTile(tile, index + 1, zone)) }
}

/** What a tile holds of its type, or a sentence. */
export function contentOf<Content>(tile: Tile, schema: z.ZodType<Content>): Content | string {
  const content = schema.safeParse(tile.content)
  return content.success ? content.data : mistakesOf(content.error)
}

function readTile(json: unknown, position: number, dashboardZone: ManagementZone | null | undefined): Tile | WrongTile {
  const common = Common.safeParse(json)
  if (!common.success) return { position, message: mistakesOf(common.error) }
  const { tileType, name, customName, filterConfig, tileFilter } = common.data
  const titles = tileType === 'DATA_EXPLORER' ? [name] : [filterConfig?.customName, customName, name]
  const title = titles.find((candidate) => (candidate ?? '') !== '') ?? ''
  const zone = tileFilter?.managementZone ?? dashboardZone ?? undefined
  return { position, type: tileType, title, zone: zone?.id === everything ? undefined : zone, content: json }
}

const newApp =
  'is a dashboard of the Dashboards app, whose tiles are DQL: write their queries into sli.yaml behind DQL; instead'

function isOfNewApp(json: unknown): boolean {
  return z.looseObject({ tiles: z.record(z.string(), z.unknown()) }).safeParse(json).success
}

function mistakesOf(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => [path.join('.'), message].filter((part) => part !== '').join(' '))
    .join('; ')
}
