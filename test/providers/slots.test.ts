import { expect, test } from 'vitest'
import { Slots } from '../../providers/slots.ts'

const never = new AbortController().signal

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
  const ends = [slots.run(first.work, never), slots.run(left.work, leaving.signal), slots.run(last.work, never)]
  leaving.abort(new Error('left'))
  await expect(ends[1]).rejects.toThrow('left')
  first.end('first')
  last.end('last')
  await expect(ends[2]).resolves.toBe('last')
  expect(left.isBegun()).toBe(false)
})

test('who comes with an aborted signal is not run', async () => {
  const late = task()
  await expect(new Slots(1).run(late.work, AbortSignal.abort(new Error('late')))).rejects.toThrow('late')
  expect(late.isBegun()).toBe(false)
})

test('a call with much work does not hold up another with little', async () => {
  const slots = new Slots(1)
  const many = new AbortController().signal
  const begun: string[] = []
  const run = (name: string, signal: AbortSignal) => slots.run(() => Promise.resolve(begun.push(name)), signal)
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
