import { expect, test } from 'vitest'
import { parseSlo } from '../../../slo/index.ts'
import { skippedWarnings } from '../../../src/evaluation/skipped.ts'

const earlier = {
  id: 'e1',
  state: 'errored',
  result: 'fail',
  labels: {},
  invalidated: false,
  candidatesNewer: 0,
} as const

function warnings(objective: string): readonly string[] {
  const slo = parseSlo(`objectives: [{sli: a, ${objective}}]\ntotal_score: {pass: 90}\n`)
  return skippedWarnings({ candidates: [], skipped: [earlier] }, [], slo).map(({ message }) => message)
}

const said = 'The earlier evaluation e1 does not count as a baseline: it ended errored.'

for (const { name, objective, told } of [
  { name: 'a relative criterion of pass', objective: 'pass: [{criteria: ["<=+10%"]}]', told: [said] },
  {
    name: 'a relative criterion of warning',
    objective: 'pass: [{criteria: ["<5"]}], warning: [{criteria: ["<=+5"]}]',
    told: [said],
  },
  { name: 'fixed limits only', objective: 'pass: [{criteria: ["<5"]}]', told: [] },
  { name: 'no criteria', objective: 'weight: 1', told: [] },
]) {
  test(`with ${name}, what is no baseline is ${told.length === 0 ? 'not said' : 'said'}`, () => {
    expect(warnings(objective)).toEqual(told)
  })
}
