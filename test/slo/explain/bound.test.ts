import { describe, expect, test } from 'vitest'
import { defaultPolicies, judge, type Result } from '../../../slo/index.ts'
import { mayReach } from '../../../slo/explain/bound.ts'
import { measured, missing, sloOf } from '../build.ts'

/** The score is 50 of what is scored, and a key objective fails where `key` says so. */
function situation({ key = false, total = '{pass: "90%", warning: "75%"}', outcome = 'measured' } = {}) {
  const slo = sloOf(
    [
      '{sli: a, weight: 2, pass: [{criteria: ["<5"]}]}',
      `{sli: b, weight: 2, key_sli: ${key}, pass: [{criteria: ["<5"]}]}`,
      '{sli: shown, weight: 40}',
    ],
    { total },
  )
  const second = outcome === 'measured' ? measured('b', 9) : missing('b', 'timeout')
  const measurements = [measured('a', 1), second, measured('shown', 1)]
  const judgement = judge(slo, measurements, [], defaultPolicies)
  return { slo, judgement, pairs: [], candidates: [], policies: defaultPolicies }
}

describe('a result may be reached', () => {
  for (const { wanted, keysFixed = 0, pointsGained, may, ...how } of [
    { wanted: 'pass', pointsGained: 2, may: true },
    { wanted: 'pass', pointsGained: 1.6, may: true },
    { wanted: 'pass', pointsGained: 1.5, may: false },
    { wanted: 'warning', pointsGained: 1, may: true },
    { wanted: 'warning', pointsGained: 0.99, may: false },
    { wanted: 'warning', pointsGained: 1, may: true, total: '{pass: "60%", warning: "90%"}' },
    { wanted: 'warning', pointsGained: 0.3, may: false, total: '{pass: "60%", warning: "90%"}' },
    { wanted: 'warning', pointsGained: 1.5, may: false, total: '{pass: "90%"}' },
    { wanted: 'pass', pointsGained: 2, may: false, key: true },
    { wanted: 'pass', pointsGained: 2, keysFixed: 1, may: true, key: true },
    { wanted: 'pass', pointsGained: 0, may: true, outcome: 'timeout', key: true },
  ] as const satisfies readonly { readonly wanted: Result; readonly [more: string]: unknown }[]) {
    test(`${wanted} with ${pointsGained} points and ${keysFixed} keys more, ${JSON.stringify(how)}: ${may}`, () => {
      expect(mayReach(situation(how), wanted, { keysFixed, pointsGained })).toBe(may)
    })
  }
})
