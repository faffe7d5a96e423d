import { expect, test } from 'vitest'
import { holds, parseCriterion, targetOf, type Criterion } from '../../slo/index.ts'

function criterionOf(text: string): Criterion {
  const criterion = parseCriterion(text)
  if ('error' in criterion) throw new Error(criterion.message)
  return criterion
}

for (const { text, operator, kind, amount } of [
  { text: '<600', operator: '<', kind: 'absolute', amount: 600 },
  { text: '=0', operator: '=', kind: 'absolute', amount: 0 },
  { text: ' >= 1e3 ', operator: '>=', kind: 'absolute', amount: 1000 },
  { text: '<=+10%', operator: '<=', kind: 'percent', amount: 10 },
  { text: '<=10%', operator: '<=', kind: 'percent', amount: 10 },
  { text: '> = - 5 %', operator: '>=', kind: 'percent', amount: -5 },
  { text: '<-10', operator: '<', kind: 'delta', amount: -10 },
  { text: '<+-10', operator: '<', kind: 'delta', amount: -10 },
  { text: '<--10', operator: '<', kind: 'delta', amount: 10 },
  { text: '<- -10', operator: '<', kind: 'delta', amount: 10 },
  { text: '<5e-324', operator: '<', kind: 'absolute', amount: 5e-324 },
] as const) {
  test(`${JSON.stringify(text)} is ${operator} ${kind} ${amount}`, () => {
    expect(parseCriterion(text)).toEqual({ text, operator, kind, amount })
  })
}

for (const { text, error, says } of [
  { text: '', error: 'not_a_criterion', says: 'write ">5" in quotes' },
  { text: '600', error: 'not_a_criterion', says: 'does not begin with' },
  { text: '≤600', error: 'not_a_criterion', says: 'does not begin with' },
  { text: '\t<600', error: 'not_a_criterion', says: 'does not begin with' },
  { text: '==600', error: 'bad_number', says: 'must be followed by a decimal number' },
  { text: '<', error: 'bad_number', says: 'must be followed by a decimal number' },
  { text: '<600ms', error: 'bad_number', says: 'must be followed by a decimal number' },
  { text: '<1,5', error: 'bad_number', says: 'must be followed by a decimal number' },
  { text: '<10%%', error: 'bad_number', says: 'must be followed by a decimal number' },
  { text: '<1 000', error: 'bad_number', says: 'a space inside its number' },
  { text: '<1 .5', error: 'bad_number', says: 'a space inside its number' },
  { text: '<0x1p4', error: 'bad_number', says: 'must be followed by a decimal number' },
  { text: '<1_000', error: 'bad_number', says: 'must be followed by a decimal number' },
  { text: '<inf', error: 'bad_number', says: 'must be followed by a decimal number' },
  { text: '<nan', error: 'bad_number', says: 'must be followed by a decimal number' },
  { text: '<1e400', error: 'bad_number', says: 'must be followed by a decimal number' },
] as const) {
  test(`${JSON.stringify(text)} is no criterion: ${says}`, () => {
    expect(parseCriterion(text)).toEqual({ error, message: expect.stringContaining(says) })
  })
}

for (const { text, baseline, target } of [
  { text: '<600', baseline: undefined, target: 600 },
  { text: '<600', baseline: 5, target: 600 },
  { text: '<=+10%', baseline: 200, target: 220 },
  { text: '<=-10%', baseline: 200, target: 180 },
  { text: '<=+10%', baseline: -100, target: -110 },
  { text: '<=+10%', baseline: 0, target: 0 },
  { text: '<+5', baseline: 0.1, target: 5.1 },
  { text: '<-5', baseline: 3, target: -2 },
  { text: '<=+10%', baseline: undefined, target: undefined },
  { text: '<+5', baseline: undefined, target: undefined },
  { text: '<=+1e308%', baseline: 100, target: Infinity },
]) {
  test(`${text} against ${baseline ?? 'no earlier value'} comes to ${target ?? 'no target'}`, () => {
    expect(targetOf(criterionOf(text), baseline)).toBe(target)
  })
}

for (const { text, value, target, expected } of [
  { text: '<5', value: 5, target: 5, expected: false },
  { text: '<=5', value: 5, target: 5, expected: true },
  { text: '=5', value: 5, target: 5, expected: true },
  { text: '=0.3', value: 0.1 + 0.2, target: 0.3, expected: false },
  { text: '=0', value: -0, target: 0, expected: true },
  { text: '>=5', value: 5, target: 5, expected: true },
  { text: '>5', value: 5, target: 5, expected: false },
  { text: '<=+10%', value: 1e300, target: undefined, expected: true },
  { text: '<=+10%', value: 5, target: Infinity, expected: false },
  { text: '>=+10%', value: 5, target: -Infinity, expected: false },
  { text: '<=+10%', value: 5, target: Number.NaN, expected: false },
]) {
  test(`${value} ${expected ? 'meets' : 'does not meet'} ${text} with the target ${target}`, () => {
    expect(holds(criterionOf(text), value, target)).toBe(expected)
  })
}
