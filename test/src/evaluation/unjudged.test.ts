import { expect, test } from 'vitest'
import { cancelled, gaveUp } from '../../../src/evaluation/unjudged.ts'
import { openEvaluation } from '../../support/evaluation.ts'

/** Without a judgement, findings about criteria and baselines have no bearing. */

const warnings = ['first_build_passes', 'unknown_key', 'short_window', 'must_improve'].map((code) => ({
  code,
  message: code,
}))

for (const { what, outcome } of [
  { what: 'cancelled', outcome: cancelled(openEvaluation({ warnings })) },
  { what: 'given up', outcome: gaveUp(openEvaluation({ warnings }), { interrupted: 3, failed: 0 }) },
]) {
  test(`an evaluation that was ${what} keeps only the warnings that hold without a judgement`, () => {
    expect(outcome.warnings.map(({ code }) => code)).toEqual(['unknown_key', 'short_window'])
  })
}
