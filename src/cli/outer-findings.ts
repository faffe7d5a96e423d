import { basename, dirname } from 'node:path'
import { placesOfIndicators, unusedOption } from '../definitions/option-files.ts'
import { isPacked, problemsAsWritten, problemsOfFolder } from '../definitions/query-problems.ts'
import { outerRules, parseSli, SliError, type Severity, type Sli } from '../../slo/index.ts'
import type { PlacedFinding } from './sarif.ts'

interface TextFile {
  readonly file: string
  readonly text: string
}

/** What lies beside the SLOs: `slis` may have any name, `options` are `options.yaml` files. */
interface Files {
  readonly slis: readonly TextFile[]
  readonly options: readonly TextFile[]
}

/** What only a provider's language or an `options.yaml` shows; the name of a file's folder is taken for the provider's kind. */
export function outerFindings({ slis, options }: Files): readonly PlacedFinding[] {
  const read = slis.flatMap(({ file, text }) => {
    const sli = sliOf(text)
    return sli === undefined ? [] : [{ file, sli, places: placesOfIndicators(text) }]
  })
  return [...read.flatMap((one) => queryFindingsOf(one, options)), ...options.flatMap((one) => unusedIn(one, read))]
}

function severityOf(rule: string): Severity {
  return outerRules.find(({ id }) => id === rule)?.severity ?? 'warning'
}

/** Undefined for a file with mistakes, which are reported elsewhere. */
function sliOf(text: string): Sli | undefined {
  try {
    return parseSli(text)
  } catch (error) {
    if (error instanceof SliError) return undefined
    throw error
  }
}

interface SliFile {
  readonly file: string
  readonly sli: Sli
  readonly places: ReturnType<typeof placesOfIndicators>
}

/** The server's variables and the filter of an SLO are not known here. */
const known = { filter: [], environment: undefined }

function queryFindingsOf({ file, sli, places }: SliFile, options: readonly TextFile[]): readonly PlacedFinding[] {
  const problems = problemsOfFolder(folderOf(file))
  const ranged = new Set(
    options.filter((one) => areRelated(one.file, file)).flatMap(({ text }) => [...placesOfIndicators(text).keys()]),
  )
  return [...sli.indicators].flatMap(([indicator, { query, line }]) =>
    problemsAsWritten({ query }, known, { problems, escape: (value) => value })
      // Its options may say that values are read all over the window.
      .filter(({ code }) => code !== 'fixed_range' || !ranged.has(indicator))
      .map(({ code, message, fix }) => ({
        rule: code,
        severity: severityOf(code),
        file,
        line,
        column: places.get(indicator)?.column ?? 1,
        message: `the query of ${JSON.stringify(indicator)}: ${message}`,
        fix,
        indicator,
      })),
  )
}

/** Without any `sli.yaml` of the provider, nothing is known of its indicators. */
function unusedIn({ file, text }: TextFile, slis: readonly SliFile[]): readonly PlacedFinding[] {
  const related = slis.filter((sli) => areRelated(file, sli.file))
  if (related.length === 0) return []
  const names = related.flatMap(({ sli }) => [...sli.indicators.keys()])
  return [...placesOfIndicators(text)]
    .filter(([name]) => !names.includes(name) && !isPacked(name))
    .map(([name, place]) => ({
      rule: 'options_unused',
      severity: severityOf('options_unused'),
      file,
      ...place,
      ...unusedOption(name, names),
    }))
}

function folderOf(file: string): string {
  return basename(dirname(file))
}

/** Of one provider, and on levels of which one is in the other. */
function areRelated(one: string, other: string): boolean {
  if (folderOf(one) !== folderOf(other)) return false
  const [level, otherLevel] = [dirname(dirname(one)), dirname(dirname(other))]
  return isWithin(level, otherLevel) || isWithin(otherLevel, level)
}

function isWithin(level: string, wider: string): boolean {
  return wider === '.' || level === wider || level.startsWith(`${wider}/`)
}
