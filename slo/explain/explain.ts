import { judge, judgePairs, conclude } from '../judge.ts'
import type { Candidate, Judgement, Policies, Result } from '../judgement.ts'
import type { Measurement } from '../measurement.ts'
import type { JudgedPair } from '../objective.ts'
import type { Slo } from '../slo.ts'
import { flipsOf, type Flip, type Flips } from './change.ts'
import { distanceTo, type Distance } from './distance.ts'
import { sentenceOf } from './sentence.ts'
import type { Situation } from './situation.ts'

export type { Change } from './situation.ts'
export type { Distance, Flip }
export type { NoChange } from './change.ts'

/** The parts of an explanation that fit into a message. */
export interface BriefExplanation extends Flips {
  /** The most important point, in one sentence. */
  readonly sentence: string
}

/** The reasons for a judgement, and what would have changed it. Everything in it follows from the inputs of `judge`. */
export interface Explanation extends BriefExplanation {
  readonly state: Judgement['state']
  readonly result: Result
  readonly score: number | null
  /** In file order. */
  readonly objectives: readonly ExplainedObjective[]
  /** Every evaluation that was compared with, newest first, and the result without it, if no other took its place. */
  readonly comparedEvaluations: readonly ComparedEvaluation[]
  /** Earlier evaluations that a reader may expect in `comparedEvaluations`, and why they are not there. */
  readonly skippedEvaluations: readonly SkippedCandidate[]
}

export interface ExplainedObjective {
  readonly indicator: string
  readonly displayName: string
  readonly status: Result | 'info'
  readonly points: number
  readonly weight: number
  readonly value: number | null
  readonly comparedValue: number | null
  /** Ids of the evaluations that its baseline comes from, newest first. */
  readonly comparedWith: readonly string[]
  readonly toPass: Distance
  readonly toWarning: Distance
}

export interface ComparedEvaluation {
  readonly id: string
  /** The indicators that are compared with it. */
  readonly indicators: readonly string[]
  readonly without: { readonly state: Judgement['state']; readonly result: Result; readonly score: number | null }
}

/** One earlier evaluation or, without an id, several. */
export interface SkippedCandidate {
  readonly id?: string
  readonly message: string
}

/**
 * Explains the outcome of `judge` for the same arguments, judging again; never throws. `skipped` comes from the code that
 * selects the candidates, and is only passed through.
 */
export function explain(
  slo: Slo,
  measurements: readonly Measurement[],
  candidates: readonly Candidate[],
  policies: Policies,
  skipped: readonly SkippedCandidate[] = [],
): Explanation {
  const situation = situationOf(slo, measurements, candidates, policies)
  const { pairs, judgement } = situation
  const { state, result, score } = judgement
  return {
    state,
    result,
    score,
    ...briefly(situation),
    objectives: pairs.map(explainObjective),
    comparedEvaluations: judgement.comparedEvaluations.map((id) => {
      const others = candidates.filter((candidate) => candidate.id !== id)
      const without = judge(slo, measurements, others, policies)
      const compared = judgement.objectives.filter(({ comparedWith }) => comparedWith.includes(id))
      return {
        id,
        indicators: [...new Set(compared.map(({ indicator }) => indicator))],
        without: { state: without.state, result: without.result, score: without.score },
      }
    }),
    skippedEvaluations: skipped,
  }
}

/** The parts of `explain` that fit into a message, for the same arguments. */
export function explainBriefly(
  slo: Slo,
  measurements: readonly Measurement[],
  candidates: readonly Candidate[],
  policies: Policies,
): BriefExplanation {
  return briefly(situationOf(slo, measurements, candidates, policies))
}

function briefly(situation: Situation): BriefExplanation {
  return { sentence: sentenceOf(situation), ...flipsOf(situation) }
}

function situationOf(
  slo: Slo,
  measurements: readonly Measurement[],
  candidates: readonly Candidate[],
  policies: Policies,
): Situation {
  const pairs = judgePairs(slo, measurements, candidates)
  return { slo, pairs, candidates, policies, judgement: conclude(slo, pairs, candidates, policies) }
}

function explainObjective(pair: JudgedPair): ExplainedObjective {
  const { indicator, displayName, status, points, weight, value, comparedValue, comparedWith } = pair.judged
  return {
    indicator,
    displayName,
    status,
    points,
    weight,
    value,
    comparedValue,
    comparedWith,
    toPass: distanceTo(pair, pair.objective.pass),
    toWarning: distanceTo(pair, pair.objective.warning),
  }
}
