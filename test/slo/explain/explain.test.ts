import { describe, expect, test } from 'vitest'
import { defaultPolicies, explain, explanationText, judge, parseSlo } from '../../../slo/index.ts'
import { nextAbove, nextBelow, shown, shownApart } from '../../../slo/explain/number.ts'
import { measured } from '../build.ts'
import { explainedCases } from './cases.ts'

test('the texts read as agreed', async () => {
  const texts = [...explainedCases()].map(([name, explanation]) => `## ${name}\n\n${explanationText(explanation)}`)
  expect(texts.length).toBeGreaterThanOrEqual(30)
  await expect(texts.join('\n')).toMatchFileSnapshot('./golden.txt')
})

describe('no two different numbers read alike', () => {
  for (const { numbers, texts } of [
    { numbers: [75, 75], texts: ['75', '75'] },
    { numbers: [200 / 3], texts: ['66.67'] },
    { numbers: [100 * (57 / 100), 57], texts: ['56.99999999999999', '57'] },
    { numbers: [0.1 + 0.2, 0.3], texts: ['0.30000000000000004', '0.3'] },
    { numbers: [123456.789], texts: ['123457'] },
    { numbers: [123456.789, 123457], texts: ['123456.8', '123457'] },
    { numbers: [-0.00012345], texts: ['-0.0001234'] },
    { numbers: [1e300, 1e300 + 1e284], texts: ['1e+300', '1.0000000000000002e+300'] },
    { numbers: [5e-324, 0], texts: ['5e-324', '0'] },
  ]) {
    test(`${numbers.join(' and ')} read ${texts.join(' and ')}`, () => {
      expect(shownApart(...numbers)).toEqual(texts)
      expect(shown(...(numbers as [number]))).toBe(texts[0])
    })
  }
})

test('the neighbours of a number are the nearest there are', () => {
  for (const number of [0, 1, -1, 600, 0.1, -5e-324, 5e-324, 1e300]) {
    expect(nextAbove(number)).toBeGreaterThan(number)
    expect(nextBelow(number)).toBeLessThan(number)
    expect(nextBelow(nextAbove(number))).toBe(number)
    const middle = number / 2 + nextAbove(number) / 2
    expect([number, nextAbove(number)]).toContain(middle + 0)
  }
})

test('an SLO of the largest size is explained, without trying everything', () => {
  const criteria = Array.from({ length: 4_000 }, (_, place) => ({ criteria: [`<${place}`] }))
  const slo = parseSlo(JSON.stringify({ objectives: [{ sli: 'a', pass: criteria }], total_score: { pass: '90%' } }))
  const explanation = explain(slo, [measured('a', 1e6)], [], defaultPolicies)
  expect(explanation.smallestChange).toMatchObject({ kind: 'none', code: 'too_large' })
  expect(explanation.result).toBe(judge(slo, [measured('a', 1e6)], [], defaultPolicies).result)
  expect(explanation.objectives[0]?.toPass).toMatchObject({ kind: 'away', to: nextBelow(3_999) })
})

test('the score after a change never reads as one that it does not reach', () => {
  const objectives = [
    '{sli: a, weight: 57, pass: [{criteria: ["<1"]}]}',
    '{sli: b, weight: 43, pass: [{criteria: ["<1"]}]}',
  ]
  const slo = parseSlo(`objectives: [${objectives.join(', ')}]\ntotal_score: {pass: "57%", warning: "50%"}\n`)
  const explanation = explain(slo, [measured('a', 2), measured('b', 9)], [], defaultPolicies)
  expect(explanationText(explanation)).toContain('the result would be warning with a score of 56.99999999999999.')
})
