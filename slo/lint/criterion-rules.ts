import type { Criterion } from '../criterion.ts'
import { named, offsetOf, placedSets } from './place.ts'
import type { Found, Rule, Subject } from './rule.ts'

const slo = (objectives: string): string =>
  `comparison: {compare_with: several_results, number_of_comparison_results: 3, include_result_with_score: pass}\nobjectives: [${objectives}]\ntotal_score: {pass: "90%"}\n`

/** One finding for each criterion that `tell` has something to say of. */
function eachCriterion(tell: (criterion: Criterion) => Pick<Found, 'message' | 'fix'> | undefined): Rule['find'] {
  return (subject) =>
    placedSets(subject).flatMap(({ placed, key, place, set }) =>
      set.flatMap((criterion, index) => {
        const told = tell(criterion)
        const { indicator } = placed.objective
        return told === undefined ? [] : [{ at: offsetOf(placed, key, place, 'criteria', index), ...told, indicator }]
      }),
    )
}

const afterOperator = ({ text, operator }: Criterion): string => text.replaceAll(' ', '').slice(operator.length)

/** A bound that is better than the earlier value by some per cent. */
function isBetter({ kind, operator, amount }: Criterion): boolean {
  return kind === 'percent' && ((operator.startsWith('<') && amount < 0) || (operator.startsWith('>') && amount > 0))
}

/** Only if no other entry of pass offers an alternative; a build need not reach the limit of a warning. */
function mustImprove(subject: Subject): readonly Found[] {
  return placedSets(subject).flatMap(({ placed, key, place, set }) => {
    const { pass, indicator } = placed.objective
    if (key !== 'pass' || !pass.every((other) => other.some(isBetter))) return []
    return set.flatMap((criterion, index) => {
      if (!isBetter(criterion)) return []
      const message = `to pass, ${named(placed.objective)} must meet ${criterion.text}: every build must improve on the ones before it, without end`
      const fix = `allow for equal values, such as "${criterion.operator.charAt(0)}=+0%"`
      return [{ at: offsetOf(placed, key, place, 'criteria', index), message, fix, indicator }]
    })
  })
}

export const criterionRules: readonly Rule[] = [
  {
    id: 'percent_without_sign',
    severity: 'info',
    summary: '`<10%` is `<+10%`: at most 10 % more than before, not less than 10 %.',
    find: eachCriterion((criterion) =>
      criterion.kind === 'percent' && /^[\d.]/.test(afterOperator(criterion))
        ? {
            message: `${criterion.text} compares with the earlier value plus ${afterOperator(criterion)}, not with ${afterOperator(criterion)}`,
            fix: `write ${criterion.operator}+${afterOperator(criterion)}, or ${criterion.operator}${criterion.amount} for the number itself`,
          }
        : undefined,
    ),
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<10%", "<600"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<+10%", "<600"]}]}') },
  },
  {
    id: 'negative_is_relative',
    severity: 'warning',
    summary: 'A sign makes a criterion relative: `>=-5` is at least 5 less than before, not at least minus 5.',
    find: eachCriterion((criterion) =>
      criterion.kind === 'delta' && afterOperator(criterion).startsWith('-')
        ? {
            message: `${criterion.text} compares with the earlier value less ${Math.abs(criterion.amount)}, not with ${afterOperator(criterion)}`,
            fix: 'a fixed negative number cannot be written; shift the query instead, if that was meant',
          }
        : undefined,
    ),
    bad: { slo: slo('{sli: a, pass: [{criteria: [">=-5", "<600"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: [">=-5%", "<600"]}]}') },
  },
  {
    id: 'double_sign',
    severity: 'warning',
    summary: 'After the sign that makes it relative, a second one belongs to the number: `<+-5` is `<-5`.',
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
    summary: 'Measured values are hardly ever equal to the last digit, least of all to a number that was computed.',
    find: eachCriterion((criterion) =>
      criterion.operator === '=' && criterion.kind !== 'absolute'
        ? {
            message: `${criterion.text} holds only where the value is equal to the last digit`,
            fix: 'write two bounds, such as ">=-1%" and "<=+1%"',
          }
        : undefined,
    ),
    bad: { slo: slo('{sli: a, pass: [{criteria: ["=+0%", "<600"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: [">=-1%", "<=+1%", "<600"]}]}') },
  },
  {
    id: 'equal_to_fraction',
    severity: 'info',
    summary: 'A value is compared as it is measured, never rounded: it is hardly ever exactly 99.9.',
    find: eachCriterion(({ kind, operator, amount, text }) =>
      operator === '=' && kind === 'absolute' && !Number.isInteger(amount)
        ? {
            message: `${text} holds only where the value is equal to the last digit, since nothing is rounded`,
            fix: `write a bound, such as ">=${amount}"`,
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
      'A pass needs an upper bound below the earlier value (`<=-10%`): every build must be better than the one before it, without end; `>=+10%` likewise.',
    find: mustImprove,
    bad: { slo: slo('{sli: a, pass: [{criteria: ["<=-10%", "<600"]}]}') },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<=+0%", "<600"]}]}') },
  },
]
