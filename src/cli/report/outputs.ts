import { printable } from '../columns.ts'
import type { Parsed } from '../command.ts'
import { writeText } from '../files.ts'
import { usageError, type Terminal } from '../terminal.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import type { Report } from './report.ts'
import { explainedText, textReport } from './text.ts'
import { shownWarnings } from './warnings.ts'

const formats = ['text', 'json', 'junit', 'markdown'] as const
type Format = (typeof formats)[number]

interface Output {
  readonly format: Format
  /** Undefined: standard output. */
  readonly file: string | undefined
}

export const outputOption = {
  value: 'FORMAT[=FILE]',
  isMany: true,
  words: formats,
  text: `${formats.join(', ')}; to standard output, or each to a file; text without one`,
} as const

export const jsonOutput: Output = { format: 'json', file: undefined }

/** What is to be written where. Throws a CommandError for what is no format, and where two would mix. */
export function outputsOf(parsed: Parsed): readonly Output[] {
  const wanted = parsed.many('output')
  const outputs = (wanted.length === 0 ? ['text'] : wanted).map(outputOf)
  if (outputs.filter(({ file }) => file === undefined).length > 1) {
    throw usageError(
      'only one --output can go to standard output: give the others a file, such as --output junit=report.xml',
    )
  }
  const again = outputs.find(({ file }, place) => outputs.findIndex((one) => one.file === file) !== place)
  if (again !== undefined) throw usageError(`two --output go to ${again.file}: give each a file of its own`)
  return outputs
}

function outputOf(text: string): Output {
  const [name = '', ...rest] = text.split('=')
  const format = formats.find((known) => known === name)
  if (format === undefined) throw usageError(`--output ${name} is not known: write ${formats.join(', ')}`)
  const file = rest.join('=')
  if (rest.length > 0 && file === '') throw usageError(`--output ${text} names no file`)
  return { format, file: rest.length === 0 ? undefined : file }
}

/** Writes every output. Warnings also go to standard error if standard output does not have them in words. */
export async function write(report: Report, outputs: readonly Output[], terminal: Terminal): Promise<void> {
  const isInWords = outputs.some(({ format, file }) => file === undefined && ['text', 'markdown'].includes(format))
  if (!isInWords) for (const shown of shownWarnings(report.warnings)) terminal.say(`warning: ${printable(shown)}`)
  for (const { format, file } of outputs) {
    const look = { columns: terminal.columns, isColored: file === undefined && terminal.isColored }
    const text = formatted(report, format, look)
    if (file === undefined) terminal.out(text)
    else await writeText(file, text, terminal)
  }
}

function formatted(report: Report, format: Format, look: Parameters<typeof textReport>[1]): string {
  switch (format) {
    case 'text':
      return report.isExplained ? explainedText(report, look) : textReport(report, look)
    case 'json':
      return `${JSON.stringify(report.source, null, 2)}\n`
    case 'junit':
      return junitReport(report)
    case 'markdown':
      return markdownReport(report)
  }
}
