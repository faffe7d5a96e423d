import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { EvaluateCase } from './case.ts'
import { deviations } from './deviations.ts'
import { reportLines, runTexts } from './run.ts'

const own = fileURLToPath(new URL('../vectors', import.meta.url))
const shared = fileURLToPath(new URL('../../../shared/vectors', import.meta.url))

function textsIn(folder: string) {
  return globSync(`${folder}/*.jsonl`)
    .toSorted()
    .map((path) => ({ name: basename(path), text: readFileSync(path, 'utf8') }))
}

test('the recorded cases of this repository come out as in Keptn, or deviate by name', () => {
  const summary = runTexts(textsIn(own))
  expect(summary.failures).toEqual([])
  expect(summary.passed).toBeGreaterThan(400)
  // A deviation no case shows is one nobody can check.
  expect([...summary.counts.keys()].toSorted()).toEqual(Object.keys(deviations).toSorted())
})

test.runIf(existsSync(shared))('all recorded cases come out as in Keptn, or deviate by name', () => {
  const summary = runTexts(textsIn(shared))
  console.log(`conformance: ${reportLines(summary).at(-1)} of ${shared}`)
  expect(summary.failures).toEqual([])
  expect(summary.passed).toBeGreaterThan(0)
})

const recorded = textsIn(own).flatMap(({ name, text }) =>
  name.endsWith('evaluate.jsonl') ? text.trim().split('\n') : [],
)

for (const { what, falsify } of [
  { what: 'result', falsify: ({ result }: Expected) => ({ result: result === 'pass' ? 'fail' : 'pass' }) },
  { what: 'status', falsify: ({ status }: Expected) => ({ status: status === 'errored' ? 'succeeded' : 'errored' }) },
  {
    what: 'first objective',
    falsify: ({ indicatorResults }: Expected) => {
      const [first, ...others] = indicatorResults ?? []
      return first && { indicatorResults: [{ ...first, status: first.status === 'fail' ? 'pass' : 'fail' }, ...others] }
    },
  },
  {
    what: 'first target',
    falsify: ({ indicatorResults }: Expected) => {
      const [first, ...others] = indicatorResults ?? []
      const [target, ...targets] = first?.passTargets ?? []
      const passTargets = target && [{ ...target, violated: !target.violated }, ...targets]
      return passTargets && { indicatorResults: [{ ...first, passTargets }, ...others] }
    },
  },
] as const) {
  test(`a case whose ${what} is false fails, whatever deviates in it`, () => {
    const falsified = recorded.flatMap((line) => {
      const { expected } = EvaluateCase.parse(JSON.parse(line))
      const change = expected.errorKind === 'crash' ? undefined : falsify(expected)
      return change ? [JSON.stringify({ ...JSON.parse(line), expected: { ...expected, ...change } })] : []
    })
    const summary = runTexts([{ name: 'falsified', text: falsified.join('\n') }])
    expect(falsified.length).toBeGreaterThan(100)
    expect(summary.passed).toBe(0)
  })
}

type Expected = EvaluateCase['expected']

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
