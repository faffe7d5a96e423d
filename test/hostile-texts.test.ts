import { expect, test } from 'vitest'
import { numberOf } from '../providers/prometheus/sample.ts'
import { lint, parseDecimal } from '../slo/index.ts'
import { parseDuration } from '../src/duration.ts'
import { parseTimestamp } from '../src/window.ts'

/**
 * Texts of anybody's choice as long as they may be. A pattern that can tell its characters apart in many ways takes minutes for one of
 * them, in which the process does nothing else; these come to their end at once, or the test runs out of time.
 */

const length = 500_000
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

const objective = (criteria: readonly string[]): string =>
  `{sli: a, pass: [${criteria.map((criterion) => `{criteria: ["${criterion}"]}`).join(', ')}]}`

test('an objective of 15,000 entries is looked through', () => {
  const entries = Array.from({ length: 15_000 }, (_, place) => `<${15_000 - place}`)
  expect(lint(`objectives: [${objective(entries)}]\ntotal_score: {pass: 90}\n`)).toBeInstanceOf(Array)
})

test('300 objectives of 50 entries each are looked through', () => {
  const entries = Array.from({ length: 50 }, (_, place) => `<${place}`)
  const objectives = Array.from({ length: 300 }, () => objective(entries)).join(', ')
  expect(lint(`objectives: [${objectives}]\ntotal_score: {pass: 90}\n`).length).toBeGreaterThan(0)
})

test('10,000 objectives are looked through', () => {
  const objectives = Array.from({ length: 10_000 }, (_, place) => `- {sli: m${place}}`).join('\n')
  expect(lint(`objectives:\n${objectives}\ntotal_score: {pass: 90}\n`)).toBeInstanceOf(Array)
})

test(`a second document of ${length} empty lines is found`, () => {
  const slo = 'objectives: [{sli: a, pass: [{criteria: ["<1"]}]}]\ntotal_score: {pass: 90}\n'
  const found = lint(`${slo}---${'\n'.repeat(length)}key: 1\n`)
  expect(JSON.stringify(found)).toContain('only the first YAML document')
})
