import { describe, expect, test } from 'vitest'
import {
  followEvents,
  keepAliveMs,
  type EventStreamStore,
  type StreamFilter,
} from '../../../src/announcing/event-stream.ts'

const all: StreamFilter = {
  type: undefined,
  project: undefined,
  stage: undefined,
  service: undefined,
  result: undefined,
}

/** What a reader is told until nothing more comes; the clock runs by `tickMs` with each wait, of which there are `waits`. */
async function told(
  store: EventStreamStore,
  last: string | undefined,
  { waits = 1, tickMs = 0 }: { readonly waits?: number; readonly tickMs?: number } = {},
): Promise<readonly string[]> {
  const leaving = new AbortController()
  let [now, left] = [0, waits]
  const deps = {
    store,
    now: () => now,
    wait: async () => {
      now += tickMs
      left -= 1
      if (left <= 0) leaving.abort()
    },
  }
  const lines: string[] = []
  for await (const text of followEvents(last, all, deps, leaving.signal)) lines.push(text)
  return lines
}

/** Positions `from` to `to`; those in `left` are filtered out. */
function storeOf(from: number, to: number, left: readonly number[] = []): EventStreamStore {
  return {
    range: async () => ({ oldest: String(from), newest: String(to) }),
    after: async (position, _filter, limit) => {
      const first = Math.max(from, Number(position) + 1)
      const events = Array.from({ length: Math.max(0, to + 1 - first) }, (_, place) => first + place)
        .slice(0, limit)
        .map((at) => ({ position: String(at), type: 't', body: left.includes(at) ? null : `{"at":${at}}` }))
      return { oldest: String(from), events }
    },
  }
}

const frame = (at: number): string => `id: ${at}\nevent: t\ndata: {"at":${at}}\n\n`
const hello = 'retry: 2000\n\n'

describe('a reader', () => {
  test('who was nowhere begins with what comes next', async () => {
    expect(await told(storeOf(1, 5), undefined)).toEqual([hello])
  })

  test('goes on right after the last one he had', async () => {
    expect(await told(storeOf(1, 5), '3')).toEqual([hello, frame(4), frame(5)])
  })

  test('gets many in their order, and none twice', async () => {
    const lines = await told(storeOf(1, 250), '0')
    expect(lines).toEqual([hello, ...Array.from({ length: 250 }, (_, place) => frame(place + 1))])
  })

  test('does not stop at what he has filtered out', async () => {
    expect(await told(storeOf(1, 203, [1, 2, ...Array.from({ length: 198 }, (_, at) => at + 5)]), '0')).toEqual([
      hello,
      frame(3),
      frame(4),
      frame(203),
    ])
  })

  for (const { last, why } of [
    { last: '7', why: 'is gone' },
    { last: '99', why: 'was never there' },
  ]) {
    test(`whose place ${why} is told so, and gets all there is`, async () => {
      const reset = 'event: reset\ndata: {"oldest":"9","newest":"10"}\n\n'
      expect(await told(storeOf(9, 10), last)).toEqual([hello, reset, frame(9), frame(10)])
    })
  }

  test('whose next one is the oldest has missed nothing', async () => {
    expect(await told(storeOf(9, 10), '8')).toEqual([hello, frame(9), frame(10)])
  })

  test('hears something now and then, although nothing happens', async () => {
    const lines = await told(storeOf(1, 1), '1', { waits: 7, tickMs: keepAliveMs / 3 })
    expect(lines).toEqual([hello, ': still here\n\n', ': still here\n\n'])
  })

  test('of nothing at all begins at nothing', async () => {
    expect(await told(storeOf(1, 0), undefined)).toEqual([hello])
    expect(await told(storeOf(1, 0), '0')).toEqual([hello])
  })

  test('of what was all removed has missed it', async () => {
    const reset = 'event: reset\ndata: {"oldest":"9","newest":"8"}\n\n'
    expect(await told(storeOf(9, 8), '8')).toEqual([hello])
    expect(await told(storeOf(9, 8), '3')).toEqual([hello, reset])
  })

  test('that is overtaken by what is removed is told so, and skips nothing in silence', async () => {
    const [before, after] = [storeOf(1, 300), storeOf(151, 300)]
    let times = 0
    const store = {
      range: () => after.range(),
      after: async (...asked: Parameters<EventStreamStore['after']>) => {
        times += 1
        return (times === 1 ? before : after).after(...asked)
      },
    }
    const lines = await told(store, '0')
    expect(lines.slice(100, 103)).toEqual([
      frame(100),
      'event: reset\ndata: {"oldest":"151","newest":"300"}\n\n',
      frame(151),
    ])
    expect(lines.at(-1)).toBe(frame(300))
  })
})
