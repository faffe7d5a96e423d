import { styleText } from 'node:util'
import { headline, shownNumber, titleOf, type Report, type ReportedObjective } from './report.ts'

const colors = { pass: 'green', warning: 'yellow', fail: 'red', info: 'dim' } as const

interface Look {
  readonly columns: number
  readonly isColored: boolean
}

/** For a terminal: the result, a line for each objective, and why. */
export function textReport(report: Report, look: Look): string {
  const paint = (text: string, color: (typeof colors)[keyof typeof colors] | 'bold'): string =>
    look.isColored ? styleText(color, text, { validateStream: false }) : text
  const top = `${paint(report.title, 'bold')}: ${paint(headline(report), colors[report.result])}`
  const rows = report.objectives.map(cellsOf)
  const table = tableOf([header, ...rows], look.columns).map((line, place) => {
    const status = report.objectives[place - 1]?.status
    return status === undefined ? paint(line, 'dim') : paintStatus(line, status, (text) => paint(text, colors[status]))
  })
  const why =
    report.explanation === undefined
      ? report.reasons.map(({ message }) => message).join('\n')
      : withoutTable(report.explanation)
  const warnings = report.warnings.map(({ message }) => `warning: ${message}`)
  const link = report.link === undefined ? [] : [report.link]
  return [
    top,
    '',
    ...(rows.length === 0 ? [] : [...table, '']),
    ...wrapped(why, look.columns),
    ...warnings.flatMap((line) => wrapped(line, look.columns)),
    ...link,
    '',
  ]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
}

/** The lines of an explanation that say more than the table above it. */
function withoutTable(explanation: string): string {
  return explanation
    .split('\n')
    .filter((line) => !line.startsWith('  '))
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
}

const header = ['objective', 'value', 'before', 'needed', 'points', 'status']
const gap = '  '
const rightAligned: ReadonlySet<number> = new Set([1, 2, 4])

function cellsOf(objective: ReportedObjective): readonly string[] {
  const { value, comparedValue, outcome, status, points, weight, isKey, passTargets } = objective
  return [
    `${titleOf(objective)}${isKey ? ' [key]' : ''}`,
    value === null ? outcome : shownNumber(value),
    shownNumber(comparedValue),
    passTargets
      .map(({ criteria, targetValue, violated }) => {
        const isOwn = targetValue === null || criteria.replaceAll(' ', '').endsWith(String(targetValue))
        return `${violated ? '!' : ''}${criteria}${isOwn ? '' : ` (${shownNumber(targetValue)})`}`
      })
      .join(' '),
    status === 'info' ? '' : `${shownNumber(points)}/${weight}`,
    status,
  ]
}

/** Aligned columns, without empty ones; where they do not fit, the names are shortened, and after that what is needed. */
function tableOf(rows: readonly (readonly string[])[], columns: number): readonly string[] {
  const widths = header.map((name, column) => {
    const filled = Math.max(0, ...rows.slice(1).map((row) => (row[column] ?? '').length))
    return filled === 0 ? 0 : Math.max(filled, name.length)
  })
  for (const [column, least] of [
    [0, 16],
    [3, 12],
  ] as const) {
    const total = widths.reduce((sum, width) => sum + (width === 0 ? 0 : width + gap.length), -gap.length)
    const width = widths[column] ?? 0
    widths[column] = Math.max(Math.min(least, width), width - Math.max(0, total - columns))
  }
  return rows.map((row) =>
    row
      .flatMap((cell, column) => {
        const width = widths[column] ?? 0
        if (width === 0) return []
        const text = shortened(cell, width)
        return [rightAligned.has(column) ? text.padStart(width) : text.padEnd(width)]
      })
      .join(gap)
      .trimEnd(),
  )
}

/** Without its middle: many names begin alike, and many end alike. */
function shortened(text: string, width: number): string {
  if (text.length <= width) return text
  const head = Math.ceil((width - 1) / 2)
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`
}

function paintStatus(line: string, status: string, paint: (text: string) => string): string {
  return line.endsWith(status) ? line.slice(0, line.length - status.length) + paint(status) : line
}

/** Lines of words, no longer than the terminal where words allow it; continued ones keep the indent. */
function wrapped(text: string, columns: number): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const indent = /^ */.exec(line)?.[0] ?? ''
      const lines: string[] = []
      let current = indent
      for (const word of line.trimStart().split(' ')) {
        const next = current.trim() === '' ? `${current}${word}` : `${current} ${word}`
        if (next.length > columns && current.trim() !== '') {
          lines.push(current)
          current = `${indent}  ${word}`
        } else current = next
      }
      return [...lines, current.trimEnd()]
    })
}
