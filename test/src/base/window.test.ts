import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { goDurations, ourDurations } from '../../../src/base/duration.ts'
import {
  lengthMistakes,
  mayBeToCome,
  parseTimestamp,
  resolveWindow,
  type WindowRequest,
} from '../../../src/base/window.ts'

const Vectors = z.object({
  timestamps: z.array(z.object({ in: z.string(), utcInstant: z.string().optional() })),
  windows: z.array(
    z.object({
      in: z.object({ start: z.string(), end: z.string(), timeframe: z.string() }),
      error: z.string().optional(),
      durationSeconds: z.number().optional(),
    }),
  ),
})

/** Like a request to a project without window rules. */
function resolved(request: WindowRequest, now: Date, lengths = ourDurations) {
  const window = resolveWindow(request, now, lengths)
  const mistakes = 'mistakes' in window ? [] : lengthMistakes(window, 60_000)
  return mistakes.length > 0 ? { mistakes } : window
}

const vectors = Vectors.parse(
  JSON.parse(readFileSync(new URL('../../vectors/time-windows.json', import.meta.url), 'utf8')),
)

/** What Keptn refuses, and people write: see docs/operating.md. */
const beyondKeptn: Readonly<Record<string, string>> = {
  '2020-01-02T15:00:00z': '2020-01-02T15:00:00Z',
  '2020-01-02T15:00:00+0100': '2020-01-02T14:00:00Z',
}

for (const { in: text, utcInstant: keptns } of vectors.timestamps) {
  const utcInstant = beyondKeptn[text] ?? keptns
  test(`the timestamp ${JSON.stringify(text)} is ${utcInstant ?? 'none'}`, () => {
    // Pharos keeps milliseconds, cut off.
    const instant = utcInstant?.replace(/(\.\d{3})\d+Z$/, '$1Z')
    expect(parseTimestamp(text)?.toISOString()).toBe(instant && new Date(instant).toISOString())
  })
}

for (const { in: request, error, durationSeconds } of vectors.windows) {
  test(`the window ${JSON.stringify(request)} is ${error ?? `${durationSeconds} s`}, as in Keptn`, () => {
    const window = resolved(request, new Date('2020-01-03T00:00:00Z'), goDurations)
    const seconds = 'mistakes' in window ? undefined : (window.end.getTime() - window.start.getTime()) / 1000
    expect(seconds).toBe(durationSeconds)
  })
}

for (const { text, instant } of [
  { text: '2026-03-01T10:00:00+0100', instant: '2026-03-01T09:00:00.000Z' },
  { text: '2026-03-01T10:00:00+01', instant: '2026-03-01T09:00:00.000Z' },
  { text: '2026-03-01T10:00:00-0330', instant: '2026-03-01T13:30:00.000Z' },
  { text: '2026-03-01T10:00:00.5+0530', instant: '2026-03-01T04:30:00.500Z' },
  { text: '2026-03-01T10:00:00+0000', instant: '2026-03-01T10:00:00.000Z' },
  // RFC 3339: the time in UTC is known, the offset is not.
  { text: '2026-01-01T00:00:00-00:00', instant: '2026-01-01T00:00:00.000Z' },
  { text: '2026-01-01T00:00:00-0000', instant: '2026-01-01T00:00:00.000Z' },
  { text: '2026-03-01t10:00:00z', instant: '2026-03-01T10:00:00.000Z' },
  { text: '2026-03-01t10:00:00.25+01', instant: '2026-03-01T09:00:00.250Z' },
]) {
  test(`the timestamp ${text} is ${instant}`, () => {
    expect(parseTimestamp(text)?.toISOString()).toBe(instant)
  })
}

for (const text of [
  '2026-03-01T10:00:00+1',
  '2026-03-01T10:00:00+1:00',
  '2026-03-01T10:00:00+010',
  '2026-03-01T10:00:00+01:0',
  '2026-03-01T10:00:00+01:',
  '2026-03-01T10:00:00+01000',
  '2026-03-01T10:00:00+2400',
  '2026-03-01T10:00:00+0160',
  '2026-03-01T10:00:00 +0100',
  '2026-03-01T10:00:00Z+01',
  '2026-03-01T10:00:00CET',
  '2026-03-01T10:00:00\u221201:00',
  // A leap second.
  '2016-12-31T23:59:60Z',
  '2026-03-01T10:00:00,5Z',
  '2026-03-01 10:00:00Z',
  '20260301T100000Z',
]) {
  test(`the timestamp ${text} is none`, () => {
    expect(parseTimestamp(text)).toBeUndefined()
  })
}

for (const text of ['0000-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59']) {
  test(`the timestamp ${text} is none: in UTC it cannot be written`, () => {
    expect(parseTimestamp(text)).toBeUndefined()
  })
}

const now = new Date('2026-03-01T12:00:00.250Z')

for (const { name, request, start, end, source } of [
  { name: 'nothing', request: {}, start: '2026-03-01T11:55:00.250Z', end: now.toISOString(), source: 'default' },
  {
    name: 'a timeframe',
    request: { timeframe: '15m' },
    start: '2026-03-01T11:45:00.250Z',
    end: now.toISOString(),
    source: 'timeframe',
  },
  {
    name: 'both ends',
    request: { start: '2026-03-01T10:00:00Z', end: '2026-03-01T10:01:00Z' },
    start: '2026-03-01T10:00:00.000Z',
    end: '2026-03-01T10:01:00.000Z',
    source: 'request',
  },
  {
    name: 'offsets',
    request: { start: '2026-03-01T11:00:00+01:00', end: '2026-03-01T05:00:00.9999-05:30' },
    start: '2026-03-01T10:00:00.000Z',
    end: '2026-03-01T10:30:00.999Z',
    source: 'request',
  },
  {
    name: 'a timeframe in days',
    request: { timeframe: '1d12h' },
    start: '2026-02-28T00:00:00.250Z',
    end: now.toISOString(),
    source: 'timeframe',
  },
  {
    name: 'a start and a timeframe',
    request: { start: '2026-03-01T10:00:00', timeframe: '1h' },
    start: '2026-03-01T10:00:00.000Z',
    end: '2026-03-01T11:00:00.000Z',
    source: 'timeframe',
  },
  {
    name: 'an end exactly 24 hours ahead',
    request: { start: '2026-03-01T12:00:00.250Z', end: '2026-03-02T12:00:00.250Z' },
    start: '2026-03-01T12:00:00.250Z',
    end: '2026-03-02T12:00:00.250Z',
    source: 'request',
  },
] as const) {
  test(`${name}: ${start} to ${end}`, () => {
    expect(resolveWindow(request, now)).toEqual({ start: new Date(start), end: new Date(end), source })
  })
}

for (const { name, request, pointers, says } of [
  {
    name: 'all three',
    request: { start: '2026-03-01T10:00:00Z', end: '2026-03-01T11:00:00Z', timeframe: '1h' },
    pointers: ['/window/timeframe'],
    says: 'exclude each other',
  },
  {
    name: 'end and timeframe',
    request: { end: '2026-03-01T11:00:00Z', timeframe: '1h' },
    pointers: ['/window/timeframe'],
    says: 'exclude',
  },
  {
    name: 'an end alone',
    request: { end: '2026-03-01T11:00:00Z' },
    pointers: ['/window/start'],
    says: 'needs a start',
  },
  {
    name: 'a start alone',
    request: { start: '2026-03-01T11:00:00Z' },
    pointers: ['/window/end'],
    says: 'needs an end',
  },
  {
    name: 'start at end',
    request: { start: '2026-03-01T11:00:00Z', end: '2026-03-01T11:00:00Z' },
    pointers: ['/window/start'],
    says: 'before end',
  },
  {
    name: 'start after end',
    request: { start: '2026-03-01T11:00:00.001Z', end: '2026-03-01T11:00:00Z' },
    pointers: ['/window/start'],
    says: 'before end',
  },
  {
    name: 'a millisecond under a minute',
    request: { start: '2026-03-01T11:00:00.001Z', end: '2026-03-01T11:01:00Z' },
    pointers: ['/window/end'],
    says: '59.999s',
  },
  { name: 'a short timeframe', request: { timeframe: '59s' }, pointers: ['/window/timeframe'], says: '59s' },
  { name: 'a negative timeframe', request: { timeframe: '-5m' }, pointers: ['/window/timeframe'], says: '-5m' },
  {
    name: 'an end 25 hours ahead',
    request: { start: '2026-03-01T11:00:00Z', end: '2026-03-02T13:00:01Z' },
    pointers: ['/window/end'],
    says: '24h',
  },
  {
    name: 'two texts nobody can read',
    request: { start: 'yesterday', end: '2026-02-30T10:00:00Z' },
    pointers: ['/window/start', '/window/end'],
    says: 'invalid timestamp',
  },
  {
    name: 'a year as a duration',
    request: { timeframe: '1y' },
    pointers: ['/window/timeframe'],
    says: 'invalid duration "1y": use a length such as 15m, 1h30m or 7d',
  },
] as const) {
  test(`${name}: ${pointers.join(', ')}`, () => {
    const window = resolved(request, now)
    const mistakes = 'mistakes' in window ? window.mistakes : []
    expect(mistakes.map(({ pointer }) => pointer)).toEqual(pointers)
    for (const { message } of mistakes) expect(message).toContain(says)
  })
}

for (const { title, source, ahead, expected } of [
  { title: 'two ends of long ago', source: 'request', ahead: -60_000, expected: true },
  { title: 'a length counted back from now', source: 'timeframe', ahead: 0, expected: false },
  { title: 'a start and a length that reach beyond now', source: 'timeframe', ahead: 1, expected: true },
  { title: 'five minutes before an event of a clock that is ahead', source: 'default', ahead: 30_000, expected: true },
  { title: 'a test that is over', source: 'test', ahead: -1, expected: false },
] as const) {
  test(`the database is ${expected ? 'asked' : 'not asked'} whether it has ended: ${title}`, () => {
    const end = new Date(now.getTime() + ahead)
    expect(mayBeToCome({ start: new Date(0), end, source }, now)).toBe(expected)
  })
}
