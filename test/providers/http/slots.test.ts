import { describe, expect, test } from 'vitest'
import { Slots, type Caller } from '../../../providers/http/slots.ts'
import { createTurn, type Turn } from '../../../providers/http/turn.ts'

const never = { signal: new AbortController().signal }

/** Work that ends when it is told to. */
function task(): {
  readonly work: () => Promise<string>
  readonly end: (text: string) => void
  readonly isBegun: () => boolean
} {
  const { promise, resolve } = Promise.withResolvers<string>()
  let isBegun = false
  const work = () => {
    isBegun = true
    return promise
  }
  return { work, end: resolve, isBegun: () => isBegun }
}

test('more work than slots waits, and begins in the order it came', async () => {
  const slots = new Slots(2)
  const tasks = [task(), task(), task(), task()] as const
  const ends = tasks.map(({ work }) => slots.run(work, never))
  await Promise.resolve()
  expect(tasks.map(({ isBegun }) => isBegun())).toEqual([true, true, false, false])
  tasks[1].end('b')
  await expect(ends[1]).resolves.toBe('b')
  expect(tasks.map(({ isBegun }) => isBegun())).toEqual([true, true, true, false])
  for (const { end } of tasks) end('x')
  await expect(Promise.all(ends)).resolves.toEqual(['x', 'b', 'x', 'x'])
})

test('work that fails gives its slot back', async () => {
  const slots = new Slots(1)
  await expect(slots.run(() => Promise.reject(new Error('broken')), never)).rejects.toThrow('broken')
  await expect(slots.run(() => Promise.resolve('next'), never)).resolves.toBe('next')
})

test('who leaves the queue does not take a slot with them', async () => {
  const slots = new Slots(1)
  const first = task()
  const left = task()
  const last = task()
  const leaving = new AbortController()
  const ends = [slots.run(first.work, never), slots.run(left.work, leaving), slots.run(last.work, never)]
  leaving.abort(new Error('left'))
  await expect(ends[1]).rejects.toThrow('left')
  first.end('first')
  last.end('last')
  await expect(ends[2]).resolves.toBe('last')
  expect(left.isBegun()).toBe(false)
})

test('who comes with an aborted signal is not run', async () => {
  const late = task()
  await expect(new Slots(1).run(late.work, { signal: AbortSignal.abort(new Error('late')) })).rejects.toThrow('late')
  expect(late.isBegun()).toBe(false)
})

test('a call with much work does not hold up another with little', async () => {
  const slots = new Slots(1)
  const many = new AbortController()
  const begun: string[] = []
  const run = (name: string, caller: Caller) => slots.run(() => Promise.resolve(begun.push(name)), caller)
  await Promise.all([
    run('a1', many),
    run('a2', many),
    run('a3', many),
    run('a4', many),
    run('b1', never),
    run('b2', never),
  ])
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'a4'])
})

describe('projects and evaluations', () => {
  /** Slots with everything that was asked of them, which goes on until it is ended. */
  function setUp(limit: number) {
    const slots = new Slots(limit)
    const asked: string[] = []
    const ends = new Map<string, () => void>()
    const ask = (name: string, turn: Turn, signal: AbortSignal = turn.late): Promise<void> =>
      slots.run(
        async () => {
          slots.begin(turn)
          asked.push(name)
          await new Promise<void>((resolve) => ends.set(name, resolve))
        },
        { signal, turn },
      )
    const end = async (name: string): Promise<void> => {
      await new Promise(setImmediate)
      const endIt = ends.get(name)
      if (endIt === undefined) throw new Error(`${name} was not asked; asked were ${asked.join(', ')}`)
      endIt()
      await new Promise(setImmediate)
    }
    /** Ends what was asked first, then what was asked next, and so on. */
    const endFirst = async (count: number): Promise<void> => {
      await new Promise(setImmediate)
      for (let place = 0; place < count; place++) await end(asked[place] ?? '')
    }
    return { asked, ask, end, endFirst }
  }

  const turnOf = (project: string) => createTurn({ project, timeMs: 60_000, queueMs: 60_000 })

  test('with 500 evaluations of one project and one of another, the latter is among the first three', async () => {
    const { asked, ask, end } = setUp(1)
    for (let index = 0; index < 500; index++) void ask(`a${index}`, turnOf('a'))
    void ask('b', turnOf('b'))
    await end('a0')
    await end(asked[1] ?? '')
    expect(asked).toHaveLength(3)
    expect(asked).toContain('b')
  })

  test('a project whose questions hang does not take the slots of one whose questions are answered', async () => {
    const { asked, ask, end } = setUp(4)
    for (let index = 0; index < 20; index++) void ask(`hanging${index}`, turnOf('a'))
    for (let index = 0; index < 20; index++) void ask(`quick${index}`, turnOf('b'))
    await end('hanging0')
    for (let index = 0; index < 20; index++) await end(`quick${index}`)
    expect(asked.filter((name) => name.startsWith('quick'))).toHaveLength(20)
  })

  test('the evaluations of a project take turns, and one with many questions does not hold up one with few', async () => {
    const { asked, ask, endFirst } = setUp(2)
    const [many, few] = [turnOf('a'), turnOf('a')]
    for (let index = 0; index < 10; index++) void ask(`many${index}`, many)
    for (let index = 0; index < 2; index++) void ask(`few${index}`, few)
    await endFirst(4)
    expect(asked.slice(0, 5)).toEqual(expect.arrayContaining(['few0', 'few1']))
  })

  test('as many evaluations of a project begin as there are slots; those behind wait until one is over', async () => {
    const { asked, ask, end, endFirst } = setUp(2)
    const turns = Array.from({ length: 5 }, () => turnOf('a'))
    for (const [index, turn] of turns.entries()) for (const part of ['x', 'y', 'z']) void ask(`${index}${part}`, turn)
    const [first, second, third] = turns
    await endFirst(4)
    // The first two have come to their end before a third begins.
    expect(asked).toHaveLength(6)
    expect(new Set(asked.map((name) => name[0]))).toEqual(new Set(['0', '1']))
    expect([first?.hasBegun, second?.hasBegun, third?.hasBegun]).toEqual([true, true, false])
    first?.end()
    await end(asked[4] ?? '')
    expect(asked[6]).toBe('2x')
  })

  test('no slot stays free while those that have begun have nothing to ask', async () => {
    const { asked, ask, end } = setUp(1)
    void ask('first', turnOf('a'))
    void ask('next', turnOf('a'))
    await end('first')
    expect(asked).toEqual(['first', 'next'])
  })

  test('a call that leaves takes only its own question out of the queue', async () => {
    const { asked, ask, end } = setUp(1)
    const [first, next] = [turnOf('a'), turnOf('a')]
    const leaving = new AbortController()
    void ask('first', first)
    const left = ask('left', next, leaving.signal)
    void ask('stays', next)
    leaving.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    await end('first')
    expect(asked).toEqual(['first', 'stays'])
  })
})
