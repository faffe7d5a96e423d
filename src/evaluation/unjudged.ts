import {
  bearingUnjudged,
  foldedFindings,
  type BriefExplanation,
  type Candidate,
  type Judgement,
  type Measurement,
} from '../../slo/index.ts'
import type { EndedEvaluation, Evaluation } from './evaluation.ts'
import type { Warning } from '../base/warning.ts'

/** A judgement with what it was made from. */
export interface Outcome extends Omit<Judgement, 'state'> {
  readonly state: EndedEvaluation['state']
  readonly measurements: readonly Measurement[]
  readonly candidates: readonly Candidate[]
  readonly warnings: readonly Warning[]
  /** For the event; null when nothing was judged. */
  readonly explanation: BriefExplanation | null
}

/** An evaluation that is accepted with one of these is not judged. */
const refusals: readonly string[] = ['window_invalid', 'slo_invalid', 'slo_missing']

/** Whether it was known from the beginning that there is nothing to judge. */
export function isRefused({ reasons }: Pick<Evaluation, 'reasons'>): boolean {
  return reasons.some(({ code }) => refusals.includes(code))
}

/** The outcome of an evaluation that could not be judged, as its reasons say. */
export function refused(evaluation: Evaluation): Outcome {
  return {
    state: 'errored',
    result: 'fail',
    baselineResult: 'fail',
    score: null,
    reasons: evaluation.reasons,
    ...nothingMeasured(evaluation),
  }
}

/** The runs of an evaluation that has no outcome yet. */
export interface RunsMade {
  /** Those that ended with their process, or whose process lost the database. */
  readonly interrupted: number
  /** Those that ended with an error of the service or the database. */
  readonly failed: number
}

/** The outcome of an evaluation whose runs all ended without a result. */
export function gaveUp(evaluation: Evaluation, { interrupted, failed }: RunsMade): Outcome {
  return {
    state: 'errored',
    result: 'fail',
    baselineResult: 'fail',
    score: null,
    reasons: [
      {
        code: 'gave_up',
        message: `Gave up: ${gaveUpBecause(interrupted, failed)}.`,
        runs: interrupted + failed,
        interrupted,
        failed,
      },
      ...evaluation.reasons,
    ],
    ...nothingMeasured(evaluation),
  }
}

function gaveUpBecause(interrupted: number, failed: number): string {
  const runs = (count: number): string => (count === 1 ? '1 run' : `${count} runs`)
  const byUs = `${runs(failed)} failed with an unexpected error (see the server log)`
  const byEnd = `${runs(interrupted)} ${interrupted === 1 ? 'was' : 'were'} interrupted before producing a result`
  if (failed === 0) return byEnd
  return interrupted === 0 ? byUs : `${byUs}, and ${byEnd}`
}

/** The outcome of an evaluation that a caller did not want to the end. */
export function cancelled(evaluation: Evaluation): Outcome {
  return {
    state: 'aborted',
    result: 'fail',
    baselineResult: 'fail',
    score: null,
    reasons: [
      { code: 'cancelled', message: 'Cancelled by a caller before there was a result, so the gate stays closed.' },
      ...evaluation.reasons,
    ],
    ...nothingMeasured(evaluation),
  }
}

/** No SLO, and a project that lets such a service pass. Without a judgement there is no score; Keptn's event says 0. */
export function ungated(evaluation: Evaluation): Outcome {
  return {
    state: 'succeeded',
    result: 'pass',
    baselineResult: 'pass',
    score: null,
    reasons: [
      {
        code: 'ungated',
        message: 'Nothing was judged: there is no slo.yaml, and the policy missingSlo of the project is pass.',
      },
      ...evaluation.reasons,
    ],
    ...nothingMeasured(evaluation),
  }
}

function nothingMeasured(evaluation: Evaluation) {
  const warnings = foldedFindings(bearingUnjudged(evaluation.warnings))
  return { warnings, objectives: [], comparedEvaluations: [], measurements: [], candidates: [], explanation: null }
}
