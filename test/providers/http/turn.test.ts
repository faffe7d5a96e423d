import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTurn, neverAsked } from '../../../providers/http/turn.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-01-02T03:00:00Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

const settings = { project: 'shop', timeMs: 1000, queueMs: 5000 }

test('that never waits has its time from the start', () => {
  const turn = createTurn(settings)
  turn.begin()
  vi.advanceTimersByTime(999)
  expect(turn.late.aborted).toBe(false)
  expect(turn.deadline()).toEqual(new Date('2026-01-02T03:00:01Z'))
  vi.advanceTimersByTime(1)
  expect(turn.late.reason).toMatchObject({ name: 'TimeoutError' })
  expect(turn.waitedMs()).toBeUndefined()
})

test('that waits has its whole time from the first slot on, and none is lost by waiting again', () => {
  const begun: string[] = []
  const turn = createTurn({ ...settings, onBegin: () => begun.push('begun') })
  turn.wait()
  vi.advanceTimersByTime(3000)
  expect(turn.late.aborted).toBe(false)
  expect(turn.deadline()).toEqual(new Date('2026-01-02T03:00:04Z'))
  expect(turn.waitedMs()).toBe(3000)
  turn.begin()
  turn.wait()
  turn.begin()
  vi.advanceTimersByTime(500)
  expect(turn.deadline()).toEqual(new Date('2026-01-02T03:00:04Z'))
  vi.advanceTimersByTime(500)
  expect(turn.late.aborted).toBe(true)
  expect(turn.waitedMs()).toBeUndefined()
  expect(begun).toEqual(['begun'])
})

test('that waits in vain is late when the time for waiting is over', () => {
  const turn = createTurn(settings)
  turn.wait()
  vi.advanceTimersByTime(4999)
  expect(turn.late.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(turn.late.aborted).toBe(true)
  expect(neverAsked(turn.waitedMs() ?? 0)).toBe(
    'the provider was never queried: the evaluation waited 5.0 s for a free slot (limits.queueTimeout)',
  )
})

test('that is over is never late', () => {
  const turn = createTurn(settings)
  turn.end()
  turn.wait()
  turn.begin()
  vi.advanceTimersByTime(60_000)
  expect([turn.over.aborted, turn.late.aborted, turn.hasBegun]).toEqual([true, false, false])
})
