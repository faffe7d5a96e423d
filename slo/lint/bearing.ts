import type { Candidate, JudgedObjective, Judgement, Target } from '../judgement.ts'
import type { Objective } from '../objectives.ts'
import type { Slo } from '../slo.ts'

/** An SLO and its judgement. `candidates` are the earlier evaluations that it was judged with. */
export interface Judged {
  readonly slo: Slo
  readonly judgement: Pick<Judgement, 'objectives' | 'result'>
  readonly candidates: readonly Candidate[]
}

interface Pair {
  readonly objective: Objective
  readonly judged: JudgedObjective
}

/** The objectives that a finding is about, and the earlier evaluations that failed. */
interface Outcome {
  readonly pairs: readonly Pair[]
  readonly failedEarlier: ReadonlySet<string>
}

/** When a rule's finding is relevant to an evaluation: if its subject affected the outcome. */
interface Bearing {
  /** For the document, after "Warning of an evaluation: ". */
  readonly when: string
  readonly holds: (outcome: Outcome) => boolean
}

const always: Bearing = { when: 'always', holds: () => true }

/** `why` says what reports it already, or why the finding is irrelevant. */
const never = (why: string): Bearing => ({ when: `never; ${why}`, holds: () => false })

/** If any objective of the finding's indicator passes the test, or any objective at all if the finding has no indicator. */
const whereObjective = (when: string, test: (pair: Pair) => boolean): Bearing => ({
  when: `when ${when}`,
  holds: ({ pairs }) => pairs.some(test),
})

const isRelative = ({ objective: { pass, warning } }: Pair): boolean =>
  [...pass, ...warning].flat().some(({ kind }) => kind !== 'absolute')
const isCompared = (pair: Pair): boolean => isRelative(pair) && pair.judged.comparedWith.length > 0
const isViolated = ({ violated }: Target): boolean => violated
const isScored = ({ judged }: Pair): boolean => judged.status !== 'info'
const isShort = (pair: Pair): boolean => isScored(pair) && pair.judged.status !== 'pass'

const compared = whereObjective('a relative criterion was compared with an earlier value', isCompared)
const short = whereObjective('its objective did not pass', isShort)
const shortAndCompared = whereObjective(
  'its objective was compared and did not pass',
  (pair) => isShort(pair) && isCompared(pair),
)
const someShort = whereObjective('any objective did not pass', isShort)

/** For every rule of the linter. */
export const bearings: Readonly<Record<string, Bearing>> = {
  misspelt_key: always,
  unknown_key: always,
  weight_zero: always,
  no_objectives: always,
  sli_empty: always,
  key_sli_without_effect: always,
  duplicate_sli: always,
  second_document: always,

  query_empty: never("the indicator's outcome already says so"),
  placeholder_unknown: never("the indicator's outcome already says so"),
  placeholder_ambiguous: never("the indicator's outcome already says so"),
  filter_key_missing: never("the indicator's outcome already says so"),
  no_indicators: never("each indicator's outcome already says so"),
  indicator_missing: never("the indicator's outcome already says so, or its value was pushed"),
  indicator_unused: never('other services may use the indicator'),
  objective_null: never('it never affects the result'),
  criterion_redundant: never('it never affects the result'),
  all_informational: never('the reason `ungated` already says so'),

  compare_with_missing: compared,
  comparison_number_ignored: compared,
  comparison_number_missing: compared,
  percentile_of_few: compared,
  aggregate_ignored: compared,
  failed_baseline: {
    when: 'when the baseline comes from a failed evaluation',
    holds: ({ pairs, failedEarlier }) =>
      pairs.some((pair) => isCompared(pair) && pair.judged.comparedWith.some((id) => failedEarlier.has(id))),
  },

  // The rule itself only reports indicators that are used.
  label_prefix: always,
  sli_blank: whereObjective('its objective was not measured', ({ judged }) => judged.outcome !== 'measured'),
  pass_at_zero: someShort,
  pass_as_fraction: someShort,
  warning_equals_pass: someShort,
  warning_above_pass: someShort,

  warning_unreachable: whereObjective('a value passed without meeting the warning criteria', ({ judged }) => {
    return judged.status === 'pass' && judged.warningTargets.some(isViolated)
  }),
  warning_without_pass: whereObjective('a value did not meet the warning criteria', ({ judged }) => {
    return judged.status === 'info' && judged.warningTargets.some(isViolated)
  }),
  criteria_contradict: short,
  alternative_redundant: whereObjective('one entry was met but not every criterion of the others', ({ judged }) => {
    const { status, passTargets, warningTargets } = judged
    return (
      (status === 'pass' && passTargets.some(isViolated)) || (status === 'warning' && warningTargets.some(isViolated))
    )
  }),
  never_fails: whereObjective('its objective was a warning', ({ judged }) => judged.status === 'warning'),
  first_build_passes: whereObjective('its objective was measured without an earlier value to compare with', (pair) => {
    return (
      isRelative(pair) && isScored(pair) && pair.judged.outcome === 'measured' && pair.judged.comparedWith.length === 0
    )
  }),

  percent_without_sign: compared,
  negative_is_relative: compared,
  double_sign: compared,
  equal_to_earlier: shortAndCompared,
  equal_to_fraction: short,
  must_improve: shortAndCompared,

  query_syntax: always,
  fixed_range: always,
  options_unused: never('evaluations do not check for it'),

  microseconds: short,
  unit_without_effect: never('the provider already warns about it'),

  baseline_near_zero: compared,
  tolerance_below_noise: shortAndCompared,
  objective_always_fails: short,
  objective_never_fails: whereObjective('its objective passed', ({ judged }) => judged.status === 'pass'),
}

/** A warning of an evaluation: a finding of the linter, or a warning with a different kind of code. */
interface CodedWarning {
  readonly code: string
  readonly message: string
  readonly indicator?: unknown
  readonly line?: unknown
  readonly [fact: string]: unknown
}

/** The warnings that are relevant to an evaluation's outcome: those of the linter if their rule says so, and all others. */
export function bearing<Warning extends CodedWarning>(
  warnings: readonly Warning[],
  judged: Judged,
): readonly Warning[] {
  const { slo, judgement, candidates } = judged
  const failedEarlier = new Set(candidates.filter(({ result }) => result === 'fail').map(({ id }) => id))
  const all = slo.objectives.flatMap((objective, place): readonly Pair[] => {
    const one = judgement.objectives[place]
    return one === undefined ? [] : [{ objective, judged: one }]
  })
  const byIndicator = new Map<unknown, Pair[]>()
  for (const pair of all) {
    const known = byIndicator.get(pair.judged.indicator)
    if (known === undefined) byIndicator.set(pair.judged.indicator, [pair])
    else known.push(pair)
  }
  return warnings.filter(({ code, indicator }) => {
    const pairs = indicator === undefined ? all : (byIndicator.get(indicator) ?? [])
    return bearings[code]?.holds({ pairs, failedEarlier }) ?? true
  })
}

/** The same for an evaluation without a judgement: only findings that are always relevant. */
export function bearingUnjudged<Warning extends CodedWarning>(warnings: readonly Warning[]): readonly Warning[] {
  const nothing: Outcome = { pairs: [], failedEarlier: new Set() }
  return warnings.filter(({ code }) => bearings[code]?.holds(nothing) ?? true)
}

/** How many lines are listed when several findings are merged into one. */
const linesMax = 5

/** Merges the findings of each rule in a file into the first one, with their count. */
export function foldedFindings(warnings: readonly CodedWarning[]): readonly CodedWarning[] {
  const groups = new Map<string, CodedWarning[]>()
  for (const [place, warning] of warnings.entries()) {
    const isOfLinter = bearings[warning.code] !== undefined
    const key = JSON.stringify(isOfLinter ? [warning.code, warning['file'], warning['pointer']] : place)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [warning])
    else group.push(warning)
  }
  return [...groups.values()].flatMap((group): readonly CodedWarning[] => {
    const [first] = group
    if (first === undefined || group.length === 1) return group
    const lines = [...new Set(group.map(({ line }) => line))]
    const more = lines.length > linesMax ? ', …' : ''
    const where = lines.length === 1 ? '' : `: lines ${lines.slice(0, linesMax).join(', ')}${more}`
    const { code, message, indicator: _, ...rest } = first
    return [{ code, ...rest, message: `${message} (${group.length} findings like this${where})`, count: group.length }]
  })
}
