import { importCustomChart } from './custom-chart.ts'
import { importDataExplorer } from './data-explorer.ts'
import type { Environment } from './environment.ts'
import { notTaken, type Imported, type ImportedObjective } from './imported.ts'
import { importProblems, importSlos, importUsql } from './other-tiles.ts'
import { contentOf, Markdown, type Tile, type WrongTile } from './tile.ts'
import { parseTitle, type Title } from './title.ts'
import { defaultTotals, parseTotals, type Totals } from './totals.ts'

export interface ImportedDashboard {
  readonly totals: Totals
  readonly objectives: readonly ImportedObjective[]
  /** One for each tile, in their order. */
  readonly tiles: readonly ImportedTile[]
}

export interface ImportedTile {
  readonly position: number
  readonly type: string
  readonly title: string
  readonly imported: Imported
}

type Translate = (tile: Tile, title: Title, environment: Environment) => Imported | Promise<Imported>

/** Those whose title says what is wanted of them. */
const titled: ReadonlyMap<string, Translate> = new Map<string, Translate>([
  ['DATA_EXPLORER', importDataExplorer],
  ['CUSTOM_CHARTING', importCustomChart],
  ['DTAQL', importUsql],
])

type TranslateUntitled = (tile: Tile, environment: Environment) => Imported | Promise<Imported>

const untitled: ReadonlyMap<string, TranslateUntitled> = new Map<string, TranslateUntitled>([
  ['MARKDOWN', importMarkdown],
  ['OPEN_PROBLEMS', importProblems],
  ['SLO', importSlos],
])

/** Translates tile after tile; none depends on another one but for what is there twice. */
export async function importDashboard(
  tiles: readonly (Tile | WrongTile)[],
  environment: Environment,
): Promise<ImportedDashboard> {
  const translated: ImportedTile[] = []
  for (const tile of tiles) translated.push(await importTile(tile, environment))
  const unique = withoutTwins(withOneTotals(translated))
  const totals = unique.flatMap(({ imported }) => (imported.kind === 'totals' ? [imported.totals] : []))
  return { totals: totals[0] ?? defaultTotals, objectives: objectivesOf(unique), tiles: unique }
}

async function importTile(tile: Tile | WrongTile, environment: Environment): Promise<ImportedTile> {
  const { position } = tile
  if ('message' in tile) return { position, type: 'UNKNOWN', title: '', imported: notTaken(tile.message) }
  const { type, title } = tile
  const translate = titled.get(type)
  const imported =
    translate === undefined
      ? await importUntitled(tile, environment)
      : await importTitled(tile, (parsed) => translate(tile, parsed, environment))
  return { position, type, title, imported }
}

async function importUntitled(tile: Tile, environment: Environment): Promise<Imported> {
  const translate = untitled.get(tile.type)
  return translate?.(tile, environment) ?? { kind: 'passed_over', why: `tiles of type ${tile.type} hold no objective` }
}

/** What is wrong with the title is told together with what is wrong with the rest. */
async function importTitled(tile: Tile, translate: (title: Title) => Imported | Promise<Imported>): Promise<Imported> {
  const title = parseTitle(tile.title)
  if (title.isExcluded && title.mistakes.length === 0)
    return { kind: 'passed_over', why: 'its title says exclude=true' }
  const mistakes = title.indicator === '' && title.mistakes.length === 0 ? ['it has no title'] : title.mistakes
  const imported = await translate(title)
  if (mistakes.length === 0) return imported
  return notTaken(...mistakes, ...(imported.kind === 'not_taken' ? imported.why : []))
}

function importMarkdown(tile: Tile): Imported {
  const content = contentOf(tile, Markdown)
  const parsed = parseTotals(typeof content === 'string' ? '' : content.markdown)
  switch (parsed.kind) {
    case 'foreign':
      return { kind: 'passed_over', why: 'it is a text without KQG.' }
    case 'wrong':
      return notTaken(...parsed.mistakes)
    case 'totals':
      return parsed
  }
}

function withOneTotals(tiles: readonly ImportedTile[]): readonly ImportedTile[] {
  const first = tiles.find(({ imported }) => imported.kind === 'totals')
  return tiles.map((tile) => {
    if (tile.imported.kind !== 'totals' || tile === first || first === undefined) return tile
    return { ...tile, imported: notTaken(`tile ${first.position} has said already what holds for all objectives`) }
  })
}

/** Which of two that have one name was meant, nobody can tell: neither is taken. */
function withoutTwins(tiles: readonly ImportedTile[]): readonly ImportedTile[] {
  const all = objectivesOf(tiles)
  const indicators = repeated(all.map(({ indicator }) => indicator))
  const displayNames = repeated(all.map(({ displayName }) => displayName))
  return tiles.map((tile) => {
    if (tile.imported.kind !== 'taken') return tile
    const { objectives } = tile.imported
    const why = [
      ...objectives
        .filter(({ indicator }) => indicators.has(indicator))
        .map(
          ({ indicator }) =>
            `the indicator ${JSON.stringify(indicator)} is there twice: write sli=<name> into the titles`,
        ),
      ...objectives
        .filter(({ displayName }) => displayNames.has(displayName))
        .map(({ displayName }) => `the display name ${JSON.stringify(displayName)} is there twice`),
    ]
    return why.length === 0 ? tile : { ...tile, imported: notTaken(...new Set(why)) }
  })
}

function repeated(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.filter((name, index) => name !== '' && names.indexOf(name) !== index))
}

function objectivesOf(tiles: readonly ImportedTile[]): readonly ImportedObjective[] {
  return tiles.flatMap(({ imported }) => (imported.kind === 'taken' ? imported.objectives : []))
}
