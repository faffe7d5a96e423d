import { describe, expect, test } from 'vitest'
import type { WindowRules } from '../../../src/definitions/project.ts'
import { eventWindow, type EventTimes } from '../../../src/intake/event-window.ts'
import { settleWindow } from '../../../src/evaluation/settle-window.ts'

const now = new Date('2026-03-01T12:00:00Z')
const dayMs = 24 * 3_600_000

function settle(parts: Partial<EventTimes>, rules: WindowRules = {}) {
  const asked = eventWindow({ time: undefined, evaluation: {}, test: {}, ...parts }, now)
  return settleWindow(asked, rules, { minimumMs: 10_000, maximumMs: 366 * dayMs, maxAgeMs: dayMs })
}

/** `start end source`, hours and minutes only, then the codes of reasons; or the mistakes' pointers and messages. */
function told(parts: Partial<EventTimes>, rules: WindowRules = {}): string {
  const settled = settle(parts, rules)
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
      means: /^\/data\/evaluation\/start: invalid timestamp "x"/,
    },
    {
      title: 'a length that is none',
      parts: { evaluation: { timeframe: '5' } },
      means: /^\/data\/evaluation\/timeframe: invalid duration "5"/,
    },
    {
      title: 'a length in days, which Keptn does not have',
      parts: { evaluation: { timeframe: '7d' } },
      means: /^\/data\/evaluation\/timeframe: invalid duration "7d": use a length such as 15m, 1h30m or 168h$/,
    },
    {
      title: 'less than ten seconds',
      parts: { evaluation: { timeframe: '9s' } },
      means: /^\/data\/evaluation\/timeframe: .* 9s long: at least 10s was expected$/,
    },
    {
      title: 'a test without an end',
      parts: { test: { start: at('11:00') } },
      means: /^\/data\/test\/end: a start needs/,
    },
    {
      title: 'a test that is no time',
      parts: { test: { ...over, end: 'y' } },
      means: /^\/data\/test\/end: invalid timestamp "y"/,
    },
    {
      title: 'a test under ten seconds',
      parts: { test: { ...over, end: '2026-03-01T11:00:09.999Z' } },
      means: /^\/data\/test\/end: .* 9\.999s long: at least 10s was expected$/,
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

/** The codes of the warnings, and what they say. */
function warned(parts: Partial<EventTimes>): readonly object[] {
  const settled = settle(parts)
  return 'mistakes' in settled ? [] : settled.warnings
}

describe('a window of less than a minute', () => {
  for (const { title, parts, lengthMs } of [
    {
      title: 'of a test',
      parts: { test: { start: at('11:58'), end: '2026-03-01T11:58:34Z' } },
      lengthMs: 34_000,
    },
    { title: 'of ten seconds', parts: { evaluation: { timeframe: '10s' } }, lengthMs: 10_000 },
    { title: 'just short of it', parts: { evaluation: { timeframe: '59999ms' } }, lengthMs: 59_999 },
  ]) {
    test(`${title} is measured, with a warning`, () => {
      expect(warned(parts)).toMatchObject([
        { code: 'short_window', lengthMs, message: expect.stringContaining('s long') },
      ])
    })
  }

  test('is not one of a whole minute', () => {
    expect(warned({ evaluation: { timeframe: '1m' } })).toEqual([])
  })
})

describe('a test that ended before its event', () => {
  const ended = (end: string, time = now) => ({ time, test: { start: '2026-03-01T04:00:00Z', end } })

  test('by more than five minutes is a warning with its age', () => {
    expect(warned(ended('2026-03-01T05:00:00Z'))).toEqual([
      {
        code: 'old_test_window',
        message:
          "The window is that of a test that ended 7h before the event: make sure the test is this stage's own, or limit its age with window.maxAge in project.yaml.",
        ageMs: 7 * 3_600_000,
        testEnd: '2026-03-01T05:00:00.000Z',
      },
    ])
    expect(warned(ended('2026-03-01T11:54:59.999Z'))).toMatchObject([{ code: 'old_test_window', ageMs: 300_001 }])
  })

  test('by five minutes, or by the delay of the event, is not a warning', () => {
    expect(warned(ended('2026-03-01T11:55:00Z'))).toEqual([])
    expect(warned(ended('2026-03-01T05:00:00Z', new Date('2026-03-01T05:01:00Z')))).toEqual([])
  })

  test('counts from its arrival where the event has no time', () => {
    expect(warned({ test: over })).toMatchObject([{ code: 'old_test_window', ageMs: 1_800_000 }])
  })
})

describe('a project decides:', () => {
  for (const { title, parts, rules, means } of [
    {
      title: 'windows of requests only, and only the test names one',
      parts: { test: over },
      rules: { from: ['request'] },
      means: '/data/test: only the test names a window, and window.from in project.yaml allows request here',
    },
    {
      title: 'windows of requests only, and the event names none',
      parts: {},
      rules: { from: ['request'] },
      means: '03-01T11:55 03-01T12:00 default',
    },
    {
      title: 'windows of tests only, and both are named',
      parts: { evaluation, test: over },
      rules: { from: ['test'] },
      means: '03-01T11:00 03-01T11:30 test',
    },
    {
      title: 'windows of tests only, and the event names none',
      parts: {},
      rules: { from: ['test'] },
      means: '/data/evaluation: no test names a window, and window.from in project.yaml allows test here',
    },
    {
      title: 'windows of tests only, and the event names another',
      parts: { evaluation },
      rules: { from: ['test'] },
      means: '/data/evaluation: the window comes from the request, and window.from in project.yaml allows test here',
    },
    {
      title: 'both, in whatever order it lists them',
      parts: { evaluation, test: over },
      rules: { from: ['test', 'request'] },
      means: '03-01T10:00 03-01T10:30 request',
    },
    {
      title: 'a test may be over for less than the service allows',
      parts: { test: over },
      rules: { maxAge: 60_000 },
      means: '/data/test/end: the test ended 30m before the event: at most 1m was expected',
    },
    {
      title: 'a test may be over for longer than the service allows',
      parts: { test: { start: '2026-02-27T11:00:00Z', end: '2026-02-27T12:00:00Z' } },
      rules: { maxAge: 3 * dayMs },
      means: '02-27T11:00 02-27T12:00 test',
    },
    {
      title: 'a minimum length',
      parts: { test: { ...over, end: '2026-03-01T11:00:34Z' } },
      rules: { minimum: 60_000 },
      means: '/data/test/end: the window is 34s long: at least 1m was expected',
    },
    {
      title: 'a default window is as long as the minimum',
      parts: {},
      rules: { minimum: 600_000 },
      means: '03-01T11:50 03-01T12:00 default',
    },
  ] as const) {
    test(`${title}: ${means}`, () => {
      expect(told(parts, rules)).toBe(means)
    })
  }
})
