import { notTaken, taken, type Imported, type ImportedObjective } from './imported.ts'
import { plain, quoted } from './selector.ts'
import { contentOf, SloTile, UsqlTile, type Tile } from './tile.ts'
import type { Title } from './title.ts'

/** No open problem may be there. Source: keptn-contrib/dynatrace-service 0184b81, internal/sli/dashboard/problem_tile_processing.go. */
export function importProblems({ zone }: Tile): Imported {
  const inZone = zone === undefined ? '' : `,managementZones(${quoted(zone.name)})`
  if (inZone.includes('&'))
    return notTaken('the name of its management zone holds &, which ends a part of a query in sli.yaml')
  const query = plain(`PV2;problemSelector=status("open")${inZone}`)
  if (typeof query !== 'string') return query
  const objective = { indicator: 'problems', displayName: 'Problems', pass: [['<=0']], warning: [], weight: 1 }
  return taken([{ ...objective, isKey: true, query }])
}

/** What an SLO shall reach stands in Dynatrace and not in the tile. */
export function importSlos(tile: Tile): Imported {
  const content = contentOf(tile, SloTile)
  if (typeof content === 'string') return notTaken(content)
  const ids = content.assignedEntities
  if (ids.length === 0) return notTaken('no SLO is assigned to it')
  const objectives = ids.map((id): ImportedObjective => ({
    indicator: `slo_${id}`,
    displayName: `SLO ${id}`,
    pass: [],
    warning: [],
    weight: 1,
    isKey: false,
    query: `SLO;${id}`,
  }))
  return taken(objectives, [
    'what an SLO shall reach does not stand in a dashboard: it is informational until you add pass',
  ])
}

/** A chart of user sessions has an objective for each of its rows. */
export function importUsql(tile: Tile, title: Title): Imported {
  const content = contentOf(tile, UsqlTile)
  if (typeof content === 'string') return notTaken(content)
  const { type } = content
  if (['PIE_CHART', 'COLUMN_CHART', 'LINE_CHART', 'TABLE'].includes(type)) {
    return notTaken(
      `its rows are known to the environment only: write USQL;${type};<dimension>;<query> for each that counts`,
    )
  }
  if (type !== 'SINGLE_VALUE') return notTaken(`its visualisation ${type} comes to no numbers that could be told apart`)
  const query = plain(`USQL;SINGLE_VALUE;;${content.query}`)
  return typeof query === 'string' ? taken([{ ...title, query }]) : query
}
