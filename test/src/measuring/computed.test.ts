import { expect, test } from 'vitest'
import { compute } from '../../../src/measuring/computed.ts'
import type { PlannedFormula } from '../../../src/measuring/planned.ts'
import { measured, missing } from '../../slo/build.ts'

const planned: PlannedFormula = {
  kind: 'computed',
  indicator: 'error_rate',
  provider: 'computed',
  name: 'error_rate',
  formula: 'errors / requests * 100',
  definition: 'errors / requests * 100 …',
  inputs: [],
}

test('the value, and a query that shows what it is made of', async () => {
  expect(await compute(planned, [measured('errors', 3), measured('requests', 200)])).toEqual({
    kind: 'measured',
    indicator: 'error_rate',
    provider: 'computed',
    name: 'error_rate',
    definition: 'errors / requests * 100 …',
    query: 'errors / requests * 100\n  errors = 3 (prometheus: rate(m{}))\n  requests = 200 (prometheus: rate(m{}))',
    warnings: [],
    value: 1.5,
  })
})

test('a division by zero is no value, with the numbers', async () => {
  expect(await compute(planned, [measured('errors', 0), measured('requests', 0)])).toMatchObject({
    kind: 'missing',
    outcome: 'invalid_value',
    message: 'errors / requests * 100 has no value: it divides by 0 (errors = 0, requests = 0)',
  })
})

test('a branch that is not taken may divide by zero, but not lack an input', async () => {
  const guarded = { ...planned, formula: 'requests == 0 ? 0 : errors / requests' }
  const none = measured('requests', 0)
  expect(await compute(guarded, [measured('errors', 3), none])).toMatchObject({ kind: 'measured', value: 0 })
  expect(await compute(guarded, [missing('errors', 'no_data', 'there is none'), none])).toMatchObject({
    kind: 'missing',
    outcome: 'no_data',
  })
})

test('of several missing inputs the one that could not be asked counts', async () => {
  const inputs = [missing('errors', 'no_data', 'there is none'), missing('requests', 'timeout', 'no answer in 5 s')]
  expect(await compute(planned, inputs)).toMatchObject({
    kind: 'missing',
    outcome: 'timeout',
    message: 'it is made of "requests", which is missing: no answer in 5 s',
    query: expect.stringContaining('errors = no_data'),
  })
  expect(await compute(planned, inputs.slice(0, 1))).toMatchObject({ kind: 'missing', outcome: 'no_data' })
})

test('what is made of a part is a part, and warnings are told once', async () => {
  const part = { partial: 'allowed', warnings: ['one replica did not answer'] } as const
  const made = await compute(planned, [measured('errors', 1, part), measured('requests', 2, part)])
  expect(made).toMatchObject({ kind: 'measured', partial: 'allowed', warnings: ['one replica did not answer'] })
  const strict = await compute(planned, [
    measured('errors', 1, part),
    measured('requests', 2, { partial: 'unless_key' }),
  ])
  expect(strict).toMatchObject({ partial: 'unless_key' })
  expect(await compute(planned, [measured('errors', 1), measured('requests', 2)])).not.toHaveProperty('partial')
})
