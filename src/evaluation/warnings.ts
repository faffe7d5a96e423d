import { coverageText, type Measurement, type Slo } from '../../slo/index.ts'
import type { Answer } from '../definitions/load.ts'
import type { Evaluation } from './evaluation.ts'
import type { Warning } from '../base/warning.ts'

/** Values that came with the request and that no objective asks for, nor a formula. */
export function unusedWarnings(
  answers: readonly Answer[],
  pushed: readonly { readonly metric: string }[],
): readonly Warning[] {
  const used = new Set(namesIn(answers))
  return pushed
    .filter(({ metric }) => !used.has(metric))
    .map(({ metric }) => ({
      code: 'unused_indicator',
      message: `The pushed value of ${JSON.stringify(metric)} was not used: no objective has that sli.`,
      indicator: metric,
    }))
}

function namesIn(answers: readonly Answer[]): readonly string[] {
  return answers.flatMap((answer) => [answer.indicator, ...(answer.kind === 'computed' ? namesIn(answer.inputs) : [])])
}

/** For informational objectives; for scored ones it is a reason. */
export function coverageWarnings({ objectives }: Slo, measurements: readonly Measurement[]): readonly Warning[] {
  const scored = new Set(objectives.flatMap(({ indicator, pass }) => (pass.length > 0 ? [indicator] : [])))
  return measurements.flatMap((measurement) => {
    const { indicator } = measurement
    if (measurement.kind === 'missing' || scored.has(indicator)) return []
    const { coverage } = measurement
    if (coverage === undefined || coverage.isEnough) return []
    const { found, nan, expected } = coverage
    const message = `${indicator} is based on ${coverageText(coverage)}, fewer than its minCoverage requires.`
    return [{ code: 'low_coverage', message, indicator, found, nan, expected }]
  })
}

/** A result after several tries says less than a first one. */
export function retriedWarnings({ retryOf, retry }: Pick<Evaluation, 'retryOf' | 'retry'>): readonly Warning[] {
  if (retryOf === null) return []
  const message = `This is retry ${retry}: evaluation ${retryOf} judged an overlapping window with the same labels and SLO.`
  return [{ code: 'retried', message, retryOf, retry }]
}

/** What providers said beside a value. */
export function providerWarnings(measurements: readonly Measurement[]): readonly Warning[] {
  return measurements.flatMap(({ indicator, provider, warnings }) =>
    warnings.map((message) => ({ code: 'provider_warning', message, indicator, provider })),
  )
}
