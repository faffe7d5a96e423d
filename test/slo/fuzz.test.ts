import { assert, string, property } from 'fast-check'
import { expect, test } from 'vitest'
import { expectAnswer } from './answers.ts'
import { mutableTexts, mutator } from './mutations.ts'

const mutationsMax = 2000
const slowMs = 5000

test(`${mutationsMax} mutated files each have an answer, soon`, () => {
  const answers = { slo: 0, error: 0 }
  let slowestMs = 0
  const nextMutation = mutator(mutableTexts(), 20_261_124)
  for (let count = 0; count < mutationsMax; count += 1) {
    const text = nextMutation()
    const startedAt = performance.now()
    answers[expectAnswer(text)] += 1
    slowestMs = Math.max(slowestMs, performance.now() - startedAt)
  }
  expect(slowestMs).toBeLessThan(slowMs)
  // Mutations that always break, or never, would not try the reader.
  expect(Math.min(answers.slo, answers.error)).toBeGreaterThan(mutationsMax / 20)
}, 120_000)

test('any text has an answer', () => {
  assert(property(string({ unit: 'binary', maxLength: 200 }), (text) => expectAnswer(text) !== undefined))
})
