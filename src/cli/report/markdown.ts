import { printable } from '../columns.ts'
import { headline, shownNumbers, titleOf, unmeasuredSentences, type Report, type ReportedObjective } from './report.ts'
import { shownWarnings } from './warnings.ts'

const marks = { pass: '✅', warning: '⚠️', fail: '❌', info: 'ℹ️' } as const

/** For the summary of a pipeline or a comment on a change. */
export function markdownReport(report: Report): string {
  const { explanation, reasons, standing, objectives, warnings, link } = report
  const reason = explanation?.split('\n')[0] ?? reasons.map(({ message }) => message).join(' ')
  const why = report.isExplained ? explained(explanation ?? '') : reason === '' ? [] : [escaped(reason), '']
  const table =
    report.isExplained || objectives.length === 0
      ? []
      : ['| | objective | value | before | needed | points |', '|---|---|--:|--:|---|--:|', ...objectives.map(row), '']
  return [
    `### ${marks[report.isInvalidated ? 'fail' : report.result]} ${escaped(report.title)}: ${headline(report)}`,
    '',
    ...standing.flatMap((line) => [escaped(line), '']),
    ...why,
    ...table,
    ...unmeasuredSentences(objectives).map((sentence) => `- ${escaped(sentence)}`),
    ...shownWarnings(warnings).map((told) => `- warning: ${escaped(told)}`),
    ...(link === undefined ? [] : ['', link]),
    '',
  ].join('\n')
}

/** Indented lines are items of a list. */
function explained(explanation: string): readonly string[] {
  const lines = explanation.trimEnd().split('\n')
  return [...lines.map((line) => (line.startsWith('  ') ? `- ${escaped(line.trim())}` : escaped(line))), '']
}

function row(objective: ReportedObjective): string {
  const { value, before, needed, points } = shownNumbers(objective)
  const criteria = needed.map(({ criteria: text, limit, isViolated }) => {
    const shownLimit = limit === null ? '' : ` = ${limit}`
    return `${isViolated ? '✗ ' : ''}\`${text.replaceAll('`', "'")}${shownLimit}\``
  })
  const cells = [
    marks[objective.status],
    `${escaped(titleOf(objective))}${objective.isKey ? ' **key**' : ''}`,
    value,
    before,
    criteria.map((text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' '),
    points,
  ]
  return `| ${cells.join(' | ')} |`
}

/** What could be read as a tag, a link, a mention, a table or the like. */
function escaped(text: string): string {
  return printable(text)
    .replaceAll(/[\\`<>|[\]*_~#&]/g, (character) => `\\${character}`)
    .replaceAll('@', '&#64;')
}
