import { capCauses, type CapPolicy } from '../cap.ts'
import { verdictOf } from '../judge.ts'
import type { JudgedObjective, Reason, Target } from '../judgement.ts'
import { titleOf } from '../reasons.ts'
import { shownObjective } from '../shown.ts'
import { shown, shownApart } from './number.ts'
import type { Slo } from '../slo.ts'
import type { Situation } from './situation.ts'

/** How many objectives a sentence names. */
const namedMax = 3

/** The most important point of a judgement: what decided it, and nothing else. */
export function sentenceOf(situation: Situation): string {
  const { judgement, pairs } = situation
  if (pairs.length === 0) return 'Failed: the SLO has no objectives, so there was nothing to judge.'
  if (judgement.state === 'errored') return undecided(judgement.objectives, judgement.reasons)
  const misspelt = judgement.reasons.find(({ code, policy }) => code === 'capped' && policy === 'misspeltKeys')
  if (misspelt !== undefined) return cappedByMisspelling(misspelt, situation.slo)
  if (judgement.objectives.every(({ status }) => status === 'info')) {
    return ungated(situation)
  }
  const caps = judgement.reasons.filter(({ code }) => code === 'capped')
  if (caps.length > 0) return capped(caps, situation)
  const failedKeys = judgement.objectives.filter(({ isKey, status }) => isKey && status === 'fail')
  if (failedKeys.length > 0) return failedByKey(situation, failedKeys)
  return decidedByScore(situation)
}

function undecided(objectives: readonly JudgedObjective[], reasons: readonly Reason[]): string {
  const unasked = reasons.filter(({ resultIfFailed }) => resultIfFailed !== undefined)
  const indicators = unasked.flatMap(({ indicator }) => objectives.find((one) => one.indicator === indicator) ?? [])
  const names = listed(indicators.map((objective) => `${titleOf(objective)} (${objective.outcome})`))
  const [first] = unasked
  const they = indicators.length === 1 ? 'it' : 'they'
  return `Undecided, so the gate stays closed: ${names} could not be queried; the result would have been ${fact(first, 'resultIfFailed')} if ${they} had failed and ${fact(first, 'resultIfPassed')} if ${they} had passed.`
}

function cappedByMisspelling(cap: Reason, { misspelt }: Slo): string {
  const keys = listed(misspelt.map(({ message, line }) => `${message} (line ${line})`))
  return `The result is fail instead of ${fact(cap, 'from')} because the SLO has keys that are most likely misspelt: ${keys}.`
}

const resultWords = { pass: 'Passed', warning: 'Warning', fail: 'Failed' } as const

function ungated({ judgement: { result, objectives } }: Situation): string {
  const nothing = `${resultWords[result]}: no objective has pass criteria, so nothing is gated`
  const unmeasured = objectives.filter(({ outcome }) => outcome !== 'measured')
  if (unmeasured.length === 0) return `${nothing}.`
  return `${nothing}, and ${withoutValue([...new Set(unmeasured.map(withOutcome))])}.`
}

/** Each cap is lower than the previous one; the last one decided, unless another policy gives the same result. */
function capped(caps: readonly Reason[], { judgement, policies }: Situation): string {
  const { objectives, reasons } = judgement
  const [from, to] = [fact(caps[0], 'from'), fact(caps.at(-1), 'to')]
  const decisive = fact(caps.at(-1), 'policy')
  const higher = caps.slice(0, -1).map((cap) => {
    const policy = fact(cap, 'policy')
    return `; the policy ${policy} alone would make it a ${fact(cap, 'to')}, because ${causeOf(policy, objectives)}`
  })
  const alike = capPolicies
    .filter(
      ({ policy, codes }) =>
        policy !== decisive &&
        policies[policy] === to &&
        reasons.some(({ code }) => codes.some((cause) => cause === code)),
    )
    .map(({ policy }) => `; the policy ${policy} is also ${to}, and ${causeOf(policy, objectives)}`)
  const cause = causeOf(decisive, objectives)
  return `The result is ${to} instead of ${from} because the policy ${decisive} is ${to} and ${cause}${[...higher, ...alike].join('')}.`
}

const capPolicies = [
  { policy: 'missingData', codes: capCauses.missingData },
  { policy: 'ungated', codes: capCauses.ungated },
  { policy: 'noBaseline', codes: capCauses.noBaseline },
  { policy: 'windowLength', codes: capCauses.windowLength },
] as const satisfies readonly { policy: CapPolicy; codes: readonly string[] }[]

function causeOf(policy: string, objectives: readonly JudgedObjective[]): string {
  if (policy === 'ungated') {
    const keys = objectives.filter(({ isKey, status }) => isKey && status === 'info')
    const are = keys.length === 1 ? 'objective' : 'objectives'
    const have = keys.length === 1 ? 'has' : 'have'
    return `the key ${are} ${listed(keys.map(titleOf))} ${have} no pass criteria`
  }
  if (policy === 'noBaseline') return 'there is no earlier value to compare with'
  if (policy === 'windowLength') return 'a baseline comes from a window of a different length'
  const scored = objectives.filter(({ status }) => status !== 'info')
  const missing = scored.filter(({ outcome }) => outcome !== 'measured')
  const thin = scored.filter(({ outcome, coverage }) => outcome === 'measured' && coverage?.isEnough === false)
  const causes = [
    ...(missing.length === 0 ? [] : [withoutValue(missing.map(withOutcome))]),
    ...(thin.length === 0
      ? []
      : [`${listed(thin.map(titleOf))} ${thin.length === 1 ? 'has' : 'have'} too few samples`]),
  ]
  return causes.join(' and ')
}

function withoutValue(names: readonly string[]): string {
  return `${listed(names)} ${names.length === 1 ? 'has' : 'have'} no value`
}

function withOutcome(objective: JudgedObjective): string {
  return `${titleOf(objective)} (${objective.outcome})`
}

/** A field that a reason has for programs. */
function fact(reason: Reason | undefined, name: string): string {
  const word = reason?.[name]
  return typeof word === 'string' ? word : ''
}

function failedByKey(situation: Situation, failed: readonly JudgedObjective[]): string {
  const { slo, judgement } = situation
  const scored = judgement.objectives.filter(({ status }) => status !== 'info')
  const earned = scored.reduce((sum, { points }) => sum + points, 0)
  const possible = scored.reduce((sum, { weight }) => sum + weight, 0)
  const { result, score } = verdictOf(slo.totalScore, earned, possible, false)
  const { pass } = slo.totalScore
  const least = leastScore(slo)
  const [shownScore, needed] = shownApart(score, least)
  const alone =
    result === 'fail'
      ? `the score of ${shownScore} is also below ${needed}`
      : `the score of ${shown(score, pass, least)} alone would have been a ${result}`
  const names = listed(
    failed.map((objective) => `${titleOf(objective)} ${shortfall(objective, isAlternative(situation, objective))}`),
  )
  return `Failed because of the key ${failed.length === 1 ? 'objective' : 'objectives'} ${names}; ${alone}.`
}

function decidedByScore(situation: Situation): string {
  const { slo, judgement } = situation
  const [score, toPass, least] = shownApart(judgement.score ?? 0, slo.totalScore.pass, leastScore(slo))
  const lost = judgement.objectives
    .filter(({ status }) => status === 'fail' || status === 'warning')
    .toSorted((one, other) => other.weight - other.points - (one.weight - one.points))
  const named = lost
    .slice(0, namedMax)
    .map((objective) => `${titleOf(objective)} ${shortfall(objective, isAlternative(situation, objective))}`)
  const more = lost.length > namedMax ? [`${lost.length - namedMax} more`] : []
  const why = listed([...named, ...more])
  if (judgement.result === 'pass') {
    const lenient = judgement.reasons.flatMap(({ code, indicator }) =>
      code === 'no_baseline' ? (indicator ?? []) : [],
    )
    if (lenient.length > 0 && lost.length === 0) {
      return `Passed with a score of ${score}; there was no earlier value to compare ${listed(lenient)} with.`
    }
    return lost.length === 0
      ? `Passed with a score of ${score}.`
      : `Passed: the score of ${score} reaches ${toPass} despite ${why}.`
  }
  if (judgement.result === 'warning')
    return `Warning: the score of ${score} reaches ${least} but not ${toPass} because of ${why}.`
  return `Failed: the score of ${score} is below ${least} because of ${why}.`
}

/** The result is fail below this score. */
function leastScore({ totalScore: { pass, warning } }: Situation['slo']): number {
  return warning === null ? pass : Math.min(pass, warning)
}

/** `(650, must be <600)`. */
function shortfall(objective: JudgedObjective, isEither: boolean): string {
  const { value, limits } = shownObjective(objective)
  if (value === null) return `(no value: ${objective.outcome})`
  const violated = objective.passTargets.flatMap((target, place) =>
    target.violated ? [wanted(target, limits[place] ?? null)] : [],
  )
  const targets = [...new Set(violated)]
  const some = targets.slice(0, namedMax)
  const needed = targets.length > namedMax ? `${some.join(', ')}, …` : some.join(isEither ? ' or ' : ' and ')
  return `(${value}, must be ${needed})`
}

/** Whether meeting any one of several criteria sets is enough. */
function isAlternative({ pairs }: Situation, objective: JudgedObjective): boolean {
  return pairs.some(({ judged, objective: { pass } }) => judged === objective && pass.length > 1)
}

/** `<600` contains its limit, `<=+10%` does not. */
function wanted({ criteria, targetValue }: Target, limit: string | null): string {
  if (targetValue === null) return `${criteria} (no finite number)`
  const compact = criteria.replaceAll(' ', '')
  return limit === null ? compact : `${compact} (${limit})`
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`
}
