import { styleText } from 'node:util'
import { printable, wrapped } from '../columns.ts'
import { headline, unmeasuredSentences, type Report } from './report.ts'
import { tableOf } from './table.ts'
import { shownWarnings } from './warnings.ts'

const colors = { pass: 'green', warning: 'yellow', fail: 'red', info: 'dim' } as const

interface Look {
  readonly columns: number
  readonly isColored: boolean
}

/** For a terminal: the result, a line for each objective, and why. */
export function textReport(report: Report, look: Look): string {
  const { objectives, standing, warnings, link } = report
  const paint = (text: string, color: (typeof colors)[keyof typeof colors] | 'bold'): string =>
    look.isColored ? styleText(color, text, { validateStream: false }) : text
  const table = tableOf(objectives, look.columns).map((line, place) => {
    const status = objectives[place - 1]?.status
    return status === undefined ? paint(line, 'dim') : paintStatus(line, status, (text) => paint(text, colors[status]))
  })
  const why = whyOf(report)
  // Whom an explanation names already need not be told again.
  const further = warnings.filter(({ message }) => !why.includes(message))
  const unmeasured = unmeasuredSentences(objectives).filter((sentence) => !why.includes(sentence))
  const isAnyMissed = objectives.some(({ passTargets }) => passTargets.some(({ violated }) => violated))
  const paragraphs = [
    [
      `${paint(printable(report.title), 'bold')}: ${paint(headline(report), colors[report.isInvalidated ? 'fail' : report.result])}`,
      ...standing.flatMap((line) => linesOf(line, look)),
    ],
    objectives.length === 0 ? [] : table,
    isAnyMissed ? [paint('! is not met', 'dim')] : [],
    unmeasured.flatMap((sentence) => linesOf(sentence, look)),
    ...why.split('\n\n').map((part) => linesOf(part, look)),
    shownWarnings(further).flatMap((told) => linesOf(`warning: ${told}`, look)),
    link === undefined ? [] : [link],
  ]
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

/** The full explanation, then what it does not cover. */
export function explainedText({ explanation = '', objectives, warnings }: Report, look: Look): string {
  const paragraphs = [
    linesOf(explanation, look, true),
    unmeasuredSentences(objectives).flatMap((sentence) => linesOf(sentence, look)),
    shownWarnings(warnings).flatMap((told) => linesOf(`warning: ${told}`, look)),
  ]
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

function linesOf(text: string, { columns }: Look, hasParagraphs = false): readonly string[] {
  const lines = wrapped(text.split('\n').map(printable).join('\n'), columns)
  return hasParagraphs ? lines : lines.filter((line) => line !== '')
}

/** The explanation, but for the paragraph that says less than the table above it; else the reasons. */
function whyOf({ explanation, reasons }: Report): string {
  if (explanation === undefined) return reasons.map(({ message }) => message).join('\n')
  const isTable = (paragraph: string): boolean => paragraph.split('\n').every((line) => line.startsWith('  '))
  return explanation
    .trimEnd()
    .split('\n\n')
    .filter((paragraph) => !isTable(paragraph))
    .join('\n\n')
}

function paintStatus(line: string, status: string, paint: (text: string) => string): string {
  return line.endsWith(status) ? line.slice(0, line.length - status.length) + paint(status) : line
}
