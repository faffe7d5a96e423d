import { encoded } from '../../../providers/dynatrace/pairs.ts'
import type { Environment, SloDefinition } from './environment.ts'
import { notTaken, taken, takenEach, type Imported, type ImportedObjective } from './imported.ts'
import { plain, quoted } from './selector.ts'
import { contentOf, SloTile, UsqlTile, type Tile } from './tile.ts'
import { indicatorName, namedAfter, type Title } from './title.ts'

/** No open problem may be there. Source: keptn-contrib/dynatrace-service 0184b81, internal/sli/dashboard/problem_tile_processing.go. */
export function importProblems({ zone }: Tile): Imported {
  const inZone = zone === undefined ? '' : `,managementZones(${quoted(zone.name)})`
  const query = plain(`PV2;problemSelector=status("open")${encoded(inZone)}`)
  if (typeof query !== 'string') return query
  const objective = { indicator: 'problems', displayName: 'Problems', pass: [['<=0']], warning: [], weight: 1 }
  return taken([{ ...objective, isKey: true, query }])
}

/**
 * An objective for each SLO of a tile: green of Dynatrace is a pass, yellow a warning. What an SLO shall reach stands in
 * Dynatrace and not in the tile; where nobody can be asked, it is informational.
 */
export async function importSlos(tile: Tile, environment: Environment): Promise<Imported> {
  const content = contentOf(tile, SloTile)
  if (typeof content === 'string') return notTaken(content)
  if (content.assignedEntities.length === 0) return notTaken('no SLO is assigned to it')
  const objectives: ImportedObjective[] = []
  const notes = new Set<string>()
  for (const id of content.assignedEntities) {
    const known = await environment.sloOf(id)
    const slo = typeof known === 'string' ? { name: `slo_${id}`, displayName: `SLO ${id}` } : known
    if (typeof known === 'string') notes.add(`${known}; it is informational until you add pass`)
    objectives.push({ ...sloObjective(slo), query: `SLO;${id}` })
  }
  return taken(objectives, [...notes])
}

type KnownSlo = SloDefinition | { readonly name: string; readonly displayName: string }

function sloObjective(slo: KnownSlo): Omit<ImportedObjective, 'query'> {
  const usual = { indicator: indicatorName(slo.name), weight: 1, isKey: false }
  if ('displayName' in slo) return { ...usual, displayName: slo.displayName, pass: [], warning: [] }
  return { ...usual, displayName: slo.name, pass: [[`>=${slo.warning}`]], warning: [[`>=${slo.target}`]] }
}

/** A chart of user sessions has an objective for each of its rows. */
export async function importUsql(tile: Tile, title: Title, environment: Environment): Promise<Imported> {
  const content = contentOf(tile, UsqlTile)
  if (typeof content === 'string') return notTaken(content)
  const { type, query } = content
  if (type === 'SINGLE_VALUE') return takenEach([{ objective: title, query: plain(`USQL;SINGLE_VALUE;;${query}`) }])
  if (!['PIE_CHART', 'COLUMN_CHART', 'LINE_CHART', 'TABLE'].includes(type)) {
    return notTaken(`its visualisation ${type} comes to no numbers that could be told apart`)
  }
  const rows = await environment.rowsOf(query)
  if (typeof rows === 'string') return notTaken(rows)
  const odd = rows.find((row) => row === '' || row.includes(';'))
  if (odd !== undefined) return notTaken(`its row ${JSON.stringify(odd)} cannot be named in a query`)
  if (rows.length === 0) return notTaken('it has no rows: there was no data of the last day')
  const parts = rows.map((row) => ({ objective: namedAfter(title, row), query: plain(`USQL;${type};${row};${query}`) }))
  return takenEach(parts, [`an objective for each row that there was in the last day: ${rows.length}`])
}
