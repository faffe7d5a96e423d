import { expect, test } from 'vitest'
import { idempotencyKeyOf, idempotencyKeyPattern } from '../../../src/http/idempotency-key.ts'

for (const { header, key } of [
  { header: 'k-1', key: 'k-1' },
  { header: '"k-1"', key: 'k-1' },
  { header: ' "k-1" ', key: 'k-1' },
  { header: String.raw`"a \"b\" \\c"`, key: String.raw`a "b" \c` },
  { header: 'k"', key: 'k"' },
  { header: 'a "b"', key: 'a "b"' },
  { header: String.raw`a\b`, key: String.raw`a\b` },
  { header: 'k'.repeat(255), key: 'k'.repeat(255) },
  { header: `"${'k'.repeat(255)}"`, key: 'k'.repeat(255) },
]) {
  test(`${header.slice(0, 30)} is the key ${key.slice(0, 30)}`, () => {
    expect(idempotencyKeyOf(header)).toBe(key)
    expect(new RegExp(idempotencyKeyPattern).test(header.trim())).toBe(true)
  })
}

for (const header of ['"k-1', '"', '"a"b"', String.raw`"a\b"`, String.raw`"a\"`, '"a";p=1', '"a", "b"', '"é"']) {
  test(`${header} is a malformed quoted string`, () => {
    expect(() => idempotencyKeyOf(header)).toThrow(expect.objectContaining({ code: 'bad_request' }))
    expect(new RegExp(idempotencyKeyPattern).test(header)).toBe(false)
  })
}

for (const header of ['', '""', 'k'.repeat(256), `"${'k'.repeat(256)}"`, 'é']) {
  test(`${header.slice(0, 30)} with ${header.length} characters is not a key`, () => {
    expect(() => idempotencyKeyOf(header)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    expect(new RegExp(idempotencyKeyPattern).test(header)).toBe(false)
  })
}
