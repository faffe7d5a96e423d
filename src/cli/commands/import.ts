import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { SliError, SloError } from '../../../slo/index.ts'
import {
  importDashboard,
  type ImportedDashboard,
  type ImportedTile,
} from '../../importers/dynatrace-dashboard/dashboard.ts'
import { openEnvironment } from '../../importers/dynatrace-dashboard/dynatrace-environment.ts'
import { noEnvironment } from '../../importers/dynatrace-dashboard/environment.ts'
import type { Imported } from '../../importers/dynatrace-dashboard/imported.ts'
import { filesOf, type DefinitionFiles } from '../../importers/dynatrace-dashboard/files.ts'
import { readDashboard } from '../../importers/dynatrace-dashboard/tile.ts'
import type { Command } from '../command.ts'
import { nameOf, whyNot } from '../files.ts'
import { readJson } from '../json.ts'
import { exitCodes, usageError, type Terminal } from '../terminal.ts'

export const importCommand: Command = {
  name: 'import',
  operands: 'dynatrace-dashboard FILE',
  summary: 'Make slo.yaml and dynatrace/sli.yaml from the tiles of a classic Dynatrace dashboard.',
  details: 'FILE is its JSON. Exits with 2 if a tile that was meant could not be imported; the others are written.',
  options: {
    output: { value: 'DIR', text: 'where slo.yaml and dynatrace/sli.yaml go (.)' },
    environment: {
      value: 'URL',
      text: 'ask it, with the API token in DT_TOKEN, for what the dashboard does not have: units, series, SLOs, rows',
    },
    force: { text: 'replace existing files' },
  },
  examples: [
    'pharos import dynatrace-dashboard dashboard.json --output definitions/shop',
    'pharos import dynatrace-dashboard dashboard.json --environment https://abc12345.live.dynatrace.com',
    'pharos import dynatrace-dashboard - --force < dashboard.json',
  ],
  run: async (parsed, terminal) => {
    const [what, file, ...more] = parsed.operands
    if (what !== 'dynatrace-dashboard' || file === undefined || more.length > 0) {
      throw usageError('import needs dynatrace-dashboard and one file')
    }
    const read = readDashboard(await readJson(file, "a dashboard's JSON", terminal))
    if (read.kind === 'wrong') throw usageError(`${nameOf(file)} ${read.message}`)
    const dashboard = await importWith(read.tiles, parsed.one('environment'), terminal)
    report(dashboard, terminal)
    if (dashboard.objectives.length === 0)
      throw usageError(`${nameOf(file)}: no tile could be taken, nothing is written`)
    await writeFiles(
      checked(() => filesOf(dashboard)),
      parsed.one('output') ?? '.',
      parsed.has('force'),
      terminal,
    )
    return dashboard.tiles.some(({ imported }) => imported.kind === 'not_taken') ? exitCodes.usage : exitCodes.ok
  },
}

async function importWith(
  tiles: Parameters<typeof importDashboard>[0],
  url: string | undefined,
  { env, now }: Terminal,
): Promise<ImportedDashboard> {
  if (url === undefined) return importDashboard(tiles, noEnvironment)
  const token = env['DT_TOKEN']?.trim() ?? ''
  if (!/^[\x21-\x7e]+$/.test(token)) throw usageError('--environment needs an API token in DT_TOKEN')
  const environment = openEnvironment(url, token, now())
  if (typeof environment === 'string') throw usageError(`--environment ${environment}`)
  try {
    return await importDashboard(tiles, environment)
  } finally {
    await environment.close()
  }
}

/** Counts first, then what needs attention, then notes. */
function report({ tiles, objectives }: ImportedDashboard, terminal: Terminal): void {
  terminal.say(countsOf(tiles, objectives.length))
  for (const { indicator, query } of objectives) terminal.out(`${indicator}: ${query}\n`)
  for (const tile of tiles) for (const line of lossesOf(tile)) terminal.say(line)
  for (const tile of tiles) for (const line of notesOf(tile)) terminal.say(line)
  for (const line of passedOverOf(tiles)) terminal.say(`skipped: ${line}`)
}

function countsOf(tiles: readonly ImportedTile[], objectives: number): string {
  const count = (kind: Imported['kind']): number => tiles.filter(({ imported }) => imported.kind === kind).length
  const found = `${objectives} ${objectives === 1 ? 'objective' : 'objectives'}`
  const looked = `${tiles.length} ${tiles.length === 1 ? 'tile' : 'tiles'}`
  const passedOver = count('passed_over') === 0 ? '' : `, ${count('passed_over')} skipped`
  return `${found} of ${looked}: ${count('not_taken')} could not be taken${passedOver}`
}

function lossesOf(tile: ImportedTile): readonly string[] {
  const { imported } = tile
  return imported.kind === 'not_taken'
    ? imported.why.map((why) => `${nameOfTile(tile)} could not be taken: ${why}`)
    : []
}

function notesOf(tile: ImportedTile): readonly string[] {
  const { imported } = tile
  switch (imported.kind) {
    case 'taken':
      return imported.notes.map((note) => `${nameOfTile(tile)}: ${note}`)
    case 'totals':
      return [`${nameOfTile(tile)} holds for all objectives`]
    case 'not_taken':
    case 'passed_over':
      return []
  }
}

/** Counted, since a dashboard has dozens of them. */
function passedOverOf(tiles: readonly ImportedTile[]): readonly string[] {
  const told = tiles.flatMap(({ type, imported }) =>
    imported.kind === 'passed_over' ? [`${type}: ${imported.why}`] : [],
  )
  return [...Map.groupBy(told, (line) => line)].map(([line, { length }]) => `${length} ${line}`)
}

function nameOfTile({ position, type, title }: ImportedTile): string {
  return `tile ${position} ${type}${title === '' ? '' : ` ${JSON.stringify(title)}`}`
}

function checked(files: () => DefinitionFiles): DefinitionFiles {
  try {
    return files()
  } catch (error) {
    if (!(error instanceof SloError) && !(error instanceof SliError)) throw error
    throw usageError(`what the dashboard says would be no valid file, nothing is written:\n${error.message}`)
  }
}

async function writeFiles(
  { slo, sli }: DefinitionFiles,
  folder: string,
  isForced: boolean,
  { cwd }: Terminal,
): Promise<void> {
  const files = [
    { path: join(folder, 'slo.yaml'), text: slo },
    { path: join(folder, 'dynatrace', 'sli.yaml'), text: sli },
  ]
  const found = await Promise.all(files.map(async ({ path }) => ((await exists(resolve(cwd, path))) ? [path] : [])))
  if (!isForced && found.flat().length > 0) {
    throw usageError(
      `${found.flat().join(' and ')} would be replaced, nothing is written: say --force, or another --output`,
    )
  }
  for (const { path, text } of files) {
    const fail = (what: string) => (error: unknown) => {
      throw usageError(`${what} cannot be written: ${whyNot(error)}`)
    }
    await mkdir(dirname(resolve(cwd, path)), { recursive: true }).catch(fail(`the folder ${dirname(path)}`))
    await writeFile(resolve(cwd, path), text, { flag: isForced ? 'w' : 'wx' }).catch(fail(path))
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
