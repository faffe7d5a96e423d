import { expect, test } from 'vitest'
import { judge, keptnPolicies, parseSlo } from '../../../slo/index.ts'
import { PoliciesRow } from '../../../src/storage/inputs.ts'
import { measured } from '../../slo/build.ts'

/** What was stored before a policy existed is judged again as it was then. */

const stored = { missingData: 'warning', noBaseline: 'fail', missingSlo: 'fail' } as const

test('a policy that a row does not name is as it was before it existed', () => {
  expect(PoliciesRow.parse(stored)).toEqual({ ...keptnPolicies, missingData: 'warning', noBaseline: 'fail' })
})

test('an SLO that gates nothing, or has a misspelt key, passes again as it passed then', () => {
  const policies = PoliciesRow.parse(stored)
  const ungated = parseSlo('objectives: [{sli: a}]\ntotal_score: {pass: 90}\n')
  expect(judge(ungated, [measured('a', 1)], [], policies).result).toBe('pass')
  const misspelt = parseSlo('objectives: [{sli: a, pas: [{criteria: ["<0"]}]}]\ntotal_score: {pass: 90}\n')
  expect(judge(misspelt, [measured('a', 1)], [], policies).result).toBe('pass')
})
