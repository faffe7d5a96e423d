import { expect, test } from 'vitest'
import { createLoop } from '../../../src/base/polling.ts'

const never = 3_600_000

test('a step that says there is more is repeated at once', async () => {
  const { promise: done, resolve } = Promise.withResolvers<void>()
  let steps = 0
  const loop = createLoop(
    never,
    async () => ++steps < 3 || (resolve(), false),
    (error) => expect.unreachable(String(error)),
  )
  loop.start()
  await done
  await loop.stop()
  expect(steps).toBe(3)
})

test('a wake during a step is not lost', async () => {
  const { promise: done, resolve } = Promise.withResolvers<void>()
  let steps = 0
  const loop = createLoop(
    never,
    async () => {
      steps += 1
      if (steps === 1) loop.wake()
      if (steps === 2) resolve()
      return false
    },
    (error) => expect.unreachable(String(error)),
  )
  loop.start()
  await done
  await loop.stop()
  expect(steps).toBe(2)
})

test('a failing step is reported and does not end the loop', async () => {
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const failures: unknown[] = []
  let steps = 0
  const loop = createLoop(
    1,
    async () => {
      steps += 1
      if (steps === 1) throw new Error('away')
      resolve()
      return false
    },
    (error) => failures.push(error),
  )
  loop.start()
  await done
  await loop.stop()
  expect(failures).toEqual([new Error('away')])
})

test('a stop waits for the step that runs, and nothing starts after it', async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const { promise: ending, resolve: end } = Promise.withResolvers<boolean>()
  let steps = 0
  const loop = createLoop(
    never,
    () => {
      steps += 1
      begin()
      return ending
    },
    (error) => expect.unreachable(String(error)),
  )
  loop.start()
  await begun
  const stopped = loop.stop()
  end(true)
  await stopped
  expect(steps).toBe(1)
})
