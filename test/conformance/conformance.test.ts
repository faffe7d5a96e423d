import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { deviations } from './deviations.ts'
import { ownVectors, sharedVectors, textsIn } from './files.ts'
import { reportLines, runTexts } from './run.ts'

test('the recorded cases of this repository come out as in Keptn, or deviate by name', () => {
  const summary = runTexts(textsIn(ownVectors))
  expect(summary.failures).toEqual([])
  expect(summary.passed).toBeGreaterThan(400)
  // A deviation no case shows is one nobody can check.
  expect([...summary.counts.keys()].toSorted()).toEqual(Object.keys(deviations).toSorted())
})

// Not in every clone; .ci/run fails where they are and none was run.
for (const vectors of [sharedVectors].filter((folder) => existsSync(folder))) {
  test('all recorded cases come out as in Keptn, or deviate by name', () => {
    const summary = runTexts(textsIn(vectors))
    console.log(`conformance: ${reportLines(summary).at(-1)} of ${vectors}`)
    expect(summary.failures).toEqual([])
    expect(summary.passed).toBeGreaterThan(0)
  })
}

for (const { name, text } of [
  { name: 'a line that is no JSON', text: '{' },
  { name: 'an unknown kind', text: '{"id": "x", "kind": "dream", "input": {}, "expected": {}}' },
  { name: 'a case without what its kind needs', text: '{"id": "x", "kind": "criteria", "input": {}, "expected": {}}' },
]) {
  test(`${name} fails`, () => {
    expect(reportLines(runTexts([{ name: 'file', text }])).at(-1)).toBe('0 passed, 1 failed')
  })
}

test('nothing to run is nothing passed', () => {
  expect(reportLines(runTexts([])).at(-1)).toBe('0 passed, 0 failed')
})
