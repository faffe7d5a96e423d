import { intervalsOf, type Interval } from '../explain/interval.ts'
import { nextAbove } from '../explain/number.ts'
import type { CriteriaSet, Objective } from '../objectives.ts'
import { named, offsetOf, placedObjectives, placedSets, type PlacedSet } from './place.ts'
import type { Found, Rule, Subject } from './rule.ts'

const slo = (
  objectives: string,
  comparison = '{compare_with: several_results, number_of_comparison_results: 3, include_result_with_score: pass}',
): string => `comparison: ${comparison}\nobjectives: [${objectives}]\ntotal_score: {pass: "90%"}\n`

/** Relative criteria are tried with each of these; a finding must hold for all. Below 0, percentages work the opposite way. */
const baselines = [undefined, 0, 1, 40, 1e6]

const isInside = (inner: Interval, outer: Interval): boolean =>
  outer.from.value <= inner.from.value && inner.to.value <= outer.to.value

/** Whether, for any baseline, every value that meets `set` also meets one of `sets`. */
function isCovered(set: CriteriaSet, sets: readonly CriteriaSet[]): boolean {
  return baselines.every((baseline) => {
    const outer = intervalsOf(sets, baseline)
    return intervalsOf([set], baseline).every((inner) => outer.some((other) => isInside(inner, other)))
  })
}

/** How many pairs of entries are compared in a file: more than anyone writes by hand; a generated file could take minutes. */
const pairsMax = 20_000

/** The sets that are compared with the entries selected by `among`, until `pairsMax` is reached. */
function comparedSets(subject: Subject, among: (set: PlacedSet) => readonly CriteriaSet[]): readonly PlacedSet[] {
  let pairs = 0
  return placedSets(subject).filter((set) => {
    pairs += among(set).length
    return pairs <= pairsMax
  })
}

const possible = new WeakMap<CriteriaSet, boolean>()

/** Cached, since several rules need it. */
function isPossible(set: CriteriaSet): boolean {
  const known = possible.get(set) ?? baselines.some((baseline) => intervalsOf([set], baseline).length > 0)
  possible.set(set, known)
  return known
}

function unreachableWarnings(subject: Subject): readonly Found[] {
  return comparedSets(subject, ({ placed, key }) => (key === 'warning' ? placed.objective.pass : []))
    .filter(({ key, set, placed }) => key === 'warning' && isPossible(set) && isCovered(set, placed.objective.pass))
    .map(({ placed, key, place }) => ({
      at: offsetOf(placed, key, place),
      message: `any value that meets these warning criteria of ${named(placed.objective)} also meets its pass criteria, so they have no effect`,
      fix: 'make the warning criteria wider than the pass criteria',
      indicator: placed.objective.indicator,
    }))
}

function warningsWithoutPass(subject: Subject): readonly Found[] {
  return placedObjectives(subject)
    .filter(({ objective }) => objective.pass.length === 0 && objective.warning.length > 0)
    .map((placed) => ({
      at: offsetOf(placed, 'warning'),
      message: `${named(placed.objective)} has no pass criteria, so it is informational and its warning criteria have no effect`,
      fix: 'add pass criteria',
      indicator: placed.objective.indicator,
    }))
}

function contradictions(subject: Subject): readonly Found[] {
  return placedSets(subject)
    .filter(({ set }) => !isPossible(set))
    .map(({ placed, key, place, set }) => ({
      at: offsetOf(placed, key, place),
      message: `no value can meet ${set.map(({ text }) => text).join(' and ')} at once`,
      fix: 'write alternatives as separate entries',
      indicator: placed.objective.indicator,
    }))
}

function redundantCriteria(subject: Subject): readonly Found[] {
  return placedSets(subject).flatMap(({ placed, key, place, set }) => {
    if (!isPossible(set)) return []
    const index = set.findIndex((criterion, own) => {
      const others = set.filter((_, other) => other !== own)
      return isCovered(others, [[criterion]])
    })
    const criterion = set[index]
    if (criterion === undefined) return []
    const message = `${criterion.text} has no effect: it always holds if the other criteria of its entry do`
    const { indicator } = placed.objective
    return [{ at: offsetOf(placed, key, place, 'criteria', index), message, fix: 'remove it', indicator }]
  })
}

function redundantSets(subject: Subject): readonly Found[] {
  const compared = comparedSets(subject, ({ placed, key }) => placed.objective[key])
  return compared.flatMap(({ placed, key, place, set }) => {
    const others = placed.objective[key].filter((_, other) => other !== place)
    // Of two equivalent entries, the first one is kept.
    const isLater =
      placed.objective[key].findIndex((other) => isCovered(set, [other]) && isCovered(other, [set])) < place
    const isAlike = others.some((other) => isCovered(set, [other]) && isCovered(other, [set]))
    if (!isPossible(set) || !isCovered(set, others) || (isAlike && !isLater)) return []
    const message = `this entry of ${key} has no effect: any value that meets it also meets another entry`
    const { indicator } = placed.objective
    const fix = 'put criteria that must hold together in one entry'
    return [{ at: offsetOf(placed, key, place), message, fix, indicator }]
  })
}

/** Without a baseline, relative criteria hold. */
function firstBuildPasses(subject: Subject): readonly Found[] {
  return placedObjectives(subject).flatMap((placed) => {
    const { pass, indicator } = placed.objective
    const place = pass.findIndex((set) => set.length > 0 && set.every(({ kind }) => kind !== 'absolute'))
    if (place < 0) return []
    const message = `without an earlier value to compare with, any value of ${named(placed.objective)} passes`
    return [{ at: offsetOf(placed, 'pass', place), message, fix: limitFor(placed.objective, place), indicator }]
  })
}

/** An absolute limit from another entry of the objective, or advice on choosing one: only its author knows the unit. */
function limitFor(objective: Objective, place: number): string {
  const { pass, warning } = objective
  const isLower = pass[place]?.[0]?.operator.startsWith('>') === true
  const limits = [...pass, ...warning].flat().filter(({ kind }) => kind === 'absolute')
  const own = limits.find(({ operator }) => operator.startsWith(isLower ? '>' : '<'))
  if (own !== undefined) return `add an absolute limit to this entry, such as "${own.text}" from another entry`
  const [sign, end] = isLower ? ['>=', 'lowest'] : ['<=', 'highest']
  return `add an absolute limit to this entry: "${sign}" and the ${end} value of ${named(objective)} that is acceptable without a comparison`
}

/** Whether every value meets one of `sets`, for any baseline. */
function coversEverything(sets: readonly CriteriaSet[]): boolean {
  return baselines.every((baseline) => {
    const inOrder = intervalsOf(sets, baseline).toSorted((one, other) => one.from.value - other.from.value)
    let end = -Infinity
    for (const { from, to } of inOrder) {
      if (from.target !== null && from.value > nextAbove(end)) return false
      if (to.target === null) return true
      end = Math.max(end, to.value)
    }
    return false
  })
}

function neverFails(subject: Subject): readonly Found[] {
  return placedObjectives(subject)
    .filter(({ objective: { pass, warning } }) => pass.length > 0 && coversEverything([...pass, ...warning]))
    .map((placed) => {
      const { indicator, pass, isKey } = placed.objective
      const isPass = coversEverything(pass)
      const consequence = isKey ? ' and, as a key objective, never fails the evaluation' : ''
      return {
        at: offsetOf(placed, isPass ? 'pass' : 'warning'),
        message: `every value of ${named(placed.objective)} is ${isPass ? 'a pass' : 'at least a warning'}, so this objective cannot fail${consequence}`,
        fix: isPass ? 'make the pass criteria exclude some values' : 'make the warning criteria exclude some values',
        indicator,
      }
    })
}

export const criteriaRules: readonly Rule[] = [
  {
    id: 'warning_unreachable',
    severity: 'warning',
    summary:
      'Warning criteria that are stricter than the pass criteria have no effect: a value that meets them already passes. Relative criteria are checked only for earlier values of 0 or more.',
    find: unreachableWarnings,
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<1000"]}], warning: [{criteria: ["<=800"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<=800"]}], warning: [{criteria: ["<1000"]}]}') },
  },
  {
    id: 'warning_without_pass',
    severity: 'warning',
    summary: 'Without pass criteria, an objective is informational and its warning criteria have no effect.',
    find: warningsWithoutPass,
    bad: { slo: slo('{sli: a, warning: [{criteria: ["<9"]}]}, {sli: b, pass: [{criteria: ["<9"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<5"]}], warning: [{criteria: ["<9"]}]}') },
  },
  {
    id: 'criteria_contradict',
    severity: 'warning',
    summary: 'All criteria of an entry must hold; if no value can meet all of them, the entry is never met.',
    find: contradictions,
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<5", ">7"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<5"]}, {criteria: [">7"]}]}') },
  },
  {
    id: 'criterion_redundant',
    severity: 'info',
    summary: 'A criterion has no effect if it always holds when the other criteria of its entry do.',
    find: redundantCriteria,
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<600", "<=800"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<600", ">=100"]}]}') },
  },
  {
    id: 'alternative_redundant',
    severity: 'warning',
    summary:
      'Entries are alternatives, so the stricter of two has no effect. Criteria that must hold together belong in one entry.',
    find: redundantSets,
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<600"]}, {criteria: ["<800"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<600"]}, {criteria: [">800"]}]}') },
  },
  {
    id: 'never_fails',
    severity: 'warning',
    summary:
      'If pass and warning criteria together cover every value (`<=+5%` and `>+5%`), every measured value is at least a warning.',
    find: neverFails,
    bad: {
      slo: slo(
        '{sli: a, pass: [{criteria: ["<=+5%", "<600"]}], warning: [{criteria: [">+5%"]}, {criteria: [">=600"]}]}',
      ),
    },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<=+5%", "<600"]}], warning: [{criteria: ["<=+10%", "<600"]}]}') },
  },
  {
    id: 'first_build_passes',
    severity: 'info',
    summary:
      'Without an earlier value, relative criteria hold, so the first build passes with any value if an entry has no absolute criterion.',
    find: firstBuildPasses,
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<=+10%"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<=+10%", "<600"]}]}') },
  },
]
