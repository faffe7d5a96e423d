import { expect, test } from 'vitest'
import { shareLooks } from '../../../src/base/shared-looks.ts'

/** Looks that end when the test says so; each finds its own number. */
function looking() {
  const open: PromiseWithResolvers<number>[] = []
  const look = shareLooks(
    (_key: string) => {
      const begun = Promise.withResolvers<number>()
      open.push(begun)
      return begun.promise
    },
    (key) => key,
  )
  return { open, look }
}

test('one look is enough for all callers that ask while another is under way', async () => {
  const { open, look } = looking()
  const first = look('a')
  const later = Array.from({ length: 500 }, () => look('a'))
  open[0]?.resolve(1)
  expect(await first).toBe(1)
  open[1]?.resolve(2)
  expect(new Set(await Promise.all(later))).toEqual(new Set([2]))
  expect(open.length).toBe(2)
})

test('a value read before the question is not an answer', async () => {
  const { open, look } = looking()
  const before = look('a')
  const after = look('a')
  open[0]?.resolve(1)
  await before
  await Promise.resolve()
  open[1]?.resolve(2)
  expect(await after).toBe(2)
})

test('other keys are looked up separately', async () => {
  const { open, look } = looking()
  const both = [look('a'), look('b')]
  for (const [place, { resolve }] of open.entries()) resolve(place)
  expect(await Promise.all(both)).toEqual([0, 1])
})

test('a look that failed fails only those it was for', async () => {
  const { open, look } = looking()
  const first = look('a')
  const second = look('a')
  open[0]?.reject(new Error('away'))
  await expect(first).rejects.toThrow('away')
  open[1]?.resolve(2)
  expect(await second).toBe(2)
  const third = look('a')
  open[2]?.resolve(3)
  expect(await third).toBe(3)
})
