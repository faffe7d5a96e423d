import { expect, test } from 'vitest'
import { createWrongTokens } from '../../../src/http/wrong-tokens.ts'

let nowMs = 0
const now = () => nowMs

test('ten within a minute are refused, further ones slowed down until it is over', () => {
  nowMs = 5_000
  const wrong = createWrongTokens(now)
  for (let times = 1; times <= 10; times += 1) expect(wrong.count(['a'])).toEqual({ kind: 'refused' })
  nowMs = 35_000
  expect(wrong.count(['a'])).toEqual({ kind: 'slowed', waitMs: 30_000, isFirst: true })
  expect(wrong.count(['a'])).toEqual({ kind: 'slowed', waitMs: 30_000, isFirst: false })
  expect(wrong.count(['b'])).toEqual({ kind: 'refused' })
  nowMs = 65_000
  expect(wrong.count(['a'])).toEqual({ kind: 'refused' })
})

test('an address is slowed down with any token, and a token from any address', () => {
  nowMs = 0
  const wrong = createWrongTokens(now)
  for (let times = 0; times < 10; times += 1) wrong.count([`token ${times}`, 'address 1'])
  expect(wrong.count(['token 10', 'address 1'])).toMatchObject({ kind: 'slowed' })
  expect(wrong.count(['token 10', 'address 2'])).toEqual({ kind: 'refused' })
  for (let times = 0; times < 10; times += 1) wrong.count(['token 11', `address ${times + 3}`])
  expect(wrong.count(['token 11', 'address 99'])).toMatchObject({ kind: 'slowed' })
})

test('what it remembers is bounded: the least recently seen one is forgotten', () => {
  nowMs = 0
  const wrong = createWrongTokens(now, 3)
  for (let times = 0; times < 10; times += 1) {
    wrong.count(['a'])
    wrong.count(['b'])
  }
  for (const other of ['c', 'a', 'd']) wrong.count([other])
  expect(wrong.count(['a'])).toMatchObject({ kind: 'slowed' })
  expect(wrong.count(['b'])).toEqual({ kind: 'refused' })
})
