import { padLeft, padRight, printable, widthOf, withoutEnd, withoutMiddle } from '../columns.ts'
import { shownNumbers, titleOf, type ReportedObjective } from './report.ts'

const gap = '  '
const rightAligned: ReadonlySet<number> = new Set([1, 2, 4])
const titles = ['objective', 'value', 'before', 'needed', 'points', 'status']
const name = 0
const needed = 3

/** How much is said of an objective: the less room there is, the less. */
interface Manner {
  /** Behind a display name, the indicator's. */
  readonly hasIndicator: boolean
  readonly hasTargets: boolean
  readonly hasBefore: boolean
  /** So short may names become. */
  readonly nameMin: number
  readonly neededMin: number
}

const manners: readonly Manner[] = [
  { hasIndicator: true, hasTargets: true, hasBefore: true, nameMin: 32, neededMin: Infinity },
  { hasIndicator: false, hasTargets: false, hasBefore: true, nameMin: 24, neededMin: Infinity },
  { hasIndicator: false, hasTargets: false, hasBefore: false, nameMin: 16, neededMin: Infinity },
]
const tightest: Manner = { hasIndicator: false, hasTargets: false, hasBefore: false, nameMin: 12, neededMin: 9 }

/** A heading and a line for each objective, aligned, without columns that would be empty, as wide as the terminal allows. */
export function tableOf(objectives: readonly ReportedObjective[], columns: number): readonly string[] {
  for (const manner of manners) {
    const rows = rowsOf(objectives, manner)
    const widths = fittedWidths(rows, manner, columns)
    if (totalOf(widths) <= columns) return rows.map((row) => lineOf(row, widths))
  }
  const rows = rowsOf(objectives, tightest)
  const widths = fittedWidths(rows, tightest, columns)
  return rows.map((row) => lineOf(row, widths))
}

function rowsOf(objectives: readonly ReportedObjective[], manner: Manner): readonly (readonly string[])[] {
  return [titles, ...objectives.map((objective) => cellsOf(objective, manner))]
}

function cellsOf(objective: ReportedObjective, { hasIndicator, hasTargets, hasBefore }: Manner): readonly string[] {
  const { indicator, displayName, status, isKey } = objective
  const { value, before, needed: criteria, points } = shownNumbers(objective)
  const conditions = criteria.map(({ criteria: text, limit, isViolated }) => {
    const shownLimit = hasTargets && limit !== null ? ` (${limit})` : ''
    return `${isViolated ? '!' : ''}${text.replaceAll(' ', '')}${shownLimit}`
  })
  return [
    `${hasIndicator ? titleOf(objective) : displayName || indicator}${isKey ? ' [key]' : ''}`,
    value,
    hasBefore ? before : '',
    conditions.join(' '),
    points,
    status,
  ].map(printable)
}

/** Of each column the widest cell, none where all are empty; then names give way, and after them what is needed. */
function fittedWidths(rows: readonly (readonly string[])[], manner: Manner, columns: number): readonly number[] {
  const widths = titles.map((title, column) => {
    const filled = Math.max(0, ...rows.slice(1).map((row) => widthOf(row[column] ?? '')))
    return filled === 0 ? 0 : Math.max(filled, title.length)
  })
  for (const { column, least } of [
    { column: name, least: manner.nameMin },
    { column: needed, least: manner.neededMin },
  ]) {
    const width = widths[column] ?? 0
    widths[column] = Math.max(Math.min(least, width), width - Math.max(0, totalOf(widths) - columns))
  }
  return widths
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + (width === 0 ? 0 : width + gap.length), -gap.length)
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  const cells = row.flatMap((cell, column) => {
    const width = widths[column] ?? 0
    if (width === 0) return []
    const text = column === needed ? withoutEnd(cell, width) : withoutMiddle(cell, width)
    return [rightAligned.has(column) ? padLeft(text, width) : padRight(text, width)]
  })
  return cells.join(gap).trimEnd()
}
