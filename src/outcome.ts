import type { BriefExplanation, Candidate, Judgement, Measurement } from '../slo/index.ts'
import type { EndedEvaluation, Evaluation, Warning } from './evaluation.ts'

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

/** The outcome of an evaluation whose every run ended with its process. */
export function gaveUp(evaluation: Evaluation, runs: number): Outcome {
  return {
    state: 'errored',
    result: 'fail',
    baselineResult: 'fail',
    score: null,
    reasons: [
      {
        code: 'gave_up',
        message: `Given up: ${runs} runs of this evaluation ended with their process, before a result.`,
        runs,
      },
      ...evaluation.reasons,
    ],
    ...nothingMeasured(evaluation),
  }
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

/** No SLO, and a project that lets such a service pass: Keptn's score 0, and said aloud. */
export function ungated(evaluation: Evaluation): Outcome {
  return {
    state: 'succeeded',
    result: 'pass',
    baselineResult: 'pass',
    score: 0,
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

function nothingMeasured({ warnings }: Evaluation) {
  return { warnings, objectives: [], comparedEvaluations: [], measurements: [], candidates: [], explanation: null }
}
