import { expect, test } from 'vitest'
import { unbalanced } from '../../../providers/prometheus/brackets.ts'

for (const query of [
  'sum(rate(x{a="("}[5m]))',
  `x{a='}', b="it's", c=~\`\\(\`}`,
  String.raw`x{a="\")"}`,
  'x # no end ( in a comment',
  'x{a="#("} # (',
  '$SERVICE[$DURATION_SECONDS]',
  'x{a="${LABEL.version:-(none)}"}',
  '${NAME:-sum(x)}',
  '',
]) {
  test(`${query} is whole`, () => {
    expect(unbalanced(query)).toBeUndefined()
  })
}

test('a text of half a million quotes and backslashes is read in one go', () => {
  expect(unbalanced('"\\'.repeat(250_000))).toBe('the string that starts with " at character 1 is never closed')
})

for (const { query, says } of [
  { query: 'sum((', says: '"(" at character 5 is never closed' },
  { query: 'sum(x', says: '"(" at character 4 is never closed' },
  { query: 'sum(x))', says: '")" at character 7 has nothing to close' },
  { query: 'x{a="b"', says: '"{" at character 2 is never closed' },
  { query: 'rate(x[5m)', says: '")" at character 10 closes "[" at character 7' },
  { query: 'x{a="b}', says: 'the string that starts with " at character 5 is never closed' },
  { query: String.raw`x{a="b\"}`, says: 'the string that starts with " at character 5 is never closed' },
]) {
  test(`${query}: ${says}`, () => {
    expect(unbalanced(query)).toBe(says)
  })
}
