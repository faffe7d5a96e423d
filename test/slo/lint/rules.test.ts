import { describe, expect, test } from 'vitest'
import { lint, lintRules, type Finding } from '../../../slo/index.ts'
import { candidate, earlier, ofBuild } from '../build.ts'

function findings({ slo, sli, earlier: values = {} }: (typeof lintRules)[number]['bad']): readonly Finding[] {
  const series = Object.entries(values)
  const length = Math.max(0, ...series.map(([, numbers]) => numbers.length))
  const history = Array.from({ length }, (_, index) =>
    ofBuild(
      candidate(
        `e${index}`,
        series.flatMap(([name, numbers]) => numbers.slice(index, index + 1).map((value) => earlier(name, value))),
      ),
    ),
  )
  return lint(slo, sli === undefined ? [] : [{ file: 'sli.yaml', text: sli }], history)
}

test('there are many rules, each of its own name', () => {
  const ids = lintRules.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(lintRules.filter(({ severity }) => severity !== 'error').length).toBeGreaterThan(25)
  expect(ids.filter((id) => !/^[a-z_]+$/.test(id))).toEqual([])
})

describe('the examples of a rule', () => {
  for (const rule of lintRules) {
    test(`${rule.id}: the bad one has it and nothing else`, () => {
      const found = findings(rule.bad)
      expect([...new Set(found.map((finding) => finding.rule))]).toEqual([rule.id])
      expect(found[0]).toMatchObject({ severity: rule.severity })
      expect(found[0]?.fix).not.toBe('')
    })

    test(`${rule.id}: the good one has nothing`, () => {
      expect(findings(rule.good)).toEqual([])
    })
  }
})
