import { intervalsOf, type Interval } from '../explain/interval.ts'
import { nextAbove } from '../explain/number.ts'
import type { CriteriaSet, Objective } from '../objectives.ts'
import { named, offsetOf, placedObjectives, placedSets, type PlacedSet } from './place.ts'
import type { Found, Rule, Subject } from './rule.ts'

const slo = (
  objectives: string,
  comparison = '{compare_with: several_results, number_of_comparison_results: 3, include_result_with_score: pass}',
): string => `comparison: ${comparison}\nobjectives: [${objectives}]\ntotal_score: {pass: "90%"}\n`

/** What relative criteria come to is tried with these; a finding must hold with each. Below 0 per cent turn the other way. */
const baselines = [undefined, 0, 1, 40, 1e6]

const isInside = (inner: Interval, outer: Interval): boolean =>
  outer.from.value <= inner.from.value && inner.to.value <= outer.to.value

/** Whether, whatever the baseline, some of `sets` is met wherever `set` is. */
function isCovered(set: CriteriaSet, sets: readonly CriteriaSet[]): boolean {
  return baselines.every((baseline) => {
    const outer = intervalsOf(sets, baseline)
    return intervalsOf([set], baseline).every((inner) => outer.some((other) => isInside(inner, other)))
  })
}

/** So many pairs of entries are compared in a file; nobody writes more by hand, and a program's would take minutes. */
const pairsMax = 20_000

/** Those that are compared with the entries of their objective under `among`, as far as `pairsMax` goes. */
function comparedSets(subject: Subject, among: (set: PlacedSet) => readonly CriteriaSet[]): readonly PlacedSet[] {
  let pairs = 0
  return placedSets(subject).filter((set) => {
    pairs += among(set).length
    return pairs <= pairsMax
  })
}

const possible = new WeakMap<CriteriaSet, boolean>()

/** Asked by several rules. */
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
      message: `whatever meets these warning criteria of ${named(placed.objective)} meets its pass criteria, so they never count`,
      fix: 'let the warning be wider than the pass',
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
      message: `no value meets ${set.map(({ text }) => text).join(' and ')} at once`,
      fix: 'write alternatives as entries of their own',
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
    const message = `${criterion.text} has no effect: it holds wherever the criteria beside it do`
    const { indicator } = placed.objective
    return [{ at: offsetOf(placed, key, place, 'criteria', index), message, fix: 'remove it', indicator }]
  })
}

function redundantSets(subject: Subject): readonly Found[] {
  const compared = comparedSets(subject, ({ placed, key }) => placed.objective[key])
  return compared.flatMap(({ placed, key, place, set }) => {
    const others = placed.objective[key].filter((_, other) => other !== place)
    // Of two that are alike the first one stays.
    const isLater =
      placed.objective[key].findIndex((other) => isCovered(set, [other]) && isCovered(other, [set])) < place
    const isAlike = others.some((other) => isCovered(set, [other]) && isCovered(other, [set]))
    if (!isPossible(set) || !isCovered(set, others) || (isAlike && !isLater)) return []
    const message = `this entry of ${key} has no effect: whatever meets it meets another entry, and one is enough`
    const { indicator } = placed.objective
    const fix = 'put criteria that must hold together into one entry'
    return [{ at: offsetOf(placed, key, place), message, fix, indicator }]
  })
}

/** With nothing to compare with, relative criteria hold. */
function firstBuildPasses(subject: Subject): readonly Found[] {
  return placedObjectives(subject).flatMap((placed) => {
    const { pass, indicator } = placed.objective
    const place = pass.findIndex((set) => set.length > 0 && set.every(({ kind }) => kind !== 'absolute'))
    if (place < 0) return []
    const message = `with nothing earlier to compare with, any value of ${named(placed.objective)} passes`
    return [{ at: offsetOf(placed, 'pass', place), message, fix: limitFor(placed.objective, place), indicator }]
  })
}

/** A fixed limit that the objective has in another entry, or advice on choosing one: only its author knows the unit. */
function limitFor(objective: Objective, place: number): string {
  const { pass, warning } = objective
  const isLower = pass[place]?.[0]?.operator.startsWith('>') === true
  const limits = [...pass, ...warning].flat().filter(({ kind }) => kind === 'absolute')
  const own = limits.find(({ operator }) => operator.startsWith(isLower ? '>' : '<'))
  if (own !== undefined) return `add a fixed limit to this entry, such as "${own.text}", which another entry has`
  const [sign, end] = isLower ? ['>=', 'lowest'] : ['<=', 'highest']
  return `add a fixed limit to this entry: "${sign}" and the ${end} value of ${named(objective)} that you accept without a comparison`
}

/** Whether some of `sets` is met by every value, whatever the baseline. */
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
      const consequence = isKey ? ', and as a key objective it never fails the evaluation' : ''
      return {
        at: offsetOf(placed, isPass ? 'pass' : 'warning'),
        message: `every value of ${named(placed.objective)} is ${isPass ? 'a pass' : 'at least a warning'}, so this objective cannot fail${consequence}`,
        fix: isPass ? 'make the pass criteria exclude some values' : 'give the warning criteria a limit',
        indicator,
      }
    })
}

export const criteriaRules: readonly Rule[] = [
  {
    id: 'warning_unreachable',
    severity: 'warning',
    summary:
      'A warning that is stricter than the pass never counts: a value that meets it passes already. Of relative criteria that is said for earlier values from 0 on.',
    find: unreachableWarnings,
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<1000"]}], warning: [{criteria: ["<=800"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<=800"]}], warning: [{criteria: ["<1000"]}]}') },
  },
  {
    id: 'warning_without_pass',
    severity: 'warning',
    summary: 'Without pass criteria an objective is informational, and its warning criteria have no effect.',
    find: warningsWithoutPass,
    bad: { slo: slo('{sli: a, warning: [{criteria: ["<9"]}]}, {sli: b, pass: [{criteria: ["<9"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<5"]}], warning: [{criteria: ["<9"]}]}') },
  },
  {
    id: 'criteria_contradict',
    severity: 'warning',
    summary: 'Criteria of one entry must all hold; where no value can do that, the entry is never met.',
    find: contradictions,
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<5", ">7"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<5"]}, {criteria: [">7"]}]}') },
  },
  {
    id: 'criterion_redundant',
    severity: 'info',
    summary: 'A criterion that holds wherever the ones beside it hold has no effect.',
    find: redundantCriteria,
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<600", "<=800"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<600", ">=100"]}]}') },
  },
  {
    id: 'alternative_redundant',
    severity: 'warning',
    summary:
      'Entries are alternatives: the stricter of two has no effect. Criteria that must hold together belong into one entry.',
    find: redundantSets,
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<600"]}, {criteria: ["<800"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<600"]}, {criteria: [">800"]}]}') },
  },
  {
    id: 'never_fails',
    severity: 'warning',
    summary:
      'If pass and warning criteria together cover every value (`<=+5%` and `>+5%`), the objective gets at least a warning, whatever is measured.',
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
      'Without an earlier value relative criteria hold, so the first build passes with any value when an entry has no absolute one.',
    find: firstBuildPasses,
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<=+10%"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<=+10%", "<600"]}]}') },
  },
]
