import { expect, test } from 'vitest'
import { nearestName, shownNames } from '../../../src/base/near-name.ts'

const known = ['dev', 'staging', 'prod']

for (const { written, nearest } of [
  { written: 'prdo', nearest: 'prod' },
  { written: 'rpod', nearest: 'prod' },
  { written: 'Prod', nearest: 'prod' },
  { written: 'production', nearest: undefined },
  { written: 'stagign', nearest: 'staging' },
  { written: 'stage', nearest: undefined },
  { written: 'qa', nearest: undefined },
  { written: 'prod', nearest: undefined },
  { written: 'dpro', nearest: undefined },
]) {
  test(`${written} is closest to ${nearest ?? 'none of them'}`, () => {
    expect(nearestName(written, known)).toBe(nearest)
  })
}

test('shows some of many names', () => {
  expect(shownNames(known)).toBe('dev, staging, prod')
  const many = Array.from({ length: 23 }, (_, place) => `s${place}`)
  expect(shownNames(many)).toMatch(/^s0, .*, s19 and 3 more$/)
})
