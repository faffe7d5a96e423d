import type { Candidate, Comparison, Slo } from '../../slo/index.ts'
import type { Evaluation } from './evaluation.ts'
import type { Warning } from '../base/warning.ts'

/** At most so many are named; the rest is counted. */
const namedMax = 10

/** An earlier evaluation of the same line that cannot serve as a baseline. */
export interface SkippedEvaluation {
  readonly id: string
  readonly state: Evaluation['state']
  readonly result: string
  readonly labels: Readonly<Record<string, string>>
  readonly invalidated: boolean
  /** How many candidates are newer than it. */
  readonly candidatesNewer: number
}

/**
 * One warning for each earlier evaluation that a reader would expect to be compared with and that does not count:
 * newer than the oldest one compared with or, where nothing was compared with, any. Where all limits are fixed nobody expects it.
 */
export function skippedWarnings(
  history: { readonly candidates: readonly Candidate[]; readonly skipped: readonly SkippedEvaluation[] },
  comparedEvaluations: readonly string[],
  { objectives, comparison: { include } }: Pick<Slo, 'objectives' | 'comparison'>,
): readonly Warning[] {
  if (!objectives.some(isRelative)) return []
  const oldestCompared = history.candidates.findLastIndex(({ id }) => comparedEvaluations.includes(id))
  const skipped = history.skipped.filter(
    ({ candidatesNewer }) => oldestCompared === -1 || candidatesNewer <= oldestCompared,
  )
  const named = skipped.slice(0, namedMax).map((earlier) => ({
    code: 'evaluation_skipped',
    message: `The earlier evaluation ${earlier.id}${describeLabels(earlier.labels)} does not count as a baseline: ${whySkipped(earlier, include)}.`,
    evaluation: earlier.id,
    state: earlier.state,
    result: earlier.result,
    labels: earlier.labels,
  }))
  if (skipped.length <= namedMax) return named
  const message = `${skipped.length - namedMax} more earlier evaluations do not count as a baseline.`
  return [...named, { code: 'evaluation_skipped', message }]
}

function isRelative({ pass, warning }: Slo['objectives'][number]): boolean {
  return [...pass, ...warning].flat().some(({ kind }) => kind !== 'absolute')
}

function whySkipped(earlier: SkippedEvaluation, include: Comparison['include']): string {
  if (earlier.invalidated) return 'it was invalidated'
  if (earlier.state !== 'succeeded') return `it ended ${earlier.state}`
  return `its result is ${earlier.result}, and include_result_with_score is ${include}`
}

function describeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  return pairs.length === 0 ? '' : ` (${pairs.join(', ')})`
}
