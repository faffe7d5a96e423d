import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../src/storage/engine/database.ts'
import { prepareDatabase } from '../../support/database.ts'
import { judgedAgain } from '../../support/judged-again.ts'
import { startService } from '../../support/service.ts'

const slo = `
comparison: {compare_with: several_results, number_of_comparison_results: 2, include_result_with_score: pass_or_warn, aggregate_function: p90}
objectives:
  - {sli: a, key_sli: true, pass: [{criteria: ["<=+10%"]}], warning: [{criteria: ["<=+50%"]}]}
  - {sli: b, weight: 3, pass: [{criteria: ["<5", ">=-1"]}, {criteria: ["=0"]}]}
  - {sli: c}
total_score: {pass: "90%", warning: "25%"}
`

test('every stored evaluation, judged again from its row alone, comes to the same', async () => {
  const database = await prepareDatabase()
  const policies = 'policies: {missingData: fail, noBaseline: warning}'
  const service = await startService({ database, files: { 'shop/slo.yaml': slo, 'shop/project.yaml': policies } })
  const metrics = ['a', 'b', 'c'] as const
  const builds: Record<string, number>[] = [
    { a: 0.1, b: 1, c: 1 },
    { a: 0.30000000000000004, b: 9, c: 2 },
    { a: 0.11, b: 4.9 },
    { b: 1 },
    { a: 5e-324, b: 0, c: -1e300 },
    { a: 1, b: 6, c: 3 },
    { a: 0.12, b: 2 },
  ]
  for (const values of builds) {
    const indicators = metrics.flatMap((metric) => {
      const value = values[metric]
      return value === undefined ? [] : [{ metric, value }]
    })
    expect((await service.evaluate({ indicators })).status).toBe(201)
  }
  await service.stop()

  const opened = await openDatabase({ ...database, log: pino({ level: 'silent' }) })
  const { rows } = await opened.pool.query('select e.* from evaluations as e order by e.accepted_at')
  await opened.close()
  await database.remove()
  expect(rows).toHaveLength(builds.length)
  const results = new Set<string>()
  for (const value of rows) {
    const { recorded, again } = judgedAgain(value)
    expect(again).toEqual(recorded)
    const { state, result } = value as { readonly state: string; readonly result: string }
    results.add(`${state} ${result}`)
  }
  expect(results).toEqual(new Set(['succeeded warning', 'succeeded fail', 'succeeded pass', 'errored fail']))
})
