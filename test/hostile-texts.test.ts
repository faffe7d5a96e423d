import { expect, test } from 'vitest'
import { numberOf } from '../providers/prometheus/sample.ts'
import { acceptedSloLimits, lint, parseDecimal, placeholderProblems } from '../slo/index.ts'
import { parseDuration } from '../src/base/duration.ts'
import { parseTimestamp } from '../src/base/window.ts'

/**
 * Texts of anybody's choice as long as they may be. A pattern that can tell its characters apart in many ways takes minutes for one of
 * them, in which the process does nothing else; these come to their end at once, or the test runs out of time.
 */

const length = 500_000
/** Of lines, which are fewer: each is a part of the text. */
const linesMax = 50_000
const digits = '1'.repeat(length)

for (const { title, read } of [
  { title: 'a duration', read: parseDuration },
  { title: 'a duration with a dot', read: (text: string) => parseDuration(`1.${text}`) },
  { title: 'a timestamp', read: (text: string) => parseTimestamp(`2026-03-01T10:00:00.${text}`) },
  { title: 'a decimal number', read: parseDecimal },
  { title: 'a value of Prometheus', read: numberOf },
]) {
  test(`${title} of ${length} digits and an x is none`, () => {
    expect(read(`${digits}x`)).toBeUndefined()
  })
}

for (const { title, query } of [
  { title: 'words with hyphens between them', query: `$LABEL.${'a-'.repeat(length / 2)}` },
  { title: 'dots behind a label', query: `$LABEL.a${'.'.repeat(length)}` },
  { title: 'braces that nothing closes', query: '${a'.repeat(length / 3) },
  { title: 'groups that nothing closes', query: `(?P<${'a'.repeat(length)} $b` },
  {
    title: 'unknown names',
    query: Array.from({ length: length / 10 }, (_, place) => `$n${place}`).join(' '),
  },
]) {
  test(`a query of ${title} is read to its end or its twentieth problem`, () => {
    expect(placeholderProblems(query, { filter: [], environment: [] }).length).toBeLessThanOrEqual(20)
  })
}

const objective = (sli: string, criteria: readonly string[]): string =>
  `{sli: ${sli}, pass: [${criteria.map((criterion) => `{criteria: ["${criterion}"]}`).join(', ')}]}`

test('of 15,000 entries of one objective the first is compared with the others, and no more', () => {
  const entries = Array.from({ length: 15_000 }, (_, place) => `<${15_000 - place}`)
  const text = `objectives: [${objective('a', entries)}]\ntotal_score: {pass: 90}\n`
  expect(lint(text, [], [], { limits: acceptedSloLimits })).toEqual([])
})

test('of 300 objectives with 50 entries each eight are looked through, which are 20,000 pairs', () => {
  const entries = Array.from({ length: 50 }, (_, place) => `<${place}`)
  const objectives = Array.from({ length: 300 }, (_, place) => objective(`a${place}`, entries)).join(', ')
  const text = `objectives: [${objectives}]\ntotal_score: {pass: 90}\n`
  const found = lint(text, [], [], { limits: acceptedSloLimits })
  // All but the widest of each; without a limit there would be 500, which is the most that is told.
  expect(found.map(({ rule }) => rule)).toEqual(Array.from({ length: 8 * 49 }, () => 'alternative_redundant'))
})

test(`a second document of ${linesMax} empty lines is found`, () => {
  const slo = 'objectives: [{sli: a, pass: [{criteria: ["<1"]}]}]\ntotal_score: {pass: 90}\n'
  const found = lint(`${slo}---${'\n'.repeat(linesMax)}key: 1\n`)
  expect(JSON.stringify(found)).toContain('only the first YAML document')
})
