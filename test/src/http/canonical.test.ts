import { expect, test } from 'vitest'
import { jsonDigest } from '../../../src/http/canonical.ts'

test('the order of keys does not matter, at any depth', () => {
  expect(jsonDigest({ a: 1, b: { c: [1, { d: 2, e: 3 }] } })).toBe(jsonDigest({ b: { c: [1, { e: 3, d: 2 }] }, a: 1 }))
})

for (const [a, b] of [
  [{ a: 1 }, { a: 2 }],
  [{ a: 1 }, { b: 1 }],
  [{ a: [1, 2] }, { a: [2, 1] }],
  [{ a: '1' }, { a: 1 }],
  [{}, { a: null }],
  [{ 'a":1,"b': 1 }, { a: 1, b: 1 }],
]) {
  test(`${JSON.stringify(a)} is another body than ${JSON.stringify(b)}`, () => {
    expect(jsonDigest(a)).not.toBe(jsonDigest(b))
  })
}
