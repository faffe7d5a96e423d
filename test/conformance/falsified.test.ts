import { expect, test } from 'vitest'
import { EvaluateCase } from './case.ts'
import { ownVectors, textsIn } from './files.ts'
import { runTexts } from './run.ts'

type Expected = EvaluateCase['expected']

const recorded = textsIn(ownVectors).flatMap(({ name, text }) =>
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
