import { expect, test } from 'vitest'
import { parseSlo } from '../../../slo/index.ts'
import { informationalIn } from '../../../src/evaluation/informational.ts'

const scored = (name: string) => `{sli: ${name}, pass: [{criteria: ["<1"]}]}`
const shown = (name: string) => `{sli: ${name}}`

for (const { name, objectives, informational } of [
  { name: 'informational ones', objectives: [scored('a'), shown('b')], informational: ['b'] },
  { name: 'not those that are scored as well', objectives: [shown('a'), scored('a')], informational: [] },
  { name: 'nothing where nothing is scored', objectives: [shown('a'), shown('b')], informational: [] },
]) {
  test(`indicators that cannot change the result are ${name}`, () => {
    const slo = parseSlo(`objectives: [${objectives.join(', ')}]\ntotal_score: {pass: 90}`)
    expect([...informationalIn(slo)]).toEqual(informational)
  })
}
