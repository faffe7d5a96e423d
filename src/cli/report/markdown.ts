import { printable } from '../columns.ts'
import { fewOfEach } from './text.ts'
import { headline, isItsOwn, shownNumber, titleOf, type Report, type ReportedObjective } from './report.ts'

const marks = { pass: '✅', warning: '⚠️', fail: '❌', info: 'ℹ️' } as const

/** For the summary of a pipeline or a comment on a change. */
export function markdownReport(report: Report): string {
  const { explanation, reasons, warnings, link } = report
  const why = explanation?.split('\n')[0] ?? reasons.map(({ message }) => message).join(' ')
  const table =
    report.objectives.length === 0
      ? []
      : [
          '| | objective | value | before | needed | points |',
          '|---|---|--:|--:|---|--:|',
          ...report.objectives.map(row),
          '',
        ]
  return [
    `### ${marks[report.result]} ${escaped(report.title)}: ${headline(report)}`,
    '',
    ...(why === '' ? [] : [escaped(why), '']),
    ...table,
    ...fewOfEach(warnings).map((told) => `- ${escaped(told)}`),
    ...(link === undefined ? [] : ['', link]),
    '',
  ].join('\n')
}

function row(objective: ReportedObjective): string {
  const { value, comparedValue, outcome, points, weight, isKey, passTargets, status } = objective
  const needed = passTargets.map((target) => {
    const limit = isItsOwn(target) ? '' : ` = ${shownNumber(target.targetValue)}`
    return `${target.violated ? '✗ ' : ''}\`${target.criteria.replaceAll('`', "'")}${limit}\``
  })
  const cells = [
    marks[status],
    `${escaped(titleOf(objective))}${isKey ? ' **key**' : ''}`,
    value === null ? outcome : shownNumber(value),
    shownNumber(comparedValue),
    needed.map((text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' '),
    status === 'info' ? '' : `${shownNumber(points)}/${weight}`,
  ]
  return `| ${cells.join(' | ')} |`
}

/** What could be read as a tag, a link, a mention, a table or the like. */
function escaped(text: string): string {
  return printable(text)
    .replaceAll(/[\\`<>|[\]*_~#&]/g, (character) => `\\${character}`)
    .replaceAll('@', '&#64;')
}
