import {
  explain,
  type Candidate,
  type Explanation,
  type Measurement,
  type Policies,
  type Slo,
} from '../../slo/index.ts'
import { hasEnded, type Evaluation } from './evaluation.ts'

/** What an evaluation was judged from, beside its SLO. */
export interface JudgedInputs {
  readonly measurements: readonly Measurement[]
  readonly candidates: readonly Candidate[]
  readonly policies: Policies
}

export interface ExplainDeps {
  readonly inputs: (id: string) => Promise<JudgedInputs>
  readonly parse: (sloText: string) => Slo
}

/** An evaluation for one of these ended without a judgement. */
const unjudged: readonly string[] = ['gave_up', 'cancelled', 'window_invalid']

/** Explains an evaluation from its row alone; null when nothing was judged: it has not ended, or ended without an SLO or a run. */
export async function explainEvaluation(evaluation: Evaluation, deps: ExplainDeps): Promise<Explanation | null> {
  const { id, slo, reasons, warnings } = evaluation
  if (!hasEnded(evaluation) || slo === null) return null
  if (reasons.some(({ code }) => unjudged.includes(code))) return null
  const { measurements, candidates, policies } = await deps.inputs(id)
  const skipped = warnings
    .filter(({ code }) => code === 'evaluation_skipped')
    .map(({ message, evaluation: earlier }) => ({ message, ...(typeof earlier === 'string' && { id: earlier }) }))
  return explain(deps.parse(slo.text), measurements, candidates, policies, skipped)
}
