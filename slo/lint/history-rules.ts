import { targetOf } from '../criterion.ts'
import { intervalsOf } from '../explain/interval.ts'
import { shown } from '../explain/number.ts'
import { falseFails, noiseOf } from './noise.ts'
import { named, offsetOf, placedObjectives, type PlacedObjective } from './place.ts'
import type { Found, Rule, Subject } from './rule.ts'
import type { Series } from './series.ts'

/** Fewer values of the same build do not show how they vary; with this few, only noise far above the tolerance is reported. */
const valuesForNoise = 5
/** Fewer values do not show that an objective always or never fails. */
const valuesForHabit = 20
/** The share of false fails at which people stop trusting a gate. */
const falseFailsMax = 0.05
/** An objective is far from failing if no value comes within this share of its targets. */
const nearShare = 0.5

const slo = (criteria: string): string =>
  `comparison: {compare_with: several_results, number_of_comparison_results: 3, include_result_with_score: pass}\nobjectives: [{sli: a, pass: [{criteria: [${criteria}]}]}]\ntotal_score: {pass: "90%"}\n`

interface PlacedSeries extends Series {
  readonly placed: PlacedObjective
}

function placedSeries(subject: Subject): readonly PlacedSeries[] {
  return placedObjectives(subject).flatMap((placed) => {
    const series = subject.series.get(placed.objective)
    return series === undefined ? [] : [{ placed, ...series }]
  })
}

/** The pass criteria that are relative by percentage, each with its path. */
function percentCriteria({ objective }: PlacedObjective) {
  return objective.pass.flatMap((set, place) =>
    set.flatMap((criterion, index) =>
      criterion.kind === 'percent' ? [{ criterion, path: ['pass', place, 'criteria', index] as const }] : [],
    ),
  )
}

function baselinesNearZero(subject: Subject): readonly Found[] {
  return placedSeries(subject).flatMap(({ placed, values, baseline }) => {
    const [first] = percentCriteria(placed)
    if (first === undefined || baseline === undefined) return []
    const largest = Math.max(...values.map(Math.abs))
    if (baseline > 0 && baseline >= largest / 100) return []
    const { text } = first.criterion
    const effect =
      baseline < 0
        ? `${text} works in the opposite direction`
        : `${text} means ${shown(targetOf(first.criterion, baseline) ?? 0)}`
    const message = `the earlier value of ${named(placed.objective)} is ${shown(baseline)}, so ${effect}`
    const { indicator } = placed.objective
    const fix = 'use an absolute difference such as "<=+0.5", or an absolute limit'
    return [{ at: offsetOf(placed, ...first.path), message, fix, indicator }]
  })
}

function toleranceBelowNoise(subject: Subject): readonly Found[] {
  const { resultsMax } = subject.slo.content.comparison
  return placedSeries(subject).flatMap(({ placed, ofBuilds }) => {
    if (ofBuilds.flat().length < valuesForNoise) return []
    const { mean, likely, atLeast } = noiseOf(ofBuilds)
    if (!(mean > 0) || !(likely > 0)) return []
    const bounds = percentCriteria(placed).filter(({ criterion }) => criterion.operator !== '=')
    const shares = bounds.map((bound) => ({ ...bound, share: falseFails(bound.criterion, mean, likely, resultsMax) }))
    const worst = shares.toSorted((one, other) => other.share - one.share)[0]
    if (worst === undefined || falseFails(worst.criterion, mean, atLeast, resultsMax) < falseFailsMax) return []
    const message = `${named(placed.objective)} varies by ${shown((100 * likely) / mean)} % between evaluations of the same build, so about ${Math.round(100 * worst.share)} % of unchanged builds fail ${worst.criterion.text}`
    return [
      {
        at: offsetOf(placed, ...worst.path),
        message,
        fix: 'widen the tolerance, compare with more results, or measure a longer window',
        indicator: placed.objective.indicator,
      },
    ]
  })
}

/** The series of objectives with only absolute criteria, and with enough values. */
function fixedSeries(subject: Subject): readonly PlacedSeries[] {
  return placedSeries(subject).filter(
    ({ placed: { objective }, values }) =>
      values.length >= valuesForHabit &&
      objective.pass.length > 0 &&
      objective.pass.flat().every(({ kind }) => kind === 'absolute'),
  )
}

function meetsPass({ placed: { objective } }: PlacedSeries, value: number): boolean {
  return intervalsOf(objective.pass, undefined).some(({ from, to }) => from.value <= value && value <= to.value)
}

function alwaysFails(subject: Subject): readonly Found[] {
  return fixedSeries(subject)
    .filter((series) => series.values.every((value) => !meetsPass(series, value)))
    .map(({ placed, values }) => ({
      at: offsetOf(placed, 'pass'),
      message: `none of the last ${values.length} values of ${named(placed.objective)} met its pass criteria`,
      fix: 'set criteria that can be met, or fix the service',
      indicator: placed.objective.indicator,
    }))
}

function neverFails(subject: Subject): readonly Found[] {
  return fixedSeries(subject).flatMap((series) => {
    const { placed, values } = series
    const bounds = intervalsOf(placed.objective.pass, undefined).flatMap(({ from, to }) => [from.target, to.target])
    const targets = bounds.filter((target) => target !== null)
    const isNear = (value: number): boolean =>
      targets.some((target) => Math.abs(value - target) <= nearShare * Math.max(Math.abs(target), Math.abs(value)))
    if (!values.every((value) => meetsPass(series, value)) || values.some(isNear)) return []
    const message = `none of the last ${values.length} values of ${named(placed.objective)} came anywhere near its pass criteria`
    const { indicator } = placed.objective
    return [{ at: offsetOf(placed, 'pass'), message, fix: 'set criteria closer to the measured values', indicator }]
  })
}

const flat = (value: number): readonly number[] => Array.from({ length: valuesForHabit }, () => value)

export const historyRules: readonly Rule[] = [
  {
    id: 'baseline_near_zero',
    severity: 'warning',
    summary:
      'A percentage of an earlier value at or near 0 is next to nothing, so any higher value fails. Below 0, the limit moves in the wrong direction.',
    find: baselinesNearZero,
    bad: { slo: slo('"<=+10%", "<5"'), earlier: { a: [0, 0, 0] } },
    good: { slo: slo('"<=+10%", "<5"'), earlier: { a: [1, 1, 1] } },
  },
  {
    id: 'tolerance_below_noise',
    severity: 'warning',
    summary:
      'If the values of a build vary by about as much as a criterion allows, unchanged builds fail. Evaluations belong to the same build if they have the same label `version`, `buildId` or `commit`; the first one that both have decides. The share assumes normally distributed values and a baseline that is the mean of the compared values. It is reported with 5 values or more, if it is at least 5 % with 95 % confidence. A lasting step is not noise. In a history read from a file, only recorded events with these labels belong to a build.',
    find: toleranceBelowNoise,
    bad: { slo: slo('"<=+10%", "<500"'), earlier: { a: [100, 112, 91, 104, 88, 109, 96] } },
    good: { slo: slo('"<=+10%", "<500"'), earlier: { a: [100, 101, 99, 100, 102, 98, 100] } },
  },
  {
    id: 'objective_always_fails',
    severity: 'warning',
    summary: 'An objective that none of the last 20 builds met does not tell good builds from bad ones.',
    find: alwaysFails,
    bad: { slo: slo('"<500"'), earlier: { a: flat(700) } },
    good: { slo: slo('"<500"'), earlier: { a: [...flat(700), 400] } },
  },
  {
    id: 'objective_never_fails',
    severity: 'info',
    summary:
      'An objective that none of the last 20 builds came close to missing would not notice if the service became twice as bad.',
    find: neverFails,
    bad: { slo: slo('"<500"'), earlier: { a: flat(20) } },
    good: { slo: slo('"<500"'), earlier: { a: flat(400) } },
  },
]
