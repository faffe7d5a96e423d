import { describe, expect, test } from 'vitest'
import { eventWindow, type EventTimes } from '../../../src/events/event-window.ts'

const now = new Date('2026-03-01T12:00:00Z')
const dayMs = 24 * 3_600_000

function settle(parts: Partial<EventTimes>) {
  return eventWindow({ time: undefined, evaluation: {}, test: {}, ...parts }, dayMs, now)
}

/** `start end source`, hours and minutes only, then the codes of reasons; or the mistakes' pointers and messages. */
function told(parts: Partial<EventTimes>): string {
  const settled = settle(parts)
  if ('mistakes' in settled) return settled.mistakes.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ')
  const { window, reasons } = settled
  const [start, end] = [window.start, window.end].map((at) => at.toISOString().slice(5, 16))
  return [start, end, window.source, ...reasons.map(({ code }) => code)].join(' ')
}

const at = (time: string): string => `2026-03-01T${time}:00Z`
const evaluation = { start: at('10:00'), end: at('10:30') }
const over = { start: at('11:00'), end: at('11:30') }

describe('an event without a time means', () => {
  for (const { title, parts, means } of [
    { title: 'nothing', parts: {}, means: '03-01T11:55 03-01T12:00 default' },
    { title: 'two ends', parts: { evaluation }, means: '03-01T10:00 03-01T10:30 request' },
    {
      title: 'two ends and a length',
      parts: { evaluation: { ...evaluation, timeframe: '5m' } },
      means: '03-01T10:00 03-01T10:30 request',
    },
    { title: 'a length', parts: { evaluation: { timeframe: '10m' } }, means: '03-01T11:50 03-01T12:00 timeframe' },
    {
      title: 'a start and a length',
      parts: { evaluation: { start: at('10:00'), timeframe: '10m' } },
      means: '03-01T10:00 03-01T10:10 timeframe',
    },
    { title: 'a test', parts: { test: over }, means: '03-01T11:00 03-01T11:30 test' },
    {
      title: 'a test that ended a day ago',
      parts: { test: { start: '2026-02-28T11:00:00Z', end: '2026-02-28T12:00:00Z' } },
      means: '02-28T11:00 02-28T12:00 test',
    },
    { title: 'a test and two ends', parts: { test: over, evaluation }, means: '03-01T10:00 03-01T10:30 request' },
    {
      title: 'a test beside empty texts',
      parts: { test: over, evaluation: { start: '', end: null, timeframe: '' } },
      means: '03-01T11:00 03-01T11:30 test',
    },
    { title: 'an empty test', parts: { test: { start: '', end: '' } }, means: '03-01T11:55 03-01T12:00 default' },
    {
      title: 'a test that is said to end later',
      parts: { test: { start: at('11:30'), end: at('12:01') } },
      means: '03-01T11:30 03-01T12:00 test window_clamped',
    },
  ] as const) {
    test(`${title}: ${means}`, () => {
      expect(told(parts)).toBe(means)
    })
  }
})

describe('an event of another time', () => {
  for (const { title, time, means } of [
    { title: 'three hours old', time: at('09:00'), means: '03-01T08:50 03-01T09:00 timeframe' },
    { title: 'exactly 60 s ahead', time: at('12:01'), means: '03-01T11:51 03-01T12:01 timeframe' },
    { title: 'more than 60 s ahead', time: at('12:02'), means: '03-01T11:50 03-01T12:00 timeframe clock_skew' },
  ]) {
    test(`${title}, with a length of ten minutes: ${means}`, () => {
      expect(told({ time: new Date(time), evaluation: { timeframe: '10m' } })).toBe(means)
    })
  }

  test('may tell of a test that was over a day before ours, if not before its own', () => {
    const early = { start: '2026-02-27T10:00:00Z', end: '2026-02-27T11:00:00Z' }
    expect(told({ time: new Date('2026-02-27T12:00:00Z'), test: early })).toBe('02-27T10:00 02-27T11:00 test')
  })

  test('says how far it is ahead', () => {
    expect(settle({ time: new Date('2026-03-01T12:05:00Z') })).toMatchObject({
      reasons: [
        {
          code: 'clock_skew',
          message: 'The time of the event is 5m ahead of ours, so the time it arrived counts.',
          eventTime: '2026-03-01T12:05:00.000Z',
          aheadMs: 300_000,
        },
      ],
    })
  })
})

describe('what cannot be measured is said', () => {
  for (const { title, parts, means } of [
    {
      title: 'a start alone',
      parts: { evaluation: { start: at('10:00') } },
      means: /^\/data\/evaluation\/end: a start needs/,
    },
    {
      title: 'an end alone',
      parts: { evaluation: { end: at('10:00') } },
      means: /^\/data\/evaluation\/start: an end needs/,
    },
    {
      title: 'a start that is no time',
      parts: { evaluation: { ...evaluation, start: 'x' } },
      means: /^\/data\/evaluation\/start: "x" is no/,
    },
    {
      title: 'a length that is none',
      parts: { evaluation: { timeframe: '5' } },
      means: /^\/data\/evaluation\/timeframe: "5" is no/,
    },
    {
      title: 'less than a minute',
      parts: { evaluation: { timeframe: '59s' } },
      means: /^\/data\/evaluation\/timeframe: .* 59s long/,
    },
    {
      title: 'a test without an end',
      parts: { test: { start: at('11:00') } },
      means: /^\/data\/test\/end: a start needs/,
    },
    {
      title: 'a test that is no time',
      parts: { test: { ...over, end: 'y' } },
      means: /^\/data\/test\/end: "y" is no timestamp/,
    },
    {
      title: 'a test under a minute',
      parts: { test: { ...over, end: '2026-03-01T11:00:59Z' } },
      means: /^\/data\/test\/end: .* 59s long/,
    },
    {
      title: 'a test that is yet to come',
      parts: { test: { start: at('12:05'), end: at('12:10') } },
      means: /^\/data\/test\/start: start must be before/,
    },
    {
      title: 'a test that is too old',
      parts: { test: { start: '2026-02-28T11:00:00Z', end: '2026-02-28T11:59:59Z' } },
      means: /^\/data\/test\/end: the test ended 24h0?m?1s before the event: at most 24h was expected/,
    },
  ] as const) {
    test(`${title} is a mistake`, () => {
      expect(told(parts)).toMatch(means)
    })
  }
})
