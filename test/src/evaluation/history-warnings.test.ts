import { expect, test } from 'vitest'
import type { Candidate } from '../../../slo/index.ts'
import { readNowAndThen } from '../../../src/evaluation/history-warnings.ts'
import { openEvaluation } from '../../support/evaluation.ts'

function counting(answer: (count: number) => readonly Candidate[] = () => []) {
  const clock = { now: 0 }
  const asked: string[] = []
  const read = readNowAndThen(
    async ({ service }) => {
      asked.push(service)
      return answer(asked.length)
    },
    () => clock.now,
  )
  return { asked, clock, read: (service: string) => read(openEvaluation({ service })) }
}

test('what was measured of late is read once in ten seconds for each service', async () => {
  const { asked, clock, read } = counting((count) => [{ id: String(count), result: 'pass', values: [] }])
  const [first, again] = [await read('carts'), await read('carts')]
  expect(again).toBe(first)
  clock.now = 9_999
  await Promise.all([read('carts'), read('orders')])
  expect(asked).toEqual(['carts', 'orders'])
  clock.now = 10_000
  expect(await read('carts')).toMatchObject([{ id: '3' }])
  expect(await read('orders')).toMatchObject([{ id: '2' }])
})

test('what could not be read is asked again', async () => {
  const { asked, read } = counting((count) => {
    if (count === 1) throw new Error('away')
    return []
  })
  await expect(read('carts')).rejects.toThrow('away')
  await expect(read('carts')).resolves.toEqual([])
  expect(asked).toHaveLength(2)
})

test('of the last hundred services it is kept', async () => {
  const { asked, read } = counting()
  for (let index = 0; index <= 100; index += 1) await read(`service-${index}`)
  await read('service-1')
  expect(asked).toHaveLength(101)
  await read('service-0')
  expect(asked).toHaveLength(102)
})
