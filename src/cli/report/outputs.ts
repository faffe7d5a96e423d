import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Parsed } from '../command.ts'
import { usageError, type Terminal } from '../terminal.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import type { Report } from './report.ts'
import { textReport } from './text.ts'

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

/** What is to be written where. Throws a CommandError for what is no format, and where two would mix. */
export function outputsOf(parsed: Parsed): readonly Output[] {
  const wanted = parsed.many('output')
  const outputs = (wanted.length === 0 ? ['text'] : wanted).map(outputOf)
  if (outputs.filter(({ file }) => file === undefined).length > 1) {
    throw usageError(
      'only one --output can go to standard output: give the others a file, such as --output junit=report.xml',
    )
  }
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

export async function write(report: Report, outputs: readonly Output[], terminal: Terminal): Promise<void> {
  for (const { format, file } of outputs) {
    const look = { columns: terminal.columns, isColored: file === undefined && terminal.isColored }
    const text = formatted(report, format, look)
    if (file === undefined) terminal.out(text)
    else await writeTo(file, text, terminal)
  }
}

async function writeTo(file: string, text: string, terminal: Terminal): Promise<void> {
  try {
    await writeFile(resolve(terminal.cwd, file), text)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be written'
    throw usageError(`${file} cannot be written: ${code}`)
  }
}

function formatted(report: Report, format: Format, look: Parameters<typeof textReport>[1]): string {
  switch (format) {
    case 'text':
      return textReport(report, look)
    case 'json':
      return `${JSON.stringify(report.source, null, 2)}\n`
    case 'junit':
      return junitReport(report)
    case 'markdown':
      return markdownReport(report)
  }
}
