import { basisChanges, changeText, isOtherLength } from './basis.ts'
import type { JudgedObjective, Policies, Reason, Result } from './judgement.ts'
import { coverageText } from './measurement.ts'
import type { JudgedPair } from './objective.ts'
import type { Slo } from './slo.ts'

/** The outcome of the points alone, before any policy. */
export interface Verdict {
  readonly result: Result
  /** 0 to 100. */
  readonly score: number
}

/** Why points and key objectives led to this result; empty for a plain pass. Numbers are shown in full. */
export function scoreReasons(slo: Slo, verdict: Verdict, objectives: readonly JudgedObjective[]): Reason[] {
  const { pass, warning } = slo.totalScore
  const { score } = verdict
  if (objectives.length === 0) {
    return [
      { code: 'ungated', message: 'The SLO has no objectives, so there was nothing to judge, which counts as a fail.' },
    ]
  }
  if (objectives.every(({ status }) => status === 'info')) {
    return [ungatedReason(slo, objectives)]
  }
  const reasons = objectives.flatMap((objective) => [...ungatedKeyReason(objective), ...keyReason(objective)])
  if (score >= pass) return reasons
  const facts = { score, pass, warning }
  if (warning === null) {
    const message = `The score of ${score} is below ${pass}, the minimum for a pass; there is no minimum for a warning.`
    return [{ code: 'below_pass', message, ...facts }, ...reasons]
  }
  if (score >= warning) {
    const message = `The score of ${score} reaches ${warning}, the minimum for a warning, but not ${pass}, the minimum for a pass.`
    return [{ code: 'between_thresholds', message, ...facts }, ...reasons]
  }
  const message = `The score of ${score} is below ${warning}, the minimum for a warning, and ${pass}, the minimum for a pass.`
  return [{ code: 'below_warning', message, ...facts }, ...reasons]
}

/** The misspelt keys of a file that should have been refused, or that the project's policy does not refuse. */
export function misspeltReasons({ misspelt }: Slo, { misspeltKeys }: Policies): Reason[] {
  if (misspelt.length === 0 || misspeltKeys === 'keptn') return []
  const shown = misspelt.slice(0, misspeltMax).map(({ line, message }) => `line ${line}: ${message}`)
  const more = misspelt.length > misspeltMax ? [`and ${misspelt.length - misspeltMax} more`] : []
  const message = `The SLO has keys that are most likely misspelt: ${[...shown, ...more].join('; ')}.`
  return [{ code: 'slo_invalid', message, errors: misspelt }]
}

/** How many misspelt keys the sentence lists; `errors` has all. */
const misspeltMax = 3

/** Also lists unmeasured indicators, since no other reason covers informational objectives. */
function ungatedReason({ gate }: Slo, objectives: readonly JudgedObjective[]): Reason {
  const meant = gate === 'none' ? ', as requested by x-gate: none' : ''
  const message = `No objective has pass criteria, so nothing is gated${meant}.`
  const unmeasured = objectives.filter(({ outcome }) => outcome !== 'measured')
  if (unmeasured.length === 0) return { code: 'ungated', message }
  const named = unmeasured.map(
    (objective) => `${titleOf(objective)} (${objective.outcome}: ${objective.message.replace(/\.$/, '')})`,
  )
  return {
    code: 'ungated',
    message: `${message} Not measured: ${[...new Set(named)].join('; ')}.`,
    unmeasured: unmeasured.map(({ indicator, outcome }) => ({ indicator, outcome })),
  }
}

/** `key_sli` is meant as a gate, but an objective without pass criteria cannot fail. */
function ungatedKeyReason(objective: JudgedObjective): readonly Reason[] {
  if (!objective.isKey || objective.status !== 'info') return []
  const message = `The key objective ${titleOf(objective)} has no pass criteria, so it gates nothing.`
  return [{ code: 'ungated', message, indicator: objective.indicator }]
}

function keyReason(objective: JudgedObjective): readonly Reason[] {
  const { indicator, value, outcome } = objective
  if (!objective.isKey || objective.status !== 'fail') return []
  const violated = objective.passTargets.filter((target) => target.violated)
  const why =
    value === null
      ? `it was not measured (${outcome})`
      : `${value} does not meet ${violated.map(({ criteria, targetValue }) => shownTarget(criteria, targetValue)).join(', ')}`
  const message = `The key objective ${titleOf(objective)} failed, so the result is fail regardless of the score: ${why}.`
  return [{ code: 'key_failed', message, indicator, value, outcome, violated }]
}

/**
 * The reasons that are about single indicators, in file order, each once. `undecided` holds the results of judging twice, if
 * they differ.
 */
export function indicatorReasons(
  pairs: readonly JudgedPair[],
  undecided: { readonly failed: Result; readonly passed: Result } | undefined,
): Reason[] {
  const reasons = new Map<string, Reason>()
  for (const pair of pairs) {
    for (const reason of reasonsOf(pair, undecided)) reasons.set(`${reason.code} ${reason.message}`, reason)
  }
  return [...reasons.values()]
}

function reasonsOf(
  pair: JudgedPair,
  undecided: { readonly failed: Result; readonly passed: Result } | undefined,
): readonly Reason[] {
  const { judged } = pair
  if (judged.outcome === 'measured') {
    return [
      ...partialReason(pair),
      ...coverageReason(pair),
      ...noBaselineReason(pair),
      ...changedReason(pair),
      ...lengthReason(pair),
      ...notFiniteReasons(pair),
    ]
  }
  return [...partialReason(pair), ...coverageReason(pair), ...notMeasuredReason(judged, undecided)]
}

function notMeasuredReason(
  judged: JudgedObjective,
  undecided: { readonly failed: Result; readonly passed: Result } | undefined,
): readonly Reason[] {
  if (judged.status === 'info') return []
  const { indicator, outcome } = judged
  const message = `${titleOf(judged)} was not measured (${outcome}): ${judged.message.replace(/\.?$/, '.')}`
  if (undecided === undefined) return [{ code: 'not_measured', message, indicator, outcome }]
  const { failed, passed } = undecided
  const consequence = `The result would have been ${failed} if everything that could not be queried had failed and ${passed} if it had passed, so it is undecided.`
  const facts = { resultIfFailed: failed, resultIfPassed: passed }
  return [{ code: 'not_measured', message: `${message} ${consequence}`, indicator, outcome, ...facts }]
}

/** Also for a key objective, which counts as not measured because of it. */
function partialReason({ isPartial, judged }: JudgedPair): readonly Reason[] {
  if (!isPartial) return []
  const message = `${titleOf(judged)} was measured from partial data: some of the provider's storage did not respond.`
  return [{ code: 'partial_data', message, indicator: judged.indicator }]
}

/** Only for scored objectives, since it caps the result. A key objective also counts as not measured. */
function coverageReason({ judged: { coverage, ...judged } }: JudgedPair): readonly Reason[] {
  if (coverage === undefined || coverage.isEnough || judged.status === 'info') return []
  const { indicator } = judged
  const { found, nan, expected } = coverage
  const message = `${titleOf(judged)} is based on ${coverageText(coverage)}, fewer than its minCoverage requires.`
  return [{ code: 'low_coverage', message, indicator, found, nan, expected }]
}

/** Only if that made a difference: a scored criterion counts as met because there is no earlier value. */
function noBaselineReason({ objective, baseline, judged }: JudgedPair): readonly Reason[] {
  if (judged.status === 'info' || baseline.value !== undefined || !isRelative(objective)) return []
  const message = `${titleOf(judged)} has no earlier value to compare with, so its relative criteria count as met.`
  return [{ code: 'no_baseline', message, indicator: judged.indicator }]
}

function isRelative({ pass, warning }: JudgedPair['objective']): boolean {
  return [...pass, ...warning].flat().some(({ kind }) => kind !== 'absolute')
}

/** How many changes the sentence lists; `changes` has all. */
const changesShownMax = 5

function changedReason({ baseline, judged, basis }: JudgedPair): readonly Reason[] {
  const { indicator, definition, comparedWith } = judged
  const now = { definition, ...(basis !== undefined && { basis }) }
  const found = baseline.earlier.flatMap((earlier) => basisChanges(earlier, now))
  if (found.length === 0) return []
  const changes = [...new Map(found.map((change) => [JSON.stringify(change), change])).values()]
  const texts = [...new Set(changes.map(changeText))]
  const shown = texts.slice(0, changesShownMax)
  const more = texts.length > shown.length ? [`${texts.length - shown.length} more`] : []
  const message = `${titleOf(judged)} is compared with values that were measured differently. Changed: ${[...shown, ...more].join('; ')}.`
  const earlierDefinitions = baseline.definitions.filter((earlier) => earlier !== definition)
  return [{ code: 'indicator_changed', message, indicator, definition, earlierDefinitions, changes, comparedWith }]
}

/** Only for scored relative criteria: a sum over 10 minutes cannot be compared with one over an hour. */
function lengthReason({ objective, baseline, judged, basis }: JudgedPair): readonly Reason[] {
  if (basis === undefined || judged.status === 'info' || !isRelative(objective)) return []
  const others = baseline.earlier.flatMap(({ definition, basis: earlier }) =>
    earlier !== undefined && isOtherLength({ definition, basis: earlier }, { definition, basis })
      ? [earlier.windowMs]
      : [],
  )
  if (others.length === 0) return []
  const { indicator, comparedWith } = judged
  const { windowMs } = basis
  const earlierWindowsMs = [...new Set(others)]
  const lengths = earlierWindowsMs.map(lengthText).join(', ')
  const message = `${titleOf(judged)} was measured over ${lengthText(windowMs)} and is compared with values measured over ${lengths}.`
  return [{ code: 'window_length_differs', message, indicator, windowMs, earlierWindowsMs, comparedWith }]
}

/** `1h30m`, rounded to seconds unless it is shorter than one. */
function lengthText(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`
  const seconds = Math.round(milliseconds / 1000)
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const
  return parts.map(([amount, unit]) => (amount === 0 ? '' : `${amount}${unit}`)).join('')
}

function notFiniteReasons({ objective, baseline, judged }: JudgedPair): readonly Reason[] {
  if (baseline.value === undefined) return []
  const targets = [...judged.passTargets, ...judged.warningTargets]
  if (targets.every(({ targetValue }) => targetValue !== null)) return []
  const criteria = [...objective.pass, ...objective.warning].flat()
  return criteria
    .filter((criterion, place) => criterion.kind !== 'absolute' && targets[place]?.targetValue === null)
    .map(({ text }) => {
      const message = `The target of ${text} for ${titleOf(judged)} is not a finite number with a baseline of ${baseline.value}, so the criterion counts as not met.`
      return { code: 'target_not_finite', message, indicator: judged.indicator, criteria: text }
    })
}

/** `<600` already contains its target, `<=+10%` does not. */
function shownTarget(criteria: string, targetValue: number | null): string {
  const isItsOwnTarget = ['<', '<=', '=', '>=', '>'].some((operator) => criteria === `${operator}${targetValue}`)
  return isItsOwnTarget ? criteria : `${criteria} (${targetValue ?? 'no finite number'})`
}

/** The name of an objective in sentences. */
export function titleOf({ displayName, indicator }: Pick<JudgedObjective, 'displayName' | 'indicator'>): string {
  return displayName === '' || displayName === indicator ? indicator : `${displayName} (${indicator})`
}
