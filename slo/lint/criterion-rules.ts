import type { Criterion } from '../criterion.ts'
import { named, offsetOf, placedSets } from './place.ts'
import type { Found, Rule, Subject } from './rule.ts'

const slo = (objectives: string): string =>
  `comparison: {compare_with: several_results, number_of_comparison_results: 3, include_result_with_score: pass}\nobjectives: [${objectives}]\ntotal_score: {pass: "90%"}\n`

/** One finding for each criterion that `check` objects to. */
function eachCriterion(check: (criterion: Criterion) => Pick<Found, 'message' | 'fix'> | undefined): Rule['find'] {
  return (subject) =>
    placedSets(subject).flatMap(({ placed, key, place, set }) =>
      set.flatMap((criterion, index) => {
        const objection = check(criterion)
        const { indicator } = placed.objective
        return objection === undefined
          ? []
          : [{ at: offsetOf(placed, key, place, 'criteria', index), ...objection, indicator }]
      }),
    )
}

const afterOperator = ({ text, operator }: Criterion): string => text.replaceAll(' ', '').slice(operator.length)

/** Whether a criterion requires an improvement on the earlier value by some percentage. */
function isBetter({ kind, operator, amount }: Criterion): boolean {
  return kind === 'percent' && ((operator.startsWith('<') && amount < 0) || (operator.startsWith('>') && amount > 0))
}

/** Only if no other entry of pass offers an alternative; warning criteria are not required for a pass. */
function mustImprove(subject: Subject): readonly Found[] {
  return placedSets(subject).flatMap(({ placed, key, place, set }) => {
    const { pass, indicator } = placed.objective
    if (key !== 'pass' || !pass.every((other) => other.some(isBetter))) return []
    return set.flatMap((criterion, index) => {
      if (!isBetter(criterion)) return []
      const message = `to pass, ${named(placed.objective)} must meet ${criterion.text}, so every build must improve on the previous ones, indefinitely`
      const fix = `allow equal values, such as with "${criterion.operator.charAt(0)}=+0%"`
      return [{ at: offsetOf(placed, key, place, 'criteria', index), message, fix, indicator }]
    })
  })
}

export const criterionRules: readonly Rule[] = [
  {
    id: 'percent_without_sign',
    severity: 'info',
    summary: '`<10%` means `<+10%`: less than 10 % above the earlier value, not less than 10 %.',
    find: eachCriterion((criterion) =>
      criterion.kind === 'percent' && /^[\d.]/.test(afterOperator(criterion))
        ? {
            message: `${criterion.text} compares with the earlier value plus ${afterOperator(criterion)}, not with ${afterOperator(criterion)} itself`,
            fix: `write ${criterion.operator}+${afterOperator(criterion)}, or ${criterion.operator}${criterion.amount} for an absolute limit`,
          }
        : undefined,
    ),
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<10%", "<600"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<+10%", "<600"]}]}') },
  },
  {
    id: 'negative_is_relative',
    severity: 'warning',
    summary: 'A sign makes a criterion relative: `>=-5` means at most 5 less than the earlier value, not at least -5.',
    find: eachCriterion((criterion) =>
      criterion.kind === 'delta' && afterOperator(criterion).startsWith('-')
        ? {
            message: `${criterion.text} compares with the earlier value minus ${Math.abs(criterion.amount)}, not with ${afterOperator(criterion)}`,
            fix: 'absolute limits cannot be negative; if you need one, add a constant to the query instead',
          }
        : undefined,
    ),
    bad: { slo: slo('{sli: a, pass: [{criteria: [">=-5", "<600"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: [">=-5%", "<600"]}]}') },
  },
  {
    id: 'double_sign',
    severity: 'warning',
    summary: 'The first sign makes a criterion relative, and a second sign belongs to the number: `<+-5` means `<-5`.',
    find: eachCriterion((criterion) =>
      /^[+-][+-]/.test(afterOperator(criterion))
        ? {
            message: `${criterion.text} has two signs and means the earlier value plus ${criterion.amount}`,
            fix: 'write one sign',
          }
        : undefined,
    ),
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<++5", "<600"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<+5", "<600"]}]}') },
  },
  {
    id: 'equal_to_earlier',
    severity: 'warning',
    summary: 'Measured values are hardly ever exactly equal, least of all to a computed number.',
    find: eachCriterion((criterion) =>
      criterion.operator === '=' && criterion.kind !== 'absolute'
        ? {
            message: `${criterion.text} holds only if the value is exactly equal`,
            fix: 'write a range, such as ">=-1%" and "<=+1%"',
          }
        : undefined,
    ),
    bad: { slo: slo('{sli: a, pass: [{criteria: ["=+0%", "<600"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: [">=-1%", "<=+1%", "<600"]}]}') },
  },
  {
    id: 'equal_to_fraction',
    severity: 'info',
    summary: 'Values are not rounded before they are compared, so they are hardly ever exactly 99.9.',
    find: eachCriterion(({ kind, operator, amount, text }) =>
      operator === '=' && kind === 'absolute' && !Number.isInteger(amount)
        ? {
            message: `${text} holds only if the value is exactly equal, since values are not rounded`,
            fix: `write a limit, such as ">=${amount}"`,
          }
        : undefined,
    ),
    bad: { slo: slo('{sli: a, pass: [{criteria: ["=99.9"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["=0"]}]}') },
  },
  {
    id: 'must_improve',
    severity: 'info',
    summary:
      'If a pass needs a value below the earlier one (`<=-10%`), every build must improve on the previous ones, indefinitely; the same applies to `>=+10%`.',
    find: mustImprove,
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<=-10%", "<600"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<=+0%", "<600"]}]}') },
  },
]
