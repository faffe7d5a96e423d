import type { Report, ReportedWarning } from './report.ts'

/** How many warnings of one code are shown in words. */
const ofEachMax = 3

/** Warnings as lines, each with its place; dozens of objectives may have the same problem. */
export function shownWarnings(warnings: Report['warnings']): readonly string[] {
  const codes = [...new Set(warnings.map(({ code }) => code))]
  return codes.flatMap((code) => {
    const lines = warnings.filter((warning) => warning.code === code).map(lineOf)
    const more = lines.length - ofEachMax
    return more <= 1 ? lines : [...lines.slice(0, ofEachMax), `${more} more of ${code}, all with --output json`]
  })
}

function lineOf({ message, file, line, column }: ReportedWarning): string {
  const place = [file, line, column].filter((part) => typeof part === 'string' || typeof part === 'number')
  if (place.length === 0) return message
  return `${message} (${typeof file === 'string' ? '' : 'line '}${place.join(':')})`
}
