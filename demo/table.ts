import { styleText } from 'node:util'
import type { Evaluation } from './client.ts'
import { shownNumber } from './numbers.ts'

type IndicatorResult = Evaluation['indicatorResults'][number]

const columns = ['indicator', 'value', 'compared', 'criteria', 'target', '', 'points', 'status'] as const
const rightAligned: ReadonlySet<number> = new Set([1, 2, 4])
const statusColumn = columns.indexOf('status')
const gap = '  '

/** One line per criterion under a heading; an indicator's other columns stand in its first line. No line ends in spaces. */
export function indicatorTable(indicatorResults: readonly IndicatorResult[]): readonly string[] {
  const rows = [columns, ...indicatorResults.flatMap(rowsOf)]
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row, index) => {
    const cells = row.map((text, column) => {
      const width = widths[column] ?? 0
      const cell = rightAligned.has(column) ? text.padStart(width) : text.padEnd(width)
      if (index === 0) return styleText('dim', cell)
      return column === statusColumn ? colored(text) : cell
    })
    return cells.join(gap).trimEnd()
  })
}

const colors: Readonly<Record<string, 'green' | 'yellow' | 'red' | 'dim'>> = {
  pass: 'green',
  warning: 'yellow',
  fail: 'red',
  info: 'dim',
}

/** `text` in the colour of a result or a status. */
export function colored(result: string, text = result): string {
  const color = colors[result]
  return color === undefined ? text : styleText(color, text)
}

function rowsOf(indicator: IndicatorResult): readonly (readonly string[])[] {
  const criteria = [
    ...indicator.passTargets.map((target) => ({ level: 'pass', ...target })),
    ...indicator.warningTargets.map((target) => ({ level: 'warn', ...target })),
  ]
  const [first = ['none', '', ''], ...others] = criteria.map(({ level, criteria: text, targetValue, violated }) => [
    `${level} ${text}`,
    shownNumber(targetValue),
    violated ? 'not met' : 'met',
  ])
  const { metric, keySli, value, outcome, comparedValue, status, score, weight } = indicator
  return [
    [
      keySli ? `${metric} (key)` : metric,
      value === null ? outcome : shownNumber(value),
      shownNumber(comparedValue),
      ...first,
      status === 'info' ? '–' : `${shownNumber(score)} of ${shownNumber(weight)}`,
      status,
    ],
    ...others.map((cells) => ['', '', '', ...cells, '', '']),
  ]
}
