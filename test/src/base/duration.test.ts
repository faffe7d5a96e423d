import { assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, goDurations, parseDuration } from '../../../src/base/duration.ts'

for (const [text, milliseconds] of [
  ['1d', 86_400_000],
  ['7d', 604_800_000],
  ['1w', 604_800_000],
  ['1d12h', 129_600_000],
  ['1w2d3h4m5s6ms', 788_645_006],
  ['.5d', 43_200_000],
  ['-7d', -604_800_000],
  ['15000w', 9_072_000_000_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['.5h', 1_800_000],
  ['5.s', 5000],
  ['60000ms', 60_000],
  ['1500us', 1.5],
  ['1500µs', 1.5],
  ['1000000ns', 1],
  ['5m5m', 600_000],
  ['+5m', 300_000],
  ['-5m', -300_000],
  ['0', 0],
  ['-0', 0],
  ['100000h', 360_000_000_000],
] as const) {
  test(`${text} is ${milliseconds} ms`, () => {
    expect(parseDuration(text)).toBe(milliseconds)
  })
}

for (const text of [
  '',
  // Tells its digits apart in one way only: in each that there is it would take an hour.
  '1'.repeat(1_000_000),
  '5',
  '1D',
  '1 d',
  '1day',
  '1y',
  '1mo',
  '1d-12h',
  'd',
  'P7D',
  '15300w',
  ' 5m',
  '5m ',
  '5 m',
  '5M',
  '5min',
  'm',
  '.m',
  '+',
  '1h-5m',
  '3000000h',
  '1e3s',
  '5m5',
]) {
  test(`${JSON.stringify(text.slice(0, 40))} is no duration`, () => {
    expect(parseDuration(text)).toBeUndefined()
  })
}

for (const text of ['1d', '7d', '1w', '1d12h', '12h1d']) {
  test(`${text} is no duration where Keptn expects one of Go`, () => {
    expect(goDurations.parse(text)).toBeUndefined()
  })
}

for (const text of ['5m', '1h30m', '.5h', '168h', '0', '-5m', '1500µs']) {
  test(`${text} means the same to Go`, () => {
    expect(goDurations.parse(text)).toBe(parseDuration(text))
  })
}

for (const [milliseconds, text] of [
  [0, '0s'],
  [250, '250ms'],
  [1500, '1.5s'],
  [300_000, '5m'],
  [3_600_000, '1h'],
  [5_401_001, '1h30m1.001s'],
  [24 * 3_600_000, '24h'],
  [47 * 3_600_000, '47h'],
  [2 * 86_400_000, '2d'],
  [366 * 86_400_000 + 1000, '366d1s'],
  [-60 * 3_600_000, '-2d12h'],
  [-59_000, '-59s'],
] as const) {
  test(`${milliseconds} ms are written ${text}`, () => {
    expect(formatDuration(milliseconds)).toBe(text)
  })
}

test('what is written can be read again, to the millisecond', () => {
  assert(
    property(integer({ min: -(10 ** 12), max: 10 ** 12 }), (milliseconds) => {
      expect(parseDuration(formatDuration(milliseconds))).toBeCloseTo(milliseconds, 3)
    }),
  )
})
