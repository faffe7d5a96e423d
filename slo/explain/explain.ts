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

/** What fits into a message. */
export interface BriefExplanation extends Flips {
  /** The one thing to know, for a person. */
  readonly sentence: string
}

/** Why a judgement is what it is, and what would have made it another. Everything in it follows from `judge`'s inputs. */
export interface Explanation extends BriefExplanation {
  readonly state: Judgement['state']
  readonly result: Result
  readonly score: number | null
  /** In file order. */
  readonly objectives: readonly ExplainedObjective[]
  /** Every evaluation that was compared with, newest first, and what would be without it and without another in its place. */
  readonly comparedEvaluations: readonly ComparedEvaluation[]
  /** Earlier evaluations that a reader may expect above, and why they are not there. */
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

/** Of one earlier evaluation, or, without an id, of several. */
export interface SkippedCandidate {
  readonly id?: string
  readonly message: string
}

/**
 * Explains what `judge` says of the same arguments, which it does again; never throws. `skipped` is told by whoever chose the
 * candidates, and only passed on.
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

/** The parts of `explain` that fit into a message, of the same arguments. */
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
