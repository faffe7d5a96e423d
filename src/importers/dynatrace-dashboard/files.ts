import { stringify } from 'yaml'
import { parseSli, parseSlo, type Slo } from '../../../slo/index.ts'
import type { ImportedDashboard } from './dashboard.ts'

/** The two files that an import writes. */
export interface DefinitionFiles {
  readonly slo: string
  readonly sli: string
}

const style = { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' } as const

/**
 * `slo.yaml` and `sli.yaml` of what was imported, read back before anybody else may read them. Throws SloError or SliError when
 * what a title says cannot stand in a file.
 */
export function filesOf({ totals, objectives }: ImportedDashboard): DefinitionFiles {
  const { comparison, totalScore } = totals
  const slo = stringify(
    {
      spec_version: '1.0',
      comparison: {
        compare_with: comparison.resultsMax === 1 ? 'single_result' : 'several_results',
        number_of_comparison_results: comparison.resultsMax,
        include_result_with_score: comparison.include,
        aggregate_function: comparison.aggregate,
      },
      objectives: objectives.map(({ indicator, displayName, pass, warning, weight, isKey }) => ({
        sli: indicator,
        ...(displayName !== '' && { displayName }),
        ...(pass.length > 0 && { pass: pass.map((criteria) => ({ criteria })) }),
        ...(warning.length > 0 && { warning: warning.map((criteria) => ({ criteria })) }),
        weight,
        key_sli: isKey,
      })),
      total_score: {
        pass: `${totalScore.pass}%`,
        ...(totalScore.warning !== null && { warning: `${totalScore.warning}%` }),
      },
    },
    style,
  )
  const indicators = new Map(objectives.map(({ indicator, query }) => [indicator, query]))
  const sli = stringify({ spec_version: '1.0', indicators }, style)
  const isSame = saysTheSame(parseSlo(slo), objectives) && asksTheSame(parseSli(sli).indicators, indicators)
  if (!isSame) throw new Error('an import wrote files that say something else than its dashboard')
  return { slo, sli }
}

function saysTheSame({ objectives: read }: Slo, meant: ImportedDashboard['objectives']): boolean {
  const parts = (
    name: string,
    displayName: string,
    isKey: boolean,
    ...sets: readonly (readonly (readonly string[])[])[]
  ) => JSON.stringify([name, displayName, isKey, sets])
  const textsOf = (sets: Slo['objectives'][number]['pass']) => sets.map((criteria) => criteria.map(({ text }) => text))
  return (
    read.length === meant.length &&
    read.every(({ indicator, displayName, isKey, pass, warning }, index) => {
      const one = meant[index]
      if (one === undefined) return false
      const written = parts(one.indicator, one.displayName, one.isKey, one.pass, one.warning)
      return parts(indicator, displayName, isKey, textsOf(pass), textsOf(warning)) === written
    })
  )
}

function asksTheSame(read: ReturnType<typeof parseSli>['indicators'], meant: ReadonlyMap<string, string>): boolean {
  return read.size === meant.size && [...meant].every(([indicator, query]) => read.get(indicator)?.query === query)
}
