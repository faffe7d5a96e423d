import { assert, constantFrom, integer, oneof, property, string, stringMatching, tuple } from 'fast-check'
import { test } from 'vitest'
import { durationPattern, parseDuration } from '../../../src/base/duration.ts'
import { parseTimestamp, timestampPattern, zonedTimestampPattern } from '../../../src/base/window.ts'

/** The document's patterns of times and durations are exactly what is read. */

/** As JSON Schema reads a pattern. */
const matches = (pattern: string, text: string): boolean => new RegExp(pattern, 'u').test(text)

const pair = integer({ min: 0, max: 62 }).map((number) => String(number).padStart(2, '0'))
const zones = [
  '',
  'Z',
  'z',
  '+01',
  '+0100',
  '-01:00',
  '+1',
  '+010',
  ' Z',
  '+24',
  '+0160',
  '.5Z',
  '.Z',
  ',5Z',
  'Zz',
  '-',
]
const nearlyTimestamp = tuple(
  pair,
  pair,
  pair,
  constantFrom('T', 't', ' ', ''),
  pair,
  pair,
  pair,
  constantFrom(...zones),
).map(
  ([year, month, day, between, hour, minute, second, zone]) =>
    `20${year}-${month}-${day}${between}${hour}:${minute}:${second}${zone}`,
)

/** Days that their month does not have, and instants that UTC has no year of four digits for. */
const isBeyondPatterns = /^(?:0000|9999)|-(?:02-(?:29|3.)|(?:0[469]|11)-31)[Tt]/

test('a timestamp is read if it matches its pattern, unless its day or its year does not exist', () => {
  assert(
    property(oneof(stringMatching(new RegExp(timestampPattern)), nearlyTimestamp), (text) => {
      const isRead = parseTimestamp(text) !== undefined
      return matches(timestampPattern, text) === isRead || (!isRead && isBeyondPatterns.test(text))
    }),
    { numRuns: 2_000 },
  )
})

test('a timestamp with a zone matches the narrower pattern, one without does not', () => {
  assert(
    property(stringMatching(new RegExp(timestampPattern)), (text) => {
      return matches(zonedTimestampPattern, text) === /[Tt].*[Zz+-]/.test(text)
    }),
  )
})

test('a duration is read if it matches its pattern, unless Go cannot hold it', () => {
  const nearlyDuration = string({
    unit: constantFrom(...'0 1 5 9 . + - w d h m s u µ μ n'.split(' '), ' '),
    maxLength: 8,
  })
  assert(
    property(oneof(stringMatching(new RegExp(durationPattern)), nearlyDuration), (text) => {
      const isRead = parseDuration(text) !== undefined
      return matches(durationPattern, text) === isRead || (!isRead && /\d{4}/.test(text))
    }),
    { numRuns: 2_000 },
  )
})
